#!/usr/bin/env python3
"""Runs the corpus against narfid: once with all data in memory, then again after a flush and a
restart, and fails when fewer cases pass than floor.txt says.

    run.py [--verbose] [--only GLOB]      with --only the floor does not count

Heads: every case, on an empty store. Segments: every case but the serial_* topics, which push data
and need an empty store; of them the reading cases that pass once more at the end of the first run.
"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
import harness  # noqa: E402


def replay(main, old, arguments):
    command = [sys.executable, "-B", os.path.join(HERE, "replay.py"), "--url", main.url, "--old-url", old.url,
               "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    harness.check(done.stdout.startswith("{"), "replay.py gave no result", done.stderr)
    return json.loads(done.stdout), done.stderr


def reading_ids(topics):
    """Ids of the cases of serial topics that only read from the main server."""
    ids = []
    for topic in topics:
        with open(os.path.join(HERE, "cases", topic + ".json"), encoding="utf-8") as f:
            ids += [c["id"] for c in json.load(f) if c.get("method", "GET") == "GET" and not c.get("target")]
    return ids


def serial_topics():
    return sorted(n[:-5] for n in os.listdir(os.path.join(HERE, "cases")) if n.startswith("serial_"))


def only(ids):
    return [a for i in ids for a in ("--only", i)]


def floors():
    with open(os.path.join(HERE, "floor.txt"), encoding="utf-8") as f:
        return {k: int(v) for k, v in (line.split() for line in f if not line.startswith("#"))}


def show(name, doc, verbose):
    print("== %s" % name)
    for topic, count in sorted(doc["topics"].items()):
        print("%-28s %4d passed, %4d failed" % (topic, count["passed"], count["failed"]))
    for failure in doc["failures"] if verbose else []:
        print("FAIL %s  %s\n     %s" % (failure["id"], failure["what"], failure["diff"]))


def both_runs(main, old, chosen, verbose):
    """{"heads": passes, "segments": passes}, {...: cases}"""
    first, notes = replay(main, old, only(chosen))
    show("from heads", first, verbose)
    harness.check(first["pushed"], "the corpus' data was refused", notes)
    again = [] if chosen else reading_ids(serial_topics())
    before = replay(main, old, ["--no-push", *only(again)])[0] if again else {"failures": []}
    stable = sorted(set(again) - {f["id"] for f in before["failures"]})

    for server in (main, old):
        server.flush()
        harness.check(server.stop() == 0, "narfid did not stop cleanly", server.log_text()[-2000:])
        server.start()
    second, _ = replay(main, old, ["--no-push", *only(chosen or ["[!s]*", *stable])])
    show("from segments, after a restart", second, verbose)
    passed = {"heads": first["passed"], "segments": second["passed"]}
    return passed, {"heads": first["passed"] + first["failed"], "segments": second["passed"] + second["failed"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verbose", action="store_true", help="print what differs in each failing case")
    parser.add_argument("--only", action="append", default=[], help="glob on topic or case id; may be repeated")
    options = parser.parse_args()
    with harness.folder() as folder:
        os.mkdir(os.path.join(folder, "old"))
        with harness.Narfid(folder, os.path.join(HERE, "narfid.yml")) as server, \
                harness.Narfid(os.path.join(folder, "old"), os.path.join(HERE, "narfid-old.yml")) as old:
            passed, cases = both_runs(server, old, options.only, options.verbose)
    floor = {"heads": 0, "segments": 0} if options.only else floors()
    for name in ("heads", "segments"):
        harness.report("conformance from %s: %d of %d cases pass (floor %d)" %
                       (name, passed[name], cases[name], floor[name]))
    below = [n for n in passed if passed[n] < floor[n]]
    if below:
        print("fewer than the floor: " + ", ".join(below))
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
