#!/usr/bin/env python3
"""Answers larger than memory: export and query_range give every line once, in order, while the server holds little of
it and a client that reads slowly makes it hold no more; an export that was cut goes on from a cursor."""
import gzip
import json
import socket
import time

import harness
from harness import check

LINES = 100_000
TEXT = "z%d" * 10
LINE_BYTES = 1500


def fill(server, begin):
    """LINES lines of four streams, three to a moment; and a crowd of 3,000 in one moment."""
    for first in range(0, LINES, 2000):
        streams = {}
        for number in range(first, first + 2000):
            line = "%d " % number + (TEXT % ((number,) * 10) * 40)[:LINE_BYTES]
            streams.setdefault(number % 4, []).append((begin + number // 3 * 1000, line))
        body = harness.snappy(harness.push_request([({"app": "big", "s": str(s)}, e) for s, e in streams.items()]))
        answer = harness.request(server.port, "POST", "/loki/api/v1/push", body,
                                 {"Content-Type": "application/x-protobuf"})
        check(answer.status == 204, "push", answer)
    answer = server.push({"app": "crowd"}, [(begin, "%d" % i) for i in range(3000)])
    check(answer.status == 204, "push", answer)


def number(line):
    return int(line.split(" ", 1)[0])


def records(answer):
    """The entries of a whole export, and its last line."""
    check(answer.status == 200 and answer.headers["content-type"] == "application/x-ndjson", "export", answer)
    found = [json.loads(line) for line in answer.text.splitlines()]
    check(found[-1].get("end") is True and found[-1]["lines"] == len(found) - 1, "an end", found[-1])
    return found[:-1]


def every_line_in_order(server, begin):
    for direction in ("forward", "backward"):
        found = records(server.get("/loki/api/v1/export", query='{app="big"}', start=begin, direction=direction))
        check({number(r["line"]) for r in found} == set(range(LINES)) and len(found) == LINES, "all, each once")
        times = [int(r["timestamp"]) for r in found]
        check(times == sorted(times, reverse=direction == "backward"), direction)
        check(found[0]["stream"].keys() == {"app", "s", "service_name"} and
              found[0]["structuredMetadata"] == {"detected_level": "unknown"}, "what an entry has", found[0])
    check(len(records(server.get("/loki/api/v1/export", query='{app="crowd"}', start=begin))) == 3000, "one moment")
    check(records(server.get("/loki/api/v1/export", query='{app="none"}', start=begin)) == [], "nothing")
    form = harness.request(server.port, "POST", "/loki/api/v1/export", "query=%7Bapp%3D%22crowd%22%7D&limit=7&start=" +
                           str(begin), {"Content-Type": "application/x-www-form-urlencoded"})
    check(len(records(form)) == 7, "a limit, and a form")


def query_range_alike(server, begin):
    for direction in ("forward", "backward"):
        answer = server.query_range('{app="big"}', start=begin, limit=LINES * 2, direction=direction)
        check(answer.status == 200 and answer.headers.get("transfer-encoding") == "chunked", "streamed", answer)
        data = answer.json()["data"]
        by_stream = {}
        for stream in data["result"]:
            by_stream.setdefault(json.dumps(stream["stream"]), []).extend(stream["values"])
        values = [v for of_stream in by_stream.values() for v in of_stream]
        check({number(v[1]) for v in values} == set(range(LINES)) and len(values) == LINES, "all, each once")
        for of_stream in by_stream.values():
            times = [int(v[0]) for v in of_stream]
            check(times == sorted(times, reverse=direction == "backward"), direction)
        check(data["stats"]["summary"]["totalEntriesReturned"] == LINES, "stats", data["stats"])
    limited = server.query_range('{app="big"}', start=begin, limit=12_000, direction="forward").json()["data"]["result"]
    check(sorted(number(v[1]) for s in limited for v in s["values"]) == list(range(12_000)), "the limit is exact")
    check(server.query_range('{app="big"} |', limit=LINES).status == 400, "an ordinary error")


def resumed(server, begin):
    """Cut anywhere, and gone on with the cursor of the last line, it is the whole."""
    for direction in ("forward", "backward"):
        want = [r["cursor"] for r in records(server.get("/loki/api/v1/export", query='{app="big"}', start=begin,
                                                        limit=500, direction=direction))]
        got, more = [], {}
        for limit in (1, 2, 1, 96, 400):
            part = records(server.get("/loki/api/v1/export", query='{app="big"}', start=begin, limit=limit,
                                      direction=direction, **more))
            got += [r["cursor"] for r in part]
            more = {"cursor": got[-1]}
        check(got == want, "cursors go on " + direction, got[:5], want[:5])
    check(server.get("/loki/api/v1/export", query='{app="big"}', cursor="7").text ==
          'the cursor "7" is none of an export: "<nanoseconds>-<number>"', "a bad cursor")
    check(server.get("/loki/api/v1/export", query='rate({app="big"}[1m])').text == "only log selector is supported",
          "metrics are none")


def page_by_page(server, begin):
    """Many streams share each moment: pages of any size, one after the other, are the whole export."""
    for part in range(3):  # in several pushes, so that no order of arrival is that of labels
        for stream in range(5):
            answer = server.push({"app": "ties", "s": str((stream * 3 + part) % 5)},
                                 [(begin + moment, "%d %d %d" % (part, stream, moment)) for moment in range(8)])
            check(answer.status == 204, "push", answer)
    for direction in ("forward", "backward"):
        ask = dict(query='{app="ties"}', start=begin, direction=direction)
        want = [(r["cursor"], r["line"]) for r in records(server.get("/loki/api/v1/export", **ask))]
        check(len(set(want)) == len(want) == 120, "each once")
        for size in (1, 7, 50):
            got, more = [], {}
            while len(got) < 120:
                part = records(server.get("/loki/api/v1/export", limit=size, **ask, **more))
                check(0 < len(part) <= size, "a page", len(part))
                got += [(r["cursor"], r["line"]) for r in part]
                more = {"cursor": got[-1][0]}
            check(got == want, "pages of %d, %s" % (size, direction), got[:9], want[:9])
    far = records(server.get("/loki/api/v1/export", query='{app="ties"}', cursor="99-18446744073709551614", limit=1))
    check(len(far) == 1, "a limit holds, whatever the cursor")


def compressed(server, begin):
    answer = server.get("/loki/api/v1/export", query='{app="big"}', start=begin, headers={"Accept-Encoding": "gzip"})
    check(answer.headers["content-encoding"] == "gzip" and len(answer.body) < LINES * LINE_BYTES / 4, "gzip on the way")
    check(gzip.decompress(answer.body).count(b"\n") == LINES + 1, "all of it")


def much_at_once(server, begin):
    """More lines at one time than a page of the answer may hold, of several streams: each comes once, in order."""
    text = "w" * 250_000
    for part in range(6):
        for stream in range(3):
            entries = [(begin + 7, "%d %s" % (stream * 1000 + part * 10 + i, text)) for i in range(10)]
            check(server.push({"app": "heavy", "s": str(stream)}, entries).status == 204, "push")
    server.push({"app": "heavy", "s": "9"}, [(begin + 6, "5000 before"), (begin + 8, "6000 behind")])
    inside = [stream * 1000 + i for stream in range(3) for i in range(60)]
    for stored in range(2):
        for direction in ("forward", "backward"):
            found = records(server.get("/loki/api/v1/export", query='{app="heavy"}', start=begin, direction=direction))
            numbers = [number(r["line"]) for r in found]
            ends = [5000, 6000] if direction == "forward" else [6000, 5000]
            check([numbers[0], numbers[-1]] == ends and sorted(numbers[1:-1]) == inside, direction, numbers)
            for stream in range(3):
                mine = [n for n in numbers if n // 1000 == stream]
                check(mine == sorted(mine, reverse=direction == "backward"), "by arrival", mine)
            check([r["cursor"] for r in found[1:-1]] == ["%d-%d" % (begin + 7, i) for i in range(180)], "numbered")
            more = {"cursor": found[100]["cursor"]}
            rest = records(server.get("/loki/api/v1/export", query='{app="heavy"}', start=begin, direction=direction, **more))
            check(rest == found[101:], "it goes on in the middle")
            streamed = server.query_range('{app="heavy"}', start=begin, limit=LINES, direction=direction)
            check(streamed.status == 200, "query_range", streamed)
            lines = [v[1] for s in streamed.json()["data"]["result"] for v in s["values"]]
            check(sorted(number(t) for t in lines) == sorted(inside + [5000, 6000]), "query_range alike")
        server.flush()
    kept = records(server.get("/loki/api/v1/export", query='{app="heavy"} |= "7 w" | keep app', start=begin))
    check(sorted(number(r["line"]) for r in kept) == [n for n in inside if n % 10 == 7], "some of them, of one stream")


def memory(server):
    with open("/proc/%d/statm" % server.process.pid) as f:
        return int(f.read().split()[1]) * 4096 / 2**20


def slow_reader(server, begin):
    """Reads a little and stops: the server waits, and holds no more for it. A cut answer has no last chunk."""
    s = socket.create_connection(("127.0.0.1", server.port))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    s.sendall(("GET /loki/api/v1/export?query=%%7Bapp%%3D%%22big%%22%%7D&start=%d HTTP/1.1\r\nHost: x\r\n\r\n" %
               begin).encode())
    got = s.recv(65536)
    check(got.startswith(b"HTTP/1.1 200"), "an answer", got[:200])
    before = memory(server)
    busy = lambda: server.value('sum(count_over_time({app="big"}[1h]))')  # others are answered meanwhile
    for _ in range(5):
        check(busy() == LINES, "answers beside it")
    check(memory(server) < before + 32, "memory stays", before, memory(server))
    begun = time.monotonic()
    check(server.stop() == 0 and time.monotonic() - begun < 10, "who takes nothing does not keep it from stopping")
    while piece := s.recv(1 << 20):
        got = got[-64:] + piece
    check(not got.endswith(b"0\r\n\r\n"), "what is cut is seen to be cut", got[-64:])


def main():
    with harness.folder() as folder, harness.Narfid(folder, flags=["-validation.max-entries-limit=0"]) as server:
        begin = time.time_ns() - 10**9 * 600
        fill(server, begin)
        server.flush()
        server.value('sum(count_over_time({app="big"} |= "1" [1h]))')  # what caches may hold they hold now
        with open("/proc/%d/clear_refs" % server.process.pid, "w") as f:
            f.write("5")  # the peak is what is used now
        peak = server.peak_memory_mb()
        every_line_in_order(server, begin)
        query_range_alike(server, begin)
        growth = server.peak_memory_mb() - peak
        harness.report("streamed answers: %d MB each, the server's memory grew by %d MB at most" %
                       (LINES * LINE_BYTES / 2**20, growth))
        check(growth < 64, "memory is flat: grew by %d MB" % growth)
        resumed(server, begin)
        page_by_page(server, begin)
        compressed(server, begin)
        much_at_once(server, begin)
        slow_reader(server, begin)


if __name__ == "__main__":
    main()
