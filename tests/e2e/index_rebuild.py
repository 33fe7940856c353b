#!/usr/bin/env python3
"""The index folder is deleted while the server is down: the same questions get the same answers.

    index_rebuild.py [--rounds N] [--seed S]
"""
import argparse
import os
import random
import shutil
import time

import harness
from harness import check

DAY_NS = 24 * harness.HOUR_NS
QUESTIONS = [
    ("query_range", {"query": '{job="index"}', "limit": 5000}),
    ("query_range", {"query": '{job="index", app=~"a[0-3]"} |= "needle"', "limit": 5000}),
    ("query_range", {"query": '{app="a1"} | json | n > 5', "limit": 5000, "direction": "forward"}),
    ("query_range", {"query": 'sum by (app) (count_over_time({job="index"}[1h]))', "step": "600"}),
    ("labels", {}),
    ("label/app/values", {}),
    ("series", {"match[]": '{job="index"}'}),
    ("index/stats", {"query": '{job="index"}'}),
    ("index/volume", {"query": '{job="index"}'}),
]


def push_some(server, rng, end):
    for app in range(8):
        entries = [(end - rng.randrange(2 * DAY_NS),
                    '{"n":%d,"text":"%s %d"}' % (i, rng.choice(["needle", "hay"]), rng.randrange(10**6))) for i in range(150)]
        answer = server.push({"job": "index", "app": "a%d" % app}, sorted(entries))
        check(answer.status == 204, "push", answer)


def answers(server, end):
    """Every answer without figures of storage (statistics, number of chunks), streams and series in one order."""
    found = []
    for path, parameters in QUESTIONS:
        answer = server.get("/loki/api/v1/" + path, start=end - 3 * DAY_NS, end=end + 1, **parameters)
        check(answer.status == 200, path, answer)
        document = answer.json()
        document.pop("chunks", None)
        data = document.get("data")
        if isinstance(data, dict):
            data.pop("stats", None)
            data["result"] = sorted(data.get("result", []), key=str)
        elif isinstance(data, list):
            document["data"] = sorted(data, key=str)
        found.append((path, parameters, document))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print("seed %d" % options.seed)
    rng = random.Random(options.seed)
    with harness.folder() as folder, harness.Narfid(folder) as server:
        for number in range(options.rounds):
            end = time.time_ns()
            push_some(server, rng, end)
            server.flush()
            push_some(server, rng, end)  # these are in heads: the log brings them back
            before = answers(server, end)
            check(all(str(b[2]) != "" for b in before) and len(before[0][2]["data"]["result"]) >= 8, "something is there")
            if rng.random() < 0.5:
                check(server.stop() == 0, "stopped cleanly")
            else:
                server.kill()
            index = os.path.join(server.data, "index")
            check(os.path.isdir(index), "%s is the index" % index)
            shutil.rmtree(index)
            server.start()
            for was, now in zip(before, answers(server, end)):
                check(was == now, "round %d: another answer without the old index" % number, was, now)
    print("%d times the index was rebuilt; every answer stayed" % options.rounds)


if __name__ == "__main__":
    main()
