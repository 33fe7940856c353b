#!/usr/bin/env python3
"""Every example of the tables of docs/logql.md is accepted by narfid, and what a row says holds it is
there. Rows without an example in code say why in words."""
import os
import re
import time

import harness

SPAN = re.compile(r"``(.+?)``|`([^`]+)`")


def rows():
    with open(os.path.join(harness.ROOT, "docs/logql.md"), encoding="utf-8") as f:
        for line in f:
            cells = [c.strip().replace("\0", "|") for c in line.strip().replace("\\|", "\0").split("|")]
            if line.startswith("|") and len(cells) == 5 and cells[1] not in ("part", "---"):
                yield cells[1:4]


def spans(cell):
    return [(a or b).strip() for a, b in SPAN.findall(cell)]


def exists(name):
    return os.path.exists(os.path.join(harness.ROOT, name)) or \
        os.path.exists(os.path.join(harness.ROOT, "tests/conformance/cases", name + ".json"))


def main():
    examples = []
    for part, example, held in rows():
        harness.check(spans(held) and all(exists(s) for s in spans(held)), "what holds %s is there" % part, held)
        examples += [s for s in spans(example) if "{" in s or "(" in s]
    harness.check(len(examples) > 30, "the tables have examples", examples)
    with harness.folder() as folder, harness.Narfid(folder) as server:
        now = time.time_ns()
        lines = ["level=error status=500 took=2s size=3KB v=1 host=a port=1 error timeout",
                 '{"level":"info","app":"inner","request":{"user":{"name":"u"}},"tags":["x"]}']
        harness.check(server.push({"app": "web"}, [(now, line) for line in lines]).status == 204, "a push")
        for query in examples:
            answer = server.query_range(query, limit=100)
            # What a Loki says to a value that is none is an answer too.
            fine = answer.status == 200 or answer.text.startswith("pipeline error")
            harness.check(fine, query, answer)
    print("%d examples" % len(examples))


if __name__ == "__main__":
    main()
