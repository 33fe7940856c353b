#!/usr/bin/env python3
"""Entries of one stream with equal times keep the order of their arrival, through flushes and kill -9, and a limit
that cuts inside such a tie gives the same lines from heads and from segments.

    order_of_ties.py [--rounds N] [--seed S]
"""
import argparse
import random
import time

import harness
from harness import check


def lines(server, at, direction, limit=5000):
    answer = server.get("/loki/api/v1/query_range", query='{app="ties"}', start=at - 10, end=at + 10, limit=limit,
                        direction=direction)
    check(answer.status == 200, "query", answer)
    return [value[1] for stream in answer.json()["data"]["result"] for value in stream["values"]]


def check_order(server, at, sent, rng, when):
    """`sent`: (time, line) in the order of their arrival. A query goes back in time from the last arrival."""
    forward = [line for _, line in sorted(sent, key=lambda entry: entry[0])]
    for direction, want in (("forward", forward), ("backward", forward[::-1])):
        check(lines(server, at, direction) == want, "%s, %s: another order" % (when, direction), want,
              lines(server, at, direction))
        limit = rng.randrange(1, len(want) + 1)
        check(lines(server, at, direction, limit) == want[:limit], "%s, %s: limit %d" % (when, direction, limit),
              want[:limit], lines(server, at, direction, limit))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print("seed %d" % options.seed)
    rng = random.Random(options.seed)
    with harness.folder() as folder, harness.Narfid(folder) as server:
        at = time.time_ns() - 10**9
        sent = []
        for number in range(options.rounds):
            for _ in range(rng.randrange(1, 5)):
                batch = [(at + rng.choice((0, 0, 0, 1)), "line %d" % (len(sent) + i)) for i in range(rng.randrange(1, 9))]
                check(server.push({"app": "ties"}, batch).status == 204, "push")
                sent += batch
            check_order(server, at, sent, rng, "round %d, heads" % number)
            if rng.random() < 0.3:
                server.kill()
                server.start()
                check_order(server, at, sent, rng, "round %d, replayed" % number)
            server.flush()
            check_order(server, at, sent, rng, "round %d, flushed" % number)
    print("%d lines with equal times kept their order" % len(sent))


if __name__ == "__main__":
    main()
