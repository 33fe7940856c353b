#!/usr/bin/env python3
"""Push, kill -9 at a random moment, restart: every acknowledged line is there exactly once, and an
unanswered push is there whole or not at all.

    crash_push.py [--rounds N] [--seed S]
"""
import argparse
import collections
import http.client
import json
import random
import threading
import time

import harness
from harness import check

THREADS = 4
MOST_LINES = 1100  # of one thread in one round: four of them stay below the limit of a query


class Pusher(threading.Thread):
    """Pushes small batches until the server is gone; remembers what was answered."""

    def __init__(self, server, labels, seed):
        super().__init__()
        self.server, self.labels, self.rng = server, labels, random.Random(seed)
        self.acknowledged, self.unanswered, self.refused = [], [], []

    def run(self):
        number = 0
        while number < MOST_LINES:
            batch = []
            for _ in range(self.rng.randrange(1, 9)):
                padding = "x" * self.rng.choice([0, 10, 200, 3000])
                batch.append((time.time_ns(), "%s-%d %s" % (self.labels["thread"], number, padding)))
                number += 1
            send = self.rng.choice([self.server.push, self.server.push_json])
            try:
                answer = send(self.labels, batch, timeout=20)
            except (OSError, http.client.HTTPException):
                self.unanswered = [line for _, line in batch]
                return
            if answer.status != 204:
                self.refused.append(answer)
                return
            self.acknowledged += [line for _, line in batch]


def one_round(server, number, rng):
    """Returns (labels, acknowledged, unanswered) of each pusher; the server is dead afterwards."""
    pushers = [Pusher(server, {"job": "crash", "round": str(number), "thread": "t%d" % i}, rng.random())
               for i in range(THREADS)]
    for pusher in pushers:
        pusher.start()
    flusher = rng.random() < 0.4
    time.sleep(rng.random() * rng.choice([0.02, 0.2, 0.8]))  # the random moment
    if flusher:
        threading.Thread(target=flush_quietly, args=(server,), daemon=True).start()
        time.sleep(rng.random() * 0.05)
    server.kill()
    for pusher in pushers:
        pusher.join()
        check(not pusher.refused, "a push was refused", pusher.refused)
    return [(p.labels, p.acknowledged, p.unanswered) for p in pushers]


def flush_quietly(server):
    try:
        server.flush()
    except (OSError, http.client.HTTPException):
        pass  # killed meanwhile: what this round is about


def verify(server, pushed):
    for labels, acknowledged, unanswered in pushed:
        selector = "{" + ",".join("%s=%s" % (k, json.dumps(v)) for k, v in labels.items()) + "}"
        found = collections.Counter(server.lines(selector))
        lost = [line for line in acknowledged if found[line] == 0]
        twice = [line for line, n in found.items() if n > 1]
        check(not lost, "%s: %d acknowledged lines lost" % (selector, len(lost)), lost[:3])
        check(not twice, "%s: lines twice" % selector, twice[:3])
        there = [line for line in unanswered if found[line]]
        check(there in ([], unanswered), "%s: part of an unanswered push" % selector, len(there), len(unanswered))
        check(len(found) == len(acknowledged) + len(there), "%s: lines from nowhere" % selector)
        count = server.value("sum(count_over_time(%s[1h]))" % selector)
        check(count == len(found), "%s: count_over_time says %s of %d" % (selector, count, len(found)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print("seed %d" % options.seed)
    rng = random.Random(options.seed)
    history, lines, replayed = [], 0, 0
    with harness.folder() as folder, harness.Narfid(folder) as server:
        for number in range(options.rounds):
            pushed = one_round(server, number, rng)
            server.start()
            verify(server, pushed)
            verify(server, rng.sample(history, min(2, len(history))))  # earlier rounds stay as they were
            history += pushed
            lines += sum(len(p[1]) for p in pushed)
            replayed += sum(bool(p[2]) for p in pushed)
        verify(server, history)
    check(lines > 0, "no push was ever answered")
    harness.report("crash: %d rounds of kill -9, %d acknowledged lines there exactly once, %d pushes cut (seed %d)" %
                   (options.rounds, lines, replayed, options.seed))


if __name__ == "__main__":
    main()
