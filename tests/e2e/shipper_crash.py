#!/usr/bin/env python3
"""The shipper is killed with -9 and started again while files are rotated under load: no line is
lost. Lines that arrive twice are allowed, and counted.

    shipper_crash.py [--rounds N] [--seed S]
"""
import argparse
import collections
import os
import random
import threading
import time

import harness
from harness import check, until

WRITERS = 3
LINES = 4000  # of one writer in one round; each is a stream, asked for in one query below 5000

CONFIG = """
server:
  http_listen_port: 9080
positions:
  filename: {folder}/positions.yaml
  sync_period: 500ms
clients:
  - url: {url}/loki/api/v1/push
    batchwait: 100ms
    batchsize: 20000
scrape_configs:
  - job_name: crash
    pipeline_stages: []
    static_configs:
      - targets: [localhost]
        labels:
          job: crash
          __path__: {folder}/logs/*.log
"""


class Writer(threading.Thread):
    """Appends numbered lines to logs/<name>.log, rotating by rename now and then: never a file of
    which the shipper's positions know nothing, for nobody can ship a file that came and went unseen."""

    def __init__(self, folder, name, seed):
        super().__init__()
        self.path = os.path.join(folder, "logs", name + ".log")
        self.positions = os.path.join(folder, "positions.yaml.narfi")
        self.label, self.rng, self.rotations = name, random.Random(seed), 0

    def known(self):
        try:
            with open(self.positions, encoding="utf-8") as f:
                return str(os.stat(self.path).st_ino) in f.read()
        except FileNotFoundError:
            return False

    def run(self):
        f = open(self.path, "a", encoding="utf-8", buffering=1)
        due = 0
        for number in range(LINES):
            f.write("%s %06d %s\n" % (self.label, number, "y" * self.rng.randrange(120)))
            due += self.rng.random() < 0.003
            if due and number % 10 == 0 and self.known():
                f.close()
                due, self.rotations = 0, self.rotations + 1
                os.rename(self.path, "%s.%d" % (self.path, self.rotations))
                f = open(self.path, "a", encoding="utf-8", buffering=1)
            if number % 50 == 0:
                time.sleep(self.rng.random() * 0.03)  # the pace of the load
        f.close()


def one_round(folder, server, config, number, rng):
    """Returns [lines written, rotations, kills, lines that came twice]."""
    writers = [Writer(folder, "r%dw%d" % (number, i), rng.random()) for i in range(WRITERS)]
    kills = 0
    with harness.Shipper(folder, config) as shipper:
        for writer in writers:
            writer.start()
        while any(w.is_alive() for w in writers):
            time.sleep(rng.random() * 0.6)
            shipper.kill()
            kills += 1
            shipper.start()
        for writer in writers:
            writer.join()
        twice = sum(arrived(server, w.label) for w in writers)
    return [WRITERS * LINES, sum(w.rotations for w in writers), kills, twice]


def arrived(server, name):
    """Waits until every line of writer `name` is there; returns how many came more than once."""
    want = {"%s %06d" % (name, i) for i in range(LINES)}
    found = collections.Counter()

    def complete():
        found.clear()
        for thousand in range(LINES // 1000):  # a query answers at most 5000 lines
            lines = server.lines('{job="crash"} |~ `^%s 00%d`' % (name, thousand))
            found.update(" ".join(line.split(" ")[:2]) for line in lines)
        return want <= set(found)

    try:
        until(complete, 60, "every line of %s arrived" % name, every=0.2)
    except AssertionError:
        check(False, "%s: %d of %d lines lost" % (name, len(want - set(found)), LINES), sorted(want - set(found))[:5])
    check(set(found) == want, "lines from nowhere", sorted(set(found) - want)[:3])
    return sum(n - 1 for n in found.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print("seed %d" % options.seed)
    rng = random.Random(options.seed)
    totals = [0, 0, 0, 0]
    with harness.folder() as folder, harness.Narfid(folder) as server:
        os.mkdir(os.path.join(folder, "logs"))
        config = os.path.join(folder, "promtail.yml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG.format(folder=folder, url=server.url))
        for number in range(options.rounds):
            totals = [a + b for a, b in zip(totals, one_round(folder, server, config, number, rng))]
    check(totals[1] > 0, "files were rotated")
    harness.report("shipper: %d lines, %d rotations, %d times killed: none lost, %d came twice (seed %d)" %
                   (*totals, options.seed))


if __name__ == "__main__":
    main()
