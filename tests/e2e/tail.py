"""Live tail, with a WebSocket client of Debian (python3-websockets): what is sent, in which order, its errors and
limits, and what one slow consumer costs the others.

    tail.py [--seconds N]   N seconds of 5,000 lines/s to 20 tails (6)
"""
import argparse
import asyncio
import json
import socket
import sys
import threading
import time
import urllib.parse

import harness
from harness import check

sys.path.append("/usr/lib/python3/dist-packages")  # where Debian has it, whatever Python runs this
import websockets  # noqa: E402

TAILS = 20
LINES_A_SECOND = 5000
WAIT = 20  # seconds, for anything


def connect(server, query, path="/loki/api/v1/tail", headers=None, **parameters):
    text = urllib.parse.urlencode({"query": query, **parameters})
    return websockets.connect("ws://127.0.0.1:%d%s?%s" % (server.port, path, text), extra_headers=headers or {},
                              max_size=None, open_timeout=WAIT)


async def frame(tail):
    return json.loads(await asyncio.wait_for(tail.recv(), WAIT))


def lines_of(message):
    return [(int(v[0]), v[1]) for s in message["streams"] for v in s["values"]]


async def lines(tail, count):
    """The next `count` lines, of as many messages as that takes."""
    got = []
    while len(got) < count:
        got += lines_of(await frame(tail))
    return got


async def closed(tail):
    """(code, reason) with which the server closes, whatever it sends before."""
    try:
        while True:
            await asyncio.wait_for(tail.recv(), WAIT)
    except websockets.ConnectionClosed as end:
        return end.rcvd.code, end.rcvd.reason


def push(server, labels, entries, **more):
    answer = server.push(labels, entries, **more)
    check(answer.status == 204, "push", answer)


async def what_is_stored_then_what_comes(server):
    now = time.time_ns()
    push(server, {"app": "first"}, [(now - i * 10**9, "stored %d" % i) for i in range(5)])
    async with connect(server, '{app="first"} |= "r"', limit=3) as tail:
        message = await frame(tail)
        check([t for _, t in lines_of(message)] == ["stored 2", "stored 1", "stored 0"], "the newest, oldest first",
              message)
        check(message["dropped_entries"] is None, "nothing dropped", message)
        check(message["streams"][0]["stream"] ==
              {"app": "first", "service_name": "first", "detected_level": "unknown"}, "all labels", message)
        push(server, {"app": "other"}, [(now, "never seen")])
        push(server, {"app": "first"}, [(now + 1, "unseen")])
        push(server, {"app": "first"}, [(now + 3, "new, right"), (now + 2, "newer")])
        check(await lines(tail, 2) == [(now + 2, "newer"), (now + 3, "new, right")], "by time")
        # What a sender repeats because an answer was lost is there once.
        for _ in range(2):
            push(server, {"app": "first"}, [(now + 4, "right once")])
        push(server, {"app": "first"}, [(now + 5, "right after")])
        check(await lines(tail, 2) == [(now + 4, "right once"), (now + 5, "right after")], "each once")
    async with connect(server, '{app="first"}', start=now + 3) as tail:
        check([t for _, t in await lines(tail, 3)] == ["new, right", "right once", "right after"], "from start on")


async def any_pipeline(server):
    now = time.time_ns()
    query = '{app="pipes"} | json | status >= 500 | line_format "{{.method}} {{.status}}"'
    flags = {"X-Loki-Response-Encoding-Flags": "categorize-labels"}
    async with connect(server, query, headers=flags) as tail:
        push(server, {"app": "pipes"}, [(now, '{"method":"GET","status":200}', {"trace": "a"}),
                                        (now + 1, '{"method":"PUT","status":503}', {"trace": "b"})])
        message = await frame(tail)
        check(message["encodingFlags"] == ["categorize-labels"], "flags are echoed", message)
        stream = message["streams"][0]
        check(stream["stream"] == {"app": "pipes", "service_name": "pipes"}, "indexed labels alone", message)
        check(stream["values"] == [[str(now + 1), "PUT 503", {
            "structuredMetadata": {"detected_level": "unknown", "trace": "b"},
            "parsed": {"method": "PUT", "status": "503"}}]], "the pipeline's line, and where labels came from", message)
    async with connect(server, '{app="pipes"}', "/api/prom/tail", regexp="PUT") as tail:
        entries = (await frame(tail))["streams"][0]
        check(entries["labels"].startswith('{app="pipes", detected_level='), "labels as text", entries)
        check(entries["entries"][0]["line"] == '{"method":"PUT","status":503}' and
              entries["entries"][0]["ts"].endswith("Z"), "times as RFC 3339", entries)


async def large_history(server):
    """What is stored takes no more memory than it may: the newest lines of it come, and then what is new."""
    now = time.time_ns()
    for part in range(4):
        push(server, {"app": "large"}, [(now + part * 25 + i, "%d " % (part * 25 + i) + "h" * 200_000) for i in range(25)])
    async with connect(server, '{app="large"}', limit=100) as tail:
        push(server, {"app": "large"}, [(now + 100, "100 new")])
        got = []
        while not got or got[-1] != 100:
            got += [int(text.split(" ")[0]) for _, text in lines_of(await frame(tail))]
        check(got == list(range(got[0], 101)) and 2 < len(got) < 15, "the newest, as many as fit", got)


async def late_lines_in_order(server):
    now = time.time_ns()
    async with connect(server, '{app="late"}', delay_for=2) as tail:
        push(server, {"app": "late"}, [(now, "first"), (now + 2, "third")])
        push(server, {"app": "late"}, [(now + 1, "second, but late")])
        got = await lines(tail, 3)
        check([t for _, t in got] == ["first", "second, but late", "third"], "by time", got)
        check(time.time_ns() - now >= 2 * 10**9, "after the delay")


async def refusals(server):
    check(server.get("/loki/api/v2alpha/tail", query="{}").status == 404, "v2alpha is unknown")
    for path in ("/loki/api/v1/tail", "/api/prom/tail"):
        for parameters, text in [
                ({"query": '{app="x"'}, "parse error at line 1, col 9: syntax error: unexpected $end, expecting } or ,"),
                ({"query": 'rate({app="x"}[1m])'}, "only log selector is supported"),
                ({"query": '{app="x"}', "delay_for": 6}, "delay_for can't be greater than 5"),
                ({"query": '{app="x"}', "limit": 0}, "limit must be a positive value"),
                ({"query": '{app="x"}', "limit": 5001}, "max entries limit per query exceeded, limit > "
                                                        "max_entries_limit_per_query (5001 > 5000)"),
                ({"query": '{app="x"}'}, "Bad Request")]:  # no WebSocket
            answer = server.get(path, **parameters)
            check((answer.status, answer.text.strip()) == (400, text), "%s %s" % (path, parameters), answer)
    check('ws="true"' in server.get("/metrics").text, "counted as WebSockets")


async def limits(folder):
    flags = ["-auth.enabled=true", "-querier.max-concurrent-tail-requests=2", "-querier.tail-max-duration=3s"]
    with harness.Narfid(folder, flags=flags) as server:
        check(server.get("/loki/api/v1/tail", query='{app="x"}').status == 401, "a tenant is needed")
        one, two = {"X-Scope-OrgID": "one"}, {"X-Scope-OrgID": "two"}
        async with connect(server, '{app="x"}', headers=one) as first, connect(server, '{app="x"}', headers=one):
            async with connect(server, '{app="x"}', headers=one) as third:
                check(await closed(third) == (1011, "rpc error: code = Code(400) desc = max concurrent tail requests "
                                                    "limit exceeded, count > limit (3 > 2)"), "two at once")
            async with connect(server, '{app="x"}', headers=two) as other:
                push(server, {"app": "x"}, [(time.time_ns(), "of one")], tenant="one")
                check([t for _, t in await lines(first, 1)] == ["of one"], "its own lines")
                push(server, {"app": "x"}, [(time.time_ns(), "of two")], tenant="two")
                check([t for _, t in await lines(other, 1)] == ["of two"], "and of no other tenant")
            check(await closed(first) == (1011, "reached tail max duration limit"), "not for ever")
        harness.until(lambda: "loki_querier_tail_active 0" in server.get("/metrics").text, WAIT, "no tail is left")
        async with connect(server, '{app="x"}', headers=one) as tail:
            stopping = asyncio.get_running_loop().run_in_executor(None, server.stop)
            check((await closed(tail))[0] == 1001, "tails end when the server does")
            check(await stopping == 0, "a tail does not keep it from stopping")


async def a_stop_loses_nothing(folder):
    """What was pushed before a stop comes before the close frame, also what was still to wait."""
    with harness.Narfid(folder) as server:
        lazy = stalled(server, '{app="last"}')
        async with connect(server, '{app="last"}') as tail, connect(server, '{app="last"}', delay_for=5) as late:
            now = time.time_ns()
            for i in range(50):
                push(server, {"app": "last"}, [(now + i * 100 + j, "%d" % (i * 100 + j)) for j in range(100)])
            begun = time.monotonic()
            stopping = asyncio.get_running_loop().run_in_executor(None, server.stop)
            # The one that reads nothing keeps the stop waiting for as long as it may.
            await asyncio.to_thread(harness.until, lambda: server.get("/ready").status == 503, 1, "not ready any more")
            for one in (tail, late):
                check([int(text) for _, text in await lines(one, 5000)] == list(range(5000)), "each, in order")
                check(await closed(one) == (1001, "the server is going away"), "and then the end")
            check(await stopping == 0 and time.monotonic() - begun < 10, "who reads nothing does not hold it")
        lazy.close()


class Pusher(threading.Thread):
    """Numbered lines of several streams, at a steady rate, until told to stop."""

    def __init__(self, server, app, rate, streams=5):
        super().__init__()
        self.server, self.app, self.rate, self.streams = server, app, rate, streams
        self.stopped, self.sent = threading.Event(), 0

    def run(self):
        begin = time.monotonic()
        while not self.stopped.is_set():
            self.push(int((time.monotonic() - begin) * self.rate) + 1)
            self.stopped.wait(0.05)

    def push(self, end):
        """The lines up to number `end`."""
        by_stream = {}
        for number in range(self.sent, end):
            by_stream.setdefault(number % self.streams, []).append((time.time_ns(), "%d %s" % (number, "x" * 120)))
        push_all(self.server, [({"app": self.app, "stream": str(s)}, e) for s, e in by_stream.items()])
        self.sent = end

    def stop(self):
        self.stopped.set()
        self.join()


def push_all(server, streams):
    body = harness.snappy(harness.push_request(streams))
    answer = harness.request(server.port, "POST", "/loki/api/v1/push", body,
                             {"Content-Type": "application/x-protobuf"})
    check(answer.status == 204, "push", answer)


class Reader:
    """Reads a tail, and holds it to what a tail promises: no line missing, none twice, in order."""

    def __init__(self):
        self.next = {}
        self.first = None
        self.count = 0

    def take(self, message):
        check(not message["dropped_entries"], "nothing is dropped for who reads", message["dropped_entries"])
        for stream in message["streams"]:
            name = int(stream["stream"]["stream"])
            for _, line in stream["values"]:
                number = int(line.split(" ", 1)[0])
                check(self.next.setdefault(name, number) == number, "line %d of stream %d, wanted %d" %
                      (number, name, self.next[name]))
                self.next[name] = number + 5
                self.count += 1

    async def read(self, tail, until):
        """Until every stream has come to number `until`(), once that is known."""
        while until() is None or len(self.next) < 5 or min(self.next.values()) < until():
            self.take(await frame(tail))


async def opened_under_load(server):
    """What is stored and what comes meet without a gap, whenever a tail is opened."""
    pusher = Pusher(server, "meet", 2000)
    pusher.start()
    end = None
    readers, tails = [], []
    try:
        for _ in range(8):
            tails.append(await connect(server, '{app="meet"}', limit=2000))
            readers.append(Reader())
            readers[-1].take(await frame(tails[-1]))
        reading = [asyncio.create_task(r.read(t, lambda: end)) for r, t in zip(readers, tails)]
        await asyncio.sleep(1)  # under load: how long the load lasts, nothing that is waited for
        await asyncio.get_running_loop().run_in_executor(None, pusher.stop)
        end = pusher.sent + pusher.streams
        pusher.push(end)  # readers know the end before they can have seen it
        await asyncio.gather(*reading)
    finally:
        pusher.stopped.set()
        for tail in tails:
            await tail.close()


def stalled(server, query):
    """A client that shakes hands and then reads nothing."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", server.port))
    s.sendall(("GET /loki/api/v1/tail?%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" %
               urllib.parse.urlencode({"query": query})).encode())
    return s


async def under_load(server, seconds):
    query = '{app="load"}'
    lazy = stalled(server, query)
    tails = [await connect(server, query) for _ in range(TAILS)]
    pusher = Pusher(server, "load", LINES_A_SECOND)
    end = None
    readers = [Reader() for _ in tails]
    reading = [asyncio.create_task(r.read(t, lambda: end)) for r, t in zip(readers, tails)]
    pusher.start()
    try:
        begin = time.monotonic()
        await asyncio.wait(reading, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        await asyncio.get_running_loop().run_in_executor(None, pusher.stop)
        rate = pusher.sent / (time.monotonic() - begin)
        end = pusher.sent + pusher.streams
        pusher.push(end)
        await asyncio.gather(*reading)
        lag = time.monotonic() - begin - seconds
    finally:
        pusher.stopped.set()
    check(rate > 0.9 * LINES_A_SECOND, "the load itself was there: %d lines/s" % rate)
    check(all(r.count == pusher.sent for r in readers), "all lines", [r.count for r in readers], pusher.sent)
    for tail in tails:
        await tail.close()
    lazy.close()
    harness.report("live tail: %d lines/s to %d tails for %d s beside a stalled one, none missing, none twice; the last "
                   "line %.1f s after the load ended; narfid used at most %d MB" %
                   (rate, TAILS, seconds, lag, server.peak_memory_mb()))


async def one_slow_consumer(server):
    """What a client does not take is dropped, for it alone, and it is told so when it reads on."""
    query = '{app="burst"}'
    text = "y" * 2000
    async with connect(server, query) as quick, connect(server, query) as slow:
        slow.transport.pause_reading()
        got = []
        for batch in range(20):
            now = time.time_ns()
            entries = [(now + i, "%d %s" % (i, text)) for i in range(1000)]
            await asyncio.get_running_loop().run_in_executor(
                None, lambda b=batch, e=entries: push(server, {"app": "burst", "batch": str(b)}, e))
            # As fast as the quick one takes it, so that it is the stalled one alone that falls behind.
            got += await lines(quick, 1000)
        check(len(set(got)) == len(got) == 20 * 1000, "the other gets every line", len(got))
        slow.transport.resume_reading()
        dropped = []
        while not dropped:
            dropped = (await frame(slow))["dropped_entries"]
        check(dropped[0]["labels"]["app"] == "burst" and int(dropped[0]["timestamp"]) > 0, "what was dropped", dropped[0])
        check(len(dropped) <= 1000, "a bounded list", len(dropped))
        check("narfi_tail_dropped_entries_total" in server.get("/metrics").text, "and counted")
    check(server.peak_memory_mb() < 300, "memory", server.peak_memory_mb())


async def run(seconds):
    with harness.folder() as folder:
        flags = ["-auth.enabled=false", "-querier.max-concurrent-tail-requests=30"]
        with harness.Narfid(folder, flags=flags) as server:
            await what_is_stored_then_what_comes(server)
            await any_pipeline(server)
            await large_history(server)
            await late_lines_in_order(server)
            await refusals(server)
            await opened_under_load(server)
            await one_slow_consumer(server)
            await under_load(server, seconds)
    with harness.folder() as folder:
        await limits(folder)
    with harness.folder() as folder:
        await a_stop_loses_nothing(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=6)
    asyncio.run(run(parser.parse_args().seconds))
