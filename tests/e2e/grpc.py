#!/usr/bin/env python3
"""Loki's own gRPC protocol on the port of server.grpc_listen_port, OpenTelemetry's on that of
otlp.grpc_listen_port: pushes are durable when answered, errors have Loki's codes and words, limits
hold, and a stop lets calls finish. The clients are loki-grpc-client and grpc-js from npm."""
import base64
import contextlib
import os
import socket
import subprocess
import threading
import time

import grpc_client
import harness
from grpc_client import EXPORT, PUSH
from harness import check

PROTO = os.path.join(harness.ROOT, "proto/logproto.proto")
SERVING = base64.b64encode(b"\x08\x01").decode()


CLIENT = grpc_client.Client()


def ask(task, port, **argument):
    """What the script answers: {"code", "text"} or {"code": 0, "answer"}."""
    return CLIENT.ask(task=task, address="127.0.0.1:%d" % port, **argument)


def raw(port, method, message=b"", **more):
    return ask("raw", port, method=method, bytes=base64.b64encode(message).decode(), **more)


def says(answer, code, text, what):
    check(answer["code"] == code and text in answer.get("text", ""), what, answer)


def pushes(server, now):
    pushed = ask("push", server.grpc_port, labels='{app="shop"}', lines=["one", "two"], time=str(now), tenant="a")
    check(pushed["code"] == 0, "a push", pushed)
    plain = harness.push_request([({"app": "raw"}, [(now, "packed by gzip")])])
    check(raw(server.grpc_port, PUSH, plain, gzip=True, tenant="a")["code"] == 0, "a message packed by gzip")
    server.kill()
    server.start()


def are_there(server, now):
    window = {"start": str(now - 10**9), "end": str(now + 10**9), "tenant": "a"}
    found = ask("query", server.grpc_port, selector='{app=~"shop|raw"}', limit=10, backward=False, **window)
    lines = [(e["line"], s["labels"], e["structuredmetadataList"])
             for batch in found["batches"] for s in batch for e in s["entriesList"]]
    check(sorted(line for line, _, _ in lines) == ["one", "packed by gzip", "two"], "the lines, after kill -9", found)
    for line, labels, metadata in lines:
        if line != "packed by gzip":
            check('trace_id="t1"' in labels and {"name": "trace_id", "value": "t1"} in metadata, "with metadata", found)
    labels = ask("label", server.grpc_port, **window)
    check(labels["answer"] == ["app", "service_name"], "label names", labels)
    values = ask("label", server.grpc_port, name="app", **window)
    check(values["answer"] == ["raw", "shop"], "label values", values)
    series = ask("series", server.grpc_port, groups=['{app="shop"}'], **window)
    check(series["answer"] == [{"labelsMap": [["app", "shop"], ["service_name", "shop"]]}], "series", series)
    other = ask("label", server.grpc_port, start=window["start"], end=window["end"], tenant="b")
    check(other["answer"] == [], "another tenant sees nothing", other)


def batches(server, now):
    """More than one message, newest first over all streams."""
    entries = [(now - n * 10**6, "line %03d" % n) for n in range(150)]
    for parity in (0, 1):
        check(server.push({"app": "many", "parity": str(parity)}, entries[parity::2], tenant="a").status == 204, "a push")
    window = {"start": str(now - 10**9), "end": str(now + 10**9), "tenant": "a"}
    found = ask("query", server.grpc_port, selector='{app="many"} |= "line"', limit=150, backward=True, **window)
    sizes = [sum(len(s["entriesList"]) for s in batch) for batch in found["batches"]]
    check(sizes == [128, 22], "batches of 128", sizes)
    last = [e["line"] for s in found["batches"][1] for e in s["entriesList"]]
    check(sorted(last) == ["line %03d" % n for n in range(128, 150)], "the oldest come last", last)
    refused = ask("query", server.grpc_port, selector='{app="many"}', limit=5001, backward=True, **window)
    says(refused, 400, "max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)", "a limit")
    says(ask("query", server.grpc_port, selector='{app=', limit=1, **window), 400, "parse error", "a query that is none")
    says(ask("query", server.grpc_port, selector='rate({app="many"}[1m])', limit=1, **window), 400,
         "only log queries", "a metric query")


def index(folder, now):
    """What loki-grpc-client does not know, by our own proto file."""
    with harness.Narfid(folder) as server:
        check(server.push({"app": "shop"}, [(now, "x" * 100)]).status == 204, "a push")
        times = {"from": str(now // 10**6 - 1000), "through": str(now // 10**6 + 1000), "matchers": '{app="shop"}'}
        stats = ask("ours", server.grpc_port, proto=PROTO, method="GetStats", request=times)["answer"]
        check(stats["streams"] == "1" and stats["entries"] == "1" and int(stats["bytes"]) >= 100, "stats", stats)
        volume = ask("ours", server.grpc_port, proto=PROTO, method="GetVolume", request=times)["answer"]
        check(volume["volumes"] == [{"name": '{app="shop"}', "volume": stats["bytes"]}], "volume", volume)
        by_label = ask("ours", server.grpc_port, proto=PROTO, method="GetVolume",
                       request={**times, "aggregateBy": "labels", "matchers": "{}"})["answer"]
        check({v["name"] for v in by_label["volumes"]} == {"app", "service_name"}, "volume by label", by_label)
        check(server.push({"app": "other", "only": "here"}, [(now, "y")]).status == 204, "a push")
        for query, want in (("", {"app", "only", "service_name"}), ('{app="shop"}', {"app", "service_name"})):
            names = ask("ours", server.grpc_port, proto=PROTO, method="Label", request={"query": query})["answer"]
            check(set(names["values"]) == want, "names of the selected streams", query, names)
        values = ask("ours", server.grpc_port, proto=PROTO, method="Label",
                     request={"name": "app", "values": True, "query": '{only="here"}'})["answer"]
        check(values["values"] == ["other"], "values of the selected streams", values)
        says(ask("ours", server.grpc_port, proto=PROTO, method="Label", request={"query": "{"}), 400, "parse error",
             "no selector")
        tailers = ask("ours", server.grpc_port, proto=PROTO, method="TailersCount", request={})
        check(tailers == {"code": 0, "answer": {}}, "no tailers", tailers)


def refusals(server):
    port = server.grpc_port
    says(raw(port, PUSH), 16, "no org id", "no tenant")
    says(raw(port, PUSH, tenant="../x"), 400, "tenant", "a tenant that is none")
    says(raw(port, PUSH, b"\xff\xff\xff", tenant="a"), 400, "unexpected EOF", "bytes that are no message")
    says(raw(port, PUSH, tenant="a"), 422, "at least one valid stream is required", "no streams")
    bad = harness.push_request([("{app=", [(time.time_ns(), "x")])])
    says(raw(port, PUSH, bad, tenant="a"), 400, "couldn't parse labels", "labels that do not parse")
    old = harness.push_request([({"app": "old"}, [(10**18, "x")])])
    says(raw(port, PUSH, old, tenant="a"), 400, "has timestamp too old", "an old entry")
    says(raw(port, "/logproto.Pusher/Pull", tenant="a"), 12, "unknown method", "an unknown method")
    says(ask("raw", port, method=PUSH, zeros=5_000_000, tenant="a"), 8, "larger than max (5000001 vs. 4194304)",
         "a message over the limit")
    says(ask("raw", port, method=PUSH, zeros=500_000_000, gzip=True, tenant="a"), 413, "Request body too large",
         "half a gigabyte in half a megabyte")
    check(server.peak_memory_mb() < 250, "and no memory for it", server.peak_memory_mb())
    for junk in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bytes(range(256)) * 256,
                 b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 5000):
        with socket.create_connection(("127.0.0.1", port), 10) as connection, contextlib.suppress(OSError):
            connection.sendall(junk)
            while connection.recv(4096):
                pass
    check(raw(port, "/grpc.health.v1.Health/Check")["answer"] == SERVING, "health, after what is no gRPC")
    metrics = server.get("/metrics").text
    for count in ('method="gRPC",route="/logproto.Pusher/Push",status_code="success"', 'status_code="error"'):
        check("loki_request_duration_seconds_count{" + count in metrics or count in metrics, "metrics", metrics[-3000:])


def otlp_record(time_ns, line):
    body = harness.field(5, harness.field(1, line))
    return harness.field(2, bytes([1 << 3 | 1]) + time_ns.to_bytes(8, "little") + body)


def otlp(folder, now):
    port = harness.free_port()
    with harness.Narfid(folder, flags=["-otlp.grpc-listen-port=%d" % port, "-auth.enabled=true"]) as server:
        def logs(*records):
            return harness.field(1, harness.field(2, b"".join(records)))

        check(raw(port, EXPORT, logs(otlp_record(now, "hello")), tenant="a") == {"code": 0, "answer": ""}, "an export")
        check(raw(port, EXPORT, b"", tenant="a")["code"] == 0, "an export of nothing")
        answer = raw(port, EXPORT, logs(otlp_record(now, "good"), otlp_record(10**18, "old")), tenant="a")
        partial = base64.b64decode(answer["answer"])
        check(answer["code"] == 0 and b"\x08\x01" in partial and b"timestamp too old" in partial, "partial success", partial)
        says(raw(port, EXPORT, logs(otlp_record(10**18, "old")), tenant="a"), 3, "timestamp too old", "nothing taken")
        says(raw(port, EXPORT, b"\xff", tenant="a"), 3, "", "bytes that are no message")
        says(raw(port, EXPORT), 16, "no org id", "no tenant")
        says(raw(port, PUSH, tenant="a"), 12, "unknown method", "Loki's protocol is on its own port")
        says(raw(server.grpc_port, EXPORT, tenant="a"), 12, "unknown method", "and OTLP on its own")
        check(raw(port, "/grpc.health.v1.Health/Check")["answer"] == SERVING, "health")
        headers = {"X-Scope-OrgID": "a"}
        found = server.get("/loki/api/v1/query_range", headers, query='{service_name="unknown_service"}',
                           start=now - 10**9, end=now + 10**9).json()
        lines = sorted(v[1] for s in found["data"]["result"] for v in s["values"])
        check(lines == ["good", "hello"], "what was taken", found)


class Tail:
    """A call of Querier/Tail."""

    def __init__(self, server, tenant=None, **request):
        self.number = ask("tail", server.grpc_port, proto=PROTO, request=request, tenant=tenant)["number"]

    def read(self, count, **more):
        return CLIENT.ask(task="tailed", number=self.number, count=count, **more)

    def lines(self, count):
        return [entry["line"] for entry in self.read(count)["entries"]]

    def end(self):
        """(code, text) once it has ended, whatever it sends before."""
        end = self.read(10**9)["end"]
        return end["code"], end.get("text", "")


def pushed(server, labels, *entries, **more):
    check(server.push(labels, entries, **more).status == 204, "a push")


def tails(folder, now):
    """What is stored, then what comes, in order and once; limits and errors are those of WebSockets."""
    flags = ["-auth.enabled=true", "-querier.max-concurrent-tail-requests=2", "-querier.tail-max-duration=6s"]
    with harness.Narfid(folder, flags=flags) as server:
        one = {"tenant": "one"}
        pushed(server, {"app": "x"}, *[(now + i, "stored %d" % i) for i in range(5)], **one)
        tail = Tail(server, **one, query='{app=~"x|y"} | label_format seen="yes"', limit=3)
        check(tail.lines(3) == ["stored 2", "stored 3", "stored 4"], "the newest, oldest first")
        pushed(server, {"app": "z"}, (now, "never seen"), **one)
        pushed(server, {"app": "x"}, (now + 12, "third", {"trace": "t"}), (now + 10, "first"), **one)
        first, third = tail.read(2)["entries"]
        check((first["line"], third["line"]) == ("first", "third"), "by time", first, third)
        check(third["metadata"] == [{"name": "trace", "value": "t"}, {"name": "detected_level", "value": "unknown"}] or
              {"name": "trace", "value": "t"} in third["metadata"], "with metadata", third)
        check('seen="yes"' in third["labels"] and int(third["seconds"]) * 10**9 + third["nanos"] == now + 12, "labels, time", third)
        # Two streams by turns: a message has entries of one.
        for n in range(4):
            pushed(server, {"app": "xy"[n % 2]}, (now + 100 + n, "turn %d" % n), **one)
        check(tail.lines(4) == ["turn 0", "turn 1", "turn 2", "turn 3"], "in order over all streams")
        counted = ask("ours", server.grpc_port, proto=PROTO, method="TailersCount", request={}, **one)
        check(counted["answer"] == {"count": 1}, "it is counted", counted)
        second = Tail(server, **one, query='{app="x"}')
        check(len(second.lines(9)) == 9, "another one")
        check(Tail(server, **one, query='{app="x"}').end() ==
              (400, "max concurrent tail requests limit exceeded, count > limit (3 > 2)"), "two at once")
        other = Tail(server, tenant="two", query='{app="x"}')
        pushed(server, {"app": "x"}, (now, "of two"), tenant="two")
        check(other.lines(1) == ["of two"], "only its own tenant's lines")
        CLIENT.ask(task="cancel", number=second.number)
        check(second.end()[0] == 1, "cancelled by its client")
        harness.until(lambda: ask("ours", server.grpc_port, proto=PROTO, method="TailersCount", request={}, **one)["answer"]
                      == {"count": 1}, 5, "and over for the server")
        check(tail.end() == (2, "reached tail max duration limit"), "not for ever")
        for request, text in [({"query": '{app="x"'}, "parse error at line 1, col 9: syntax error: unexpected $end, expecting } or ,"),
                              ({"query": 'rate({app="x"}[1m])'}, "only log selector is supported"),
                              ({"query": '{app="x"}', "delayFor": 6}, "delay_for can't be greater than 5"),
                              ({"query": '{app="x"}', "limit": 5001}, "max entries limit per query exceeded, limit > "
                                                                      "max_entries_limit_per_query (5001 > 5000)")]:
            check(Tail(server, **one, **request).end() == (400, text), "an error", request)
        check(Tail(server, query='{app="x"}').end()[0] == 16, "no tenant")


def tails_that_end(folder, now):
    """A slow one is told what it missed; a stop ends those that read and those that do not."""
    with harness.Narfid(folder) as server:
        quick, slow = (Tail(server, query='{app="burst"}') for _ in range(2))
        pushed(server, {"app": "burst"}, (now - 1, "begun"))
        check(quick.lines(1) == slow.lines(1) == ["begun"], "both are there")
        CLIENT.ask(task="stall", number=slow.number)
        for batch in range(30):
            pushed(server, {"app": "burst", "batch": str(batch)}, *[(now + i, "%d " % i + "y" * 2000) for i in range(1000)])
            check(len(quick.lines(1000)) == 1000, "all of it for who reads")
        dropped = slow.read(10**9, dropped=True)["dropped"]
        check('app="burst"' in dropped[0]["labels"] and
              int(dropped[0]["from"]["seconds"]) <= int(dropped[0]["to"]["seconds"]), "what was dropped", dropped[:1])
        check(server.peak_memory_mb() < 300, "memory", server.peak_memory_mb())
        CLIENT.ask(task="stall", number=slow.number)
        for batch in range(5):  # so that a message waits for it
            pushed(server, {"app": "burst", "batch": str(batch)}, *[(now + 5000 + i, "%d " % i + "z" * 2000) for i in range(1000)])
            check(len(quick.lines(1000)) == 1000, "the other one reads on")
        begun = time.monotonic()
        check(server.stop() == 0, "a clean stop")
        check(time.monotonic() - begun < 10, "soon, although one does not read", time.monotonic() - begun)
        check(quick.end() == (14, "the server stops"), "the end")


def limits(folder, now):
    """Messages and ranges as the configuration allows; a port that is taken."""
    flags = ["-server.grpc-max-recv-msg-size-bytes=1000", "-querier.max-query-lookback=1h"]
    with harness.Narfid(folder, flags=flags) as server:
        old, new = now - 2 * harness.HOUR_NS, now - harness.HOUR_NS // 2
        check(server.push({"app": "back"}, [(old, "old"), (new, "new")]).status == 204, "a push")
        found = ask("query", server.grpc_port, selector='{app="back"}', limit=10, start=str(old), end=str(now))
        check([e["line"] for b in found["batches"] for s in b for e in s["entriesList"]] == ["new"], "max_query_lookback", found)
        times = {"from": str(old // 10**6), "through": str(now // 10**6), "matchers": '{app="back"}'}
        stats = ask("ours", server.grpc_port, proto=PROTO, method="GetStats", request=times)["answer"]
        check(stats["entries"] == "1", "of statistics too", stats)
        none = ask("label", server.grpc_port, start=str(old), end=str(old + 10**9))
        check(none["answer"] == [], "no labels of what is too old", none)
        says(ask("raw", server.grpc_port, method=PUSH, zeros=2000), 8, "larger than max (2001 vs. 1000)", "a limit of one's own")
        done = subprocess.run([harness.program("narfid"), "-storage.path=" + folder + "/second",
                               "-server.http-listen-port=%d" % harness.free_port(), "-server.grpc-listen-address=127.0.0.1",
                               "-server.grpc-listen-port=%d" % server.grpc_port], capture_output=True, text=True, timeout=30,
                              check=False)
        check(done.returncode == 1 and "cannot listen on 127.0.0.1:%d for gRPC" % server.grpc_port in done.stderr,
              "a taken port", done.stderr)


def large_answers(folder, now):
    """One that has no room in memory until its client has taken it waits in a file."""
    with harness.Narfid(folder, flags=["-memory.budget=48MB"]) as server:
        lines = ["%05d %s" % (n, "x" * 2000) for n in range(2000)]
        for first in range(0, len(lines), 500):
            entries = [(now - 10**9 + n * 1000, lines[n]) for n in range(first, first + 500)]
            check(server.push({"app": "large"}, entries).status == 204, "a push")
        window = {"start": str(now - 2 * 10**9), "end": str(now)}
        found = ask("query", server.grpc_port, selector='{app="large"}', limit=5000, backward=False, **window)
        check([e["line"] for b in found["batches"] for s in b for e in s["entriesList"]] == lines, "all, in order")
        check("\nnarfi_spooled_answers_total 1\n" in server.get("/metrics").text, "it waited in a file")


def stopped(folder, now):
    """What was answered before and while the server stops is kept."""
    results = []
    with harness.Narfid(folder) as server:
        def push():
            while not results or results[-1][1]["code"] == 0:
                n = len(results)
                message = harness.push_request([({"app": "stop"}, [(now + n, "line %d" % n)])])
                results.append((n, raw(server.grpc_port, PUSH, message)))

        pusher = threading.Thread(target=push)
        pusher.start()
        harness.until(lambda: len(results) > 5 or not pusher.is_alive(), 10, "some pushes are answered")
        check(len(results) > 5, "they are taken", results)
        check(server.stop() == 0, "a clean stop")
        pusher.join()
        check([answer["code"] for _, answer in results[:-1]] == [0] * (len(results) - 1), "only the last one failed", results)
        server.start()
        kept = {line for line in server.lines('{app="stop"}')}
        check({"line %d" % n for n, answer in results if answer["code"] == 0} <= kept, "answered is kept", results, kept)


def main():
    now = time.time_ns()
    with harness.folder() as folder, harness.Narfid(folder, flags=["-auth.enabled=true"]) as server:
        pushes(server, now)
        are_there(server, now)
        batches(server, now)
        refusals(server)
    for part in (index, otlp, tails, tails_that_end, large_answers, stopped, limits):
        with harness.folder() as folder:
            part(folder, now)
    CLIENT.close()


if __name__ == "__main__":
    main()
