#!/usr/bin/env python3
"""Patterns and their counts are the same from heads, from many segments, from those merged into one, and after a restart,
whatever step, stream and time is asked for; the second time too, when row groups remember."""
import glob
import json
import os
import random
import time

import harness
from harness import check

FLUSHES = 18  # sixteen segments of a day are merged into one
LINES = 400   # a flush
DAY_NS = 24 * harness.HOUR_NS


def lines_of(rng, begin, number):
    """More names than are told apart, shapes that few lines have, and lines that are no JSON."""
    out = []
    for i in range(LINES):
        at = begin + (number * LINES + i) * 1_000_000_000
        name = "%s-%s" % (rng.choice(["red", "green", "blue", "black", "white", "grey"]), "".join(rng.choices("abcdefgh", k=4)))
        line = {"level": rng.choice(["INFO", "INFO", "WARN"]), "service": "web", "zone": "eu" if number < 9 else "us",
                "message": rng.choice(["order %s paid", "order %s shipped", "cache miss %s:daily", "took 17 ms"])}
        if "%s" in line["message"]:
            line["message"] %= name
        if rng.random() < 0.3:
            line[rng.choice(["user", "trace", "note"])] = name
        text = json.dumps(line) if rng.random() < 0.8 else "%s INFO connection from 10.0.0.%d closed" % (name, i % 250)
        out.append((at, text))
    return out


def answers(server, begin):
    """By question."""
    out = {}
    end = begin + FLUSHES * LINES * 1_000_000_000
    for query in ('{job="merged"}', '{job="merged", app="1"}'):
        for step in ("10s", "30s", "60s", "7m"):
            for first, last in ((begin, end), (begin + 777 * 10**9, end - 333 * 10**9)):
                answer = server.get("/loki/api/v1/patterns", query=query, step=step, start=first, end=last)
                check(answer.status == 200, "patterns", answer)
                out[query, step, first, last] = answer.json()["data"]
    return out


def expect_same(server, begin, wanted, when):
    for times in ("once", "twice"):
        for question, data in answers(server, begin).items():
            check(data == wanted[question], "another answer %s, asked %s" % (when, times), question, data, wanted[question])


def segments(server):
    return glob.glob(os.path.join(server.data, "segments", "*", "*", "*.seg"))


def main():
    begin = (time.time_ns() // DAY_NS - 1) * DAY_NS + 6 * harness.HOUR_NS
    rng = random.Random(5)
    pushes = [lines_of(rng, begin, number) for number in range(FLUSHES)]

    def push(server, number):
        for app in (0, 1):
            answer = server.push({"job": "merged", "app": str(app)}, pushes[number][app::2])
            check(answer.status == 204, "push", answer)

    with harness.folder() as folder, harness.Narfid(folder) as server:
        for number in range(FLUSHES):
            push(server, number)
        heads = answers(server, begin)
        whole = next(iter(heads.values()))
        check(sum(count for p in whole for _, count in p["samples"]) == FLUSHES * LINES, "every line counts once", whole)
    with harness.folder() as folder:
        with harness.Narfid(folder) as server:
            for number in range(FLUSHES):
                push(server, number)
                if number == 9:
                    answers(server, begin)  # from what is gone later
                server.flush()
            deadline = time.monotonic() + 60
            while len(segments(server)) > 4:
                check(time.monotonic() < deadline, "segments become fewer", segments(server))
                expect_same(server, begin, heads, "while segments are merged")
            expect_same(server, begin, heads, "from merged segments")
        with harness.Narfid(folder) as server:
            expect_same(server, begin, heads, "after a restart")
    print("%d patterns, the same before and after %d segments were merged" % (len(whole), FLUSHES))


if __name__ == "__main__":
    main()
