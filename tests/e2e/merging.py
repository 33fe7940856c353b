#!/usr/bin/env python3
"""Segments are merged while the server answers, and while it is killed: the same questions get the same answers.
Then a retention period is set: what is older is in no answer and, soon, in no file.

    merging.py [--rounds N] [--seed S]
"""
import argparse
import glob
import os
import random
import time

import harness
import index_rebuild
from harness import check, until

FLUSHES = 20


def segments(server):
    return glob.glob(os.path.join(server.data, "segments", "*", "*", "*.seg"))


def expect_same(server, end, before, when):
    for was, now in zip(before, index_rebuild.answers(server, end)):
        check(was == now, "another answer %s" % when, was, now)


def one_round(server, number, rng):
    end = time.time_ns()
    for _ in range(FLUSHES):
        index_rebuild.push_some(server, rng, end)
        server.flush()
    before = index_rebuild.answers(server, end)
    if rng.random() < 0.5:
        time.sleep(rng.random())
        server.kill()
        server.start()
    deadline = time.monotonic() + 60
    # Three days are touched. Sixteen segments of a day become one, so that fewer than that are left besides those.
    while len(segments(server)) > 3 * (15 + number):
        check(time.monotonic() < deadline, "segments become fewer", segments(server))
        expect_same(server, end, before, "while segments are merged")
        time.sleep(0.1)
    expect_same(server, end, before, "after the merges")
    server.kill()
    server.start()
    expect_same(server, end, before, "after a restart")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print("seed %d" % options.seed)
    rng = random.Random(options.seed)
    with harness.folder() as folder:
        with harness.Narfid(folder) as server:
            for number in range(1, options.rounds + 1):
                one_round(server, number, rng)
        with harness.Narfid(folder, flags=["-store.retention=1h"], data=server.data) as server:
            now = time.time_ns()
            old = server.get("/loki/api/v1/query_range", query='{job="index"}', start=now - 3 * index_rebuild.DAY_NS,
                             end=now - harness.HOUR_NS - 10**9, limit=10)
            check(old.json()["data"]["result"] == [], "nothing is older than the retention period", old)
            kept = server.value('sum(count_over_time({job="index"}[3d]))')
            within = server.value('sum(count_over_time({job="index"}[55m]))')
            check(within <= kept <= 2 * within + 100, "what is younger is kept", kept, within)
            until(lambda: len({os.path.dirname(path) for path in segments(server)}) <= 2, 60,
                  "the days before are gone from the disk")
    print("%d rounds; every answer stayed, and what was too old went" % options.rounds)


if __name__ == "__main__":
    main()
