#!/usr/bin/env python3
"""What is committed stands alone: no path outside the checkout, no unfinished words, no file that
has grown too long."""
import os
import re
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
COPIED = ("tests/conformance/cases/", "tests/conformance/data/", "tests/fuzz/corpus/", "benchmarks/loki_driver/")
MAX_LINES = 500
WORDS = [
    (re.compile(r"\.\./" r"shared\b"), "reads what is not part of the project"),
    (re.compile(r"(?<![\w.$}/-])/(work|home/\w+|root)/\w"), "a path of one machine"),
    (re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b|\bXX" r"X\b[: ]"), "an unfinished word"),
    (re.compile(r"doctest::(skip|may_fail|should_fail)\b"), "a test that cannot fail"),
]
LONG_OK = {"tests/conformance/replay.py", "LICENSE"}


def faults(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in WORDS:
            if pattern.search(line):
                yield "%s:%d: %s: %s" % (name, number, what, line.strip()[:100])
    if name.endswith((".h", ".cc", ".py")) and name not in LONG_OK and text.count("\n") > MAX_LINES:
        yield "%s: %d lines; one idea a file" % (name, text.count("\n"))


def tracked():
    out = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    return [n for n in out.decode().split("\0") if n]


def main():
    assert list(faults("a.cc", "// " + "TO" + "DO later")) and list(faults("a.md", "see ../" + "shared/x"))
    assert list(faults("a.cc", "x\n" * 501)) and not list(faults("a.cc", "int a;\n"))
    found = []
    names = tracked()
    assert len(names) > 20, "git lists hardly anything"
    for name in names:
        full = os.path.join(ROOT, name)
        if name.startswith(COPIED) or not os.path.isfile(full):
            continue
        with open(full, "rb") as f:
            data = f.read()
        if b"\0" not in data:
            found += faults(name, data.decode("utf-8", "replace"))
    print("\n".join(found) or "%d files stand alone" % len(names))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
