#!/usr/bin/env python3
"""A byte of a segment is damaged, then the manifest is lost: what is sound is answered, what is not is named by the
answer, the metrics and the tools; the manifest is rebuilt, and everything is there once.

    damage.py
"""
import glob
import os
import random
import re
import shutil
import subprocess
import time

import harness
from harness import check

PER_FLUSH = 50
FLUSHES = 4


def flip(path, at):
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 0x10]))


def verify(server, *flags):
    """narfid -storage.verify on the root of a server that does not run."""
    return subprocess.run([harness.program("narfid"), "-storage.path=" + server.data, "-storage.verify", *flags],
                          capture_output=True, text=True, timeout=120, check=False)


def fill(server, start):
    """Four flushes of fifty lines; the segment files in their order."""
    files = []
    for flush in range(FLUSHES):
        entries = [(start + (flush * PER_FLUSH + i) * 10**6, '{"n":%d,"flush":%d}' % (i, flush), {"trace": "%08x" % i})
                   for i in range(PER_FLUSH)]
        answer = server.push({"app": "web"}, entries)
        check(answer.status == 204, "pushed", answer)
        server.flush()
        files += set(glob.glob(server.data + "/segments/fake/*/*.seg")) - set(files)
    check(len(files) == FLUSHES, "a segment each flush", files)
    return files


def count(server):
    return server.value('sum(count_over_time({app="web"}[1h]))')


def damaged_block(server, files):
    damaged = files[1]
    check(server.stop() == 0, "stopped")
    clean = verify(server)
    check(clean.returncode == 0 and clean.stdout.endswith("sound\n"), "all is sound", clean)
    # Not among the last bytes: the footer and the trailer are damage of another kind.
    at = 40 + random.randrange(100)
    print("byte %d of %d" % (at, os.path.getsize(damaged)))
    flip(damaged, at)

    found = verify(server)
    check(found.returncode == 1 and found.stdout.endswith("damaged\n"), "-storage.verify finds it", found)
    check(os.path.basename(damaged) + ": block at " in found.stdout, "and says where", found)
    told = harness.narfi("segment", "verify", *files)
    check(told.returncode == 1, "narfi segment verify finds it", told)
    check(re.search(re.escape(damaged) + r": block at \d+: bad checksum\n", told.stdout), "and says where", told)
    check(told.stdout.count(": sound, %d rows" % PER_FLUSH) == FLUSHES - 1, "the others are sound", told)
    dumped = harness.narfi("segment", "dump", files[0])
    check(dumped.returncode == 0 and dumped.stdout.count("\n") == PER_FLUSH, "dump prints every entry", dumped)
    check('"structuredMetadata":{"detected_level":"unknown","trace":"00000000"}' in dumped.stdout or
          '"trace":"00000000"' in dumped.stdout, "with its metadata", dumped.stdout[:300])
    inspected = harness.narfi("segment", "inspect", "--columns", files[0])
    check("row group 0" in inspected.stdout and "metadata trace" in inspected.stdout, "inspect", inspected)

    server.start()
    answer = server.query_range('{app="web"}').json()
    values = [v for s in answer["data"]["result"] for v in s["values"]]
    check(len(values) == (FLUSHES - 1) * PER_FLUSH, "the rest of the answer is there", len(values))
    check(all('"flush":1}' not in v[1] for v in values), "and nothing of what is damaged")
    segment = os.path.basename(damaged)[:-len(".seg")]
    warnings = answer.get("warnings", [])
    check(any("%d entries are missing from this answer: segment %s row group 0" % (PER_FLUSH, segment) in w for w in
              warnings), "the answer says so", warnings)
    check(count(server) == (FLUSHES - 1) * PER_FLUSH, "counts go without it")
    metrics = server.get("/metrics").text
    check(re.search(r"^narfi_damaged_blocks_total 1$", metrics, re.M), "the metric counts it", metrics[-2000:])
    check(server.log_text().count("a block is damaged") == 1, "the log says it once", server.log_text()[-2000:])

    # Put back from a copy, it is read again after a start.
    check(server.stop() == 0, "stopped")
    flip(damaged, at)
    server.start()
    check(count(server) == FLUSHES * PER_FLUSH, "all is there again")


def lost_manifest(server):
    want = server.entries('{app="web"}')
    check(len(want) == FLUSHES * PER_FLUSH, "everything is there", len(want))
    busy = verify(server)
    check(busy.returncode == 1 and "another process" in busy.stderr, "not while a server runs", busy)
    check(server.stop() == 0, "stopped")
    alone = subprocess.run([harness.program("narfid"), "-storage.path=" + server.data, "-storage.rebuild-manifest"],
                           capture_output=True, text=True, timeout=60, check=False)
    check(alone.returncode == 1 and "-storage.verify" in alone.stderr, "a rebuild is asked for in full", alone)
    needless = verify(server, "-storage.rebuild-manifest")
    check(needless.returncode == 1 and "sound" in needless.stderr, "a sound manifest is not rebuilt", needless)

    shutil.rmtree(os.path.join(server.data, "manifest"))
    server.start(wait=False)
    check(server.process.wait(30) == 1, "narfid does not start without its manifest")
    check("-storage.verify -storage.rebuild-manifest" in server.log_text(), "and says what to do",
          server.log_text()[-1000:])
    rebuilt = verify(server, "-rebuild-manifest")
    check(rebuilt.returncode == 0 and "the manifest was made anew: %d segments" % FLUSHES in rebuilt.stdout, "rebuilt",
          rebuilt)
    server.start()
    check(server.entries('{app="web"}') == want, "every entry is there once")
    check(count(server) == len(want), "and counted once", count(server))
    check(server.stop() == 0, "stopped")

    log = glob.glob(server.data + "/manifest/*.log")[0]
    flip(log, 40)
    check(verify(server).returncode == 1, "a damaged manifest is found")
    rebuilt = verify(server, "-storage.rebuild-manifest")
    check(rebuilt.returncode == 0 and "kept in " in rebuilt.stdout, "rebuilt", rebuilt)
    check(os.listdir(server.data + "/manifest.old-1") == [os.path.basename(log)], "the old one is kept")
    server.start()
    check(server.entries('{app="web"}') == want, "every entry is there once")
    check(count(server) == len(want), "and counted once", count(server))


def main():
    with harness.folder() as root, harness.Narfid(root) as server:
        files = fill(server, time.time_ns() - 10**10)
        damaged_block(server, files)
        lost_manifest(server)
    print("damage was met, named and left out; the manifest was rebuilt")


if __name__ == "__main__":
    main()
