#!/usr/bin/env python3
"""Hostile bodies and slow clients: each gets its answer, the memory stays bounded, the server lives
and keeps serving honest clients meanwhile."""
import gzip
import json
import random
import select
import socket
import time

import harness
from harness import check, push_request, snappy, until, varint

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}
MEMORY_MB = 700  # peak of the whole run; the budget is 192 MiB, a body may take 100 MiB before it is refused
SLOW_CLIENTS = 200
LONG_HEADS = 100


def post(server, body, headers, path="/loki/api/v1/push"):
    return harness.request(server.port, "POST", path, body, headers, timeout=90)


def refused(server, what, body, headers, statuses=(400,), path="/loki/api/v1/push"):
    answer = post(server, body, headers, path)
    check(answer.status in statuses, "%s: want %s" % (what, statuses), answer)
    check(0 < len(answer.text.strip()) < 20000, "%s: one sentence that does not echo it all" % what, len(answer.text))
    honest(server, "after " + what)
    print("%-40s %d %s" % (what, answer.status, answer.text.strip()[:90]))


def honest(server, when):
    """A good push is taken and read back."""
    line = "honest %d" % time.time_ns()
    answer = server.push({"app": "honest"}, [(time.time_ns(), line)])
    check(answer.status == 204, "an honest push " + when, answer)
    check(line in server.lines('{app="honest"} |= "%s"' % line), "it is there " + when)


def broken_protobuf(server, rng):
    good = push_request([({"app": "bad"}, [(time.time_ns(), "line %d" % i) for i in range(50)])])
    whole = snappy(good)
    for cut in [1, 2, 3, 7, len(whole) // 2, len(whole) - 1]:
        refused(server, "snappy cut at %d" % cut, whole[:cut], PROTOBUF)
    refused(server, "no snappy at all", bytes(rng.getrandbits(8) for _ in range(1000)), PROTOBUF)
    for cut in [1, 5, len(good) // 2, len(good) - 1]:
        refused(server, "protobuf cut at %d" % cut, snappy(good[:cut]), PROTOBUF)
    refused(server, "protobuf with a length of 2^62", snappy(b"\x0a" + varint(1 << 62) + b"x"), PROTOBUF)
    refused(server, "an endless varint", snappy(b"\x0a" + b"\xff" * 200), PROTOBUF)
    refused(server, "labels that are no labels", snappy(push_request([("{{{", [(time.time_ns(), "x")])])), PROTOBUF)
    for number in range(200):
        noise = bytes(rng.getrandbits(8) for _ in range(rng.randrange(1, 400)))
        status = post(server, snappy(noise), PROTOBUF).status
        check(status in (204, 400, 422), "protobuf noise %d: %d" % (number, status), noise)
    honest(server, "after protobuf noise")


def large_bodies(server):
    refused(server, "100 MB of {", b"{" * (100 << 20), JSON, (400, 413))
    refused(server, "100 MB of [ behind a good start", b'{"streams":' + b"[" * (100 << 20), JSON, (400, 413))
    refused(server, "a 300 MB body", b'{"streams":[' + b" " * (300 << 20) + b"]}", JSON, (400, 413))
    bomb = gzip.compress(b" " * (2 << 30), 9)
    for _ in range(3):
        refused(server, "2 GB of blanks in %d KB of gzip" % (len(bomb) >> 10), bomb, {**JSON, "Content-Encoding": "gzip"}, (400, 413))
    refused(server, "snappy that claims 4 GB", varint((4 << 30) - 1) + b"\xfc\xff\xff\xff\xff", PROTOBUF, (400, 413))
    for size in (3 << 30, (640 << 20) + 1):
        refused(server, "a snappy bomb of %d MB" % (size >> 20), snappy_bomb(size), PROTOBUF, (400, 413))


def snappy_bomb(size):
    """Claims `size` blanks and holds 640 MB of them in 30 MB: a literal, then copies of 64 bytes at offset 1."""
    copies = b"\xfe\x01\x00" * (10 << 20)
    return varint(size) + b"\x00 " + copies


def long_labels(server):
    def of(labels):
        return json.dumps({"streams": [{"stream": labels, "values": [[str(time.time_ns()), "x"]]}]}).encode()

    refused(server, "a label name of 1 MB", of({"n" * (1 << 20): "v"}), JSON)
    refused(server, "a label value of 1 MB", of({"app": "v" * (1 << 20)}), JSON)
    refused(server, "100000 labels", of({"l%d" % i: "v" for i in range(100000)}), JSON)
    refused(server, "an empty body", b"", JSON)
    nested = "(" * 20000 + "1" + ")" * 20000
    answer = harness.request(server.port, "POST", "/loki/api/v1/query", "query=" + nested,
                             {"Content-Type": "application/x-www-form-urlencoded"})
    check(answer.status == 400 and len(answer.text) < 100000, "20000 brackets", answer)


def long_queries(server):
    """Dashboards with many values in a variable send queries of 100 KB, by GET."""
    def ask(size):
        query = '{app=~"honest|%s"}' % "|".join(["x" * 99] * (size // 100))
        return server.get("/loki/api/v1/query_range", query=query, limit=1)

    for size in (60_000, 100_000):
        answer = ask(size)
        check(answer.status == 200 and "honest" in answer.text, "a query of %d bytes" % size, answer)
    answer = ask(1_000_000)
    check((answer.status, answer.text) == (400, "parse error : input size too long (1000015 > 131072)"), "1 MB", answer)
    answer = ask(1_100_000)
    check((answer.status, answer.text) == (431, "the head of the request is longer than 1048576 bytes\n"), "1.1 MB", answer)
    before, clients = server.memory_mb(), []
    for _ in range(LONG_HEADS):
        s = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        s.sendall(b"GET /loki/api/v1/query?query=" + b"x" * 1_000_000)
        clients.append(s)
    until(lambda: len(select.select(clients, [], [], 0)[0]) > LONG_HEADS - 10, 5, "most of them are refused")
    refused = select.select(clients, [], [], 0)[0]
    honest(server, "among half-sent queries of 1 MB")
    check(ask(20_000).status == 200, "and a short query")
    grown = server.memory_mb() - before
    replies = [reply(s) for s in clients if s in refused]
    print("%d of %d half-sent queries of 1 MB were refused; memory grew by %.0f MB" % (len(refused), LONG_HEADS, grown))
    check(all(r.startswith(b"HTTP/1.1 429") for r in replies), "in words", replies[:3])
    check(grown < 40, "what they sent is not kept", grown)
    for s in clients:
        s.close()
    until(lambda: ask(100_000).status == 200, 5, "long queries are taken again")


def documents(server, rng):
    """Bodies of _bulk and of lines."""
    bomb = {**JSON, "Content-Encoding": "gzip"}
    blanks = gzip.compress(b" " * (1 << 30), 9)
    for path in ("/_bulk", "/api/v1/lines"):
        refused(server, "1 GB of blanks in gzip to " + path, blanks, bomb, (400, 413), path)
    refused(server, "8 million lines", b"a\n" * (8 << 20), JSON, (413,), "/api/v1/lines")
    refused(server, "a million actions", b'{"index":{}}\n{}\n' * (1 << 20), JSON, (413,), "/_bulk")
    refused(server, "an action of 1 MB", b'{"index":{"_index":"%s"}}\n{}\n' % (b"i" * (1 << 20)), JSON, (400,), "/_bulk")
    many = b'{"create":{"_index":"i"}}\n{"n":%s}\n'
    answer = post(server, many % (b"[" * 1_000_000), JSON, "/_bulk")
    check(answer.status == 200 and answer.json()["errors"], "a document of brackets", answer)
    wide = b"{" + b",".join(b'"k%d":1' % n for n in range(150_000)) + b"}"
    answer = post(server, b'{"create":{"_index":"i"}}\n%s\n' % wide, JSON, "/_bulk?_msg_field=k1")
    check(answer.status in (200, 413), "a document of 150000 fields", answer)
    for number in range(200):
        noise = bytes(rng.getrandbits(8) for _ in range(rng.randrange(1, 400)))
        for path in ("/_bulk", "/api/v1/lines", "/otlp/v1/logs"):
            status = post(server, noise, JSON, path).status
            check(status in (200, 204, 400, 422), "noise %d to %s: %d" % (number, path, status), noise)
    honest(server, "after documents")


def slow_clients(server):
    """Two hundred clients send a byte a second, some of them in the header; honest ones are served meanwhile."""
    head = b"POST /loki/api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    clients = []
    for number in range(SLOW_CLIENTS):
        s = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        s.setblocking(False)
        s.send(head if number % 2 else head[:20])
        clients.append(s)
    answered, started = set(), time.monotonic()
    while len(answered) < SLOW_CLIENTS:
        check(time.monotonic() - started < 120, "%d of %d slow clients got no end" % (SLOW_CLIENTS - len(answered), SLOW_CLIENTS))
        tick = time.monotonic() + 1
        for s in clients:
            if s not in answered:
                try:
                    s.send(b"X")
                except BlockingIOError:
                    pass
                except OSError:
                    answered.add(s)
        honest(server, "among slow clients")
        while time.monotonic() < tick and len(answered) < SLOW_CLIENTS:
            waiting = [s for s in clients if s not in answered]
            for s in select.select(waiting, [], [], max(0, tick - time.monotonic()))[0]:
                answered.add(s)
    replies = [reply(s) for s in clients]
    statuses = sorted({r.split(b" ")[1].decode() if r.startswith(b"HTTP/1.1 ") else "closed" for r in replies})
    print("%d slow clients ended after %.0f s: %s" % (SLOW_CLIENTS, time.monotonic() - started, statuses))
    check(set(statuses) <= {"408", "400", "closed"}, "what slow clients got", statuses)
    check(sum(r.startswith(b"HTTP/1.1 408") for r in replies) >= SLOW_CLIENTS // 2,
          "those that had sent their header were told why", statuses)


def reply(s):
    try:
        with s:
            return s.recv(4096)
    except OSError:
        return b""


def main():
    seed = random.randrange(1 << 32)
    print("seed %d" % seed)
    rng = random.Random(seed)
    with harness.folder() as folder, \
            harness.Narfid(folder, flags=["-server.http-read-timeout=10s"]) as server:
        honest(server, "at first")
        broken_protobuf(server, rng)
        long_labels(server)
        long_queries(server)
        documents(server, rng)
        large_bodies(server)
        slow_clients(server)
        until(lambda: server.ready(), 5, "still ready")
        peak = server.peak_memory_mb()
        harness.report("bad input: everything answered, narfid's memory peaked at %.0f MB" % peak)
        check(peak < MEMORY_MB, "memory stays below %d MB" % MEMORY_MB, peak)


if __name__ == "__main__":
    main()
