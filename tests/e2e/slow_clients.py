#!/usr/bin/env python3
"""Clients that do not read their answers, or read them slowly: others are answered as if they were not there, and an
answer that was waited for is whole. Log queries that need more memory than a query has come page by page."""
import http.client
import json
import os
import re
import socket
import threading
import time
import urllib.parse

import harness
from harness import check

LINES, LINE_BYTES = 3000, 8000  # an answer of all of them has no room in memory while it waits
TIMEOUT = 10


def fill(server, now):
    for first in range(0, LINES, 250):
        entries = [(now - n * 10**6, json.dumps({"n": n, "stack": os.urandom(LINE_BYTES // 2).hex()}))
                   for n in range(first, first + 250)]
        check(server.push({"app": "traces"}, entries).status == 204, "a push")


def path(query, now, **more):
    return "/loki/api/v1/query_range?" + urllib.parse.urlencode(
        {"query": query, "start": now - harness.HOUR_NS, "end": now + 1, "limit": 5000, **more})


def asked(server, target):
    """A connection that has asked and does not read; little of the answer fits into its buffer."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", server.port))
    s.sendall(("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target).encode())
    return s


def numbers(body):
    return [json.loads(line)["n"] for stream in body["data"]["result"] for _, line, *_ in stream["values"]]


def others_do_not_wait(server, now):
    slow = [asked(server, path('{app="traces"}', now)) for _ in range(5)]
    harness.until(lambda: "\nnarfi_spooled_answers_total 5\n" in server.get("/metrics").text, TIMEOUT, "all wait in files")
    begun = time.monotonic()
    check(len(server.lines('{app="traces"}', limit=100)) == 100, "some lines")
    check(server.value('sum(count_over_time({app="traces"} | json | n >= 0 [1h]))', at=now + 1) == LINES, "a count")
    check(time.monotonic() - begun < TIMEOUT, "soon", time.monotonic() - begun)
    # Long after the query: the answer is whole.
    answer = http.client.HTTPResponse(slow[0])
    answer.begin()
    body = json.loads(answer.read())
    check(numbers(body) == list(range(LINES)), "every line, newest first")
    check(len(body["data"]["result"]) == 1, "one stream")
    check(body["data"]["stats"]["summary"]["totalEntriesReturned"] == LINES, "with statistics")
    for s in slow:
        s.close()


def idle_ones_hold_nothing(server, now):
    """A connection that has its answer may be kept for minutes."""
    live = lambda: float(re.search(r"^narfi_heap_live_bytes (\S+)$", server.get("/metrics").text, re.M).group(1)) / 2**20
    server.flush()
    before, kept = live(), []
    for _ in range(60):
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", path('{app="traces"}', now, limit=500))
        check(len(connection.getresponse().read()) > 500 * LINE_BYTES, "an answer")
        kept.append(connection)
    # Beside it the block cache fills, to 48 MiB, and what a flush took goes back in its own time.
    harness.until(lambda: live() < before + 96, TIMEOUT, "60 answers of 4 MB are gone")
    for connection in kept:
        connection.close()


def many_at_once(server, now):
    """Answers that come page by page do not keep each other waiting, nor others."""
    statuses = []
    ask = lambda: statuses.append(harness.request(server.port, "GET", path('{app="traces"} | json', now)).status)
    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    check(server.value('sum(count_over_time({app="traces"} | json | n >= 0 [1h]))', at=now + 1) == LINES, "a count beside them")
    for thread in threads:
        thread.join()
    check(statuses == [200] * len(threads), "all are answered", statuses)


def more_than_memory(server, now):
    """What a line is taken apart into is as large as the line."""
    for query in ('{app="traces"}', '{app="traces"} | json'):
        for direction in ("backward", "forward"):
            answer = harness.request(server.port, "GET", path(query, now, direction=direction))
            check(answer.status == 200, query, answer.status, answer.text[:300])
            check(sorted(numbers(answer.json())) == list(range(LINES)), query + " " + direction)


def main():
    now = time.time_ns()
    with harness.folder() as folder:
        with harness.Narfid(folder, flags=["-querier.query-timeout=30s"]) as server:
            fill(server, now)
            others_do_not_wait(server, now)
            idle_ones_hold_nothing(server, now)
        # A third of the memory: the answers above are too much for a query.
        with harness.Narfid(folder, flags=["-memory.budget=64MB", "-querier.query-timeout=30s"]) as server:
            more_than_memory(server, now)
            many_at_once(server, now)
        # A limit that is not of memory stays one.
        with harness.Narfid(folder, flags=["-memory.budget=64MB", "-frontend.max-query-bytes-read=10MB"]) as server:
            answer = harness.request(server.port, "GET", path('{app="traces"}', now))
            check(answer.status == 400 and "the query would read too many bytes" in answer.text, "bytes read", answer.text)


if __name__ == "__main__":
    main()
