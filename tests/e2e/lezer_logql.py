#!/usr/bin/env python3
"""Grafana's editor reads queries with a grammar of its own (@grafana/lezer-logql). It and narfid say the same of each
query of the conformance corpus and of the LogQL scripts: that it is one, or that it is none. Where they differ,
tests/lezer_logql/differences.txt says who is right and why; every difference stands there, and nothing else.

    lezer_logql.py [--show]    prints the differences as the file has them, without reasons
"""
import glob
import json
import os
import subprocess
import sys

import harness
import logql_scripts
from harness import check

FOLDER = os.path.join(harness.ROOT, "tests/lezer_logql")
INSTALLED = os.path.join(harness.ROOT, "build/npm/lezer_logql")


def corpus():
    """Every query text there is, once, and whether Loki has accepted and has refused it."""
    queries = {}
    for path in glob.glob(os.path.join(harness.ROOT, "tests/conformance/cases/*.json")):
        with open(path, encoding="utf-8") as f:
            for case in json.load(f):
                if case["path"].endswith(("/query_range", "/query", "/format_query")):
                    for name, value in case.get("params") or []:
                        if name == "query" and value:
                            queries.setdefault(value, set()).add(case["expect"]["status"] == 200)
    for name in glob.glob(os.path.join(harness.ROOT, "tests/logql_scripts/*.test")):
        for case in logql_scripts.read_script(name)[1]:
            queries.setdefault(case.query, set()).add(case.kind != "fail")
    return dict(sorted(queries.items()))


def install():
    """What package-lock.json names, once a version of it."""
    os.makedirs(INSTALLED, exist_ok=True)
    stamp = os.path.join(INSTALLED, "installed")
    texts = []
    for name in ("package.json", "package-lock.json", "verdicts.cjs"):
        with open(os.path.join(FOLDER, name), encoding="utf-8") as f:
            texts.append(f.read())
        with open(os.path.join(INSTALLED, name), "w", encoding="utf-8") as f:
            f.write(texts[-1])
    if os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as f:
            if f.read() == texts[1]:
                return
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=INSTALLED, capture_output=True, text=True,
                          timeout=300, check=False)
    check(done.returncode == 0, "npm ci", done.stdout, done.stderr)
    with open(stamp, "w", encoding="utf-8") as f:
        f.write(texts[1])


def refused_by_grammar(queries):
    out = subprocess.run(["node", "verdicts.cjs"], cwd=INSTALLED, input=json.dumps(queries), capture_output=True, text=True,
                         timeout=120, check=True)
    return set(json.loads(out.stdout))


def refused_by_narfid(queries):
    with harness.folder() as folder, harness.Narfid(folder) as server:
        refused = set()
        for query in queries:
            answer = server.get("/loki/api/v1/format_query", query=query)
            check(answer.status in (200, 400), "format_query", query, answer)
            if answer.status == 400:
                refused.add(query)
        return refused


def listed():
    """Queries of the file by who refuses them: lines of JSON below headings "## grammar: ..." or "## narfid: ...";
    other lines say why."""
    found, who = {"grammar": set(), "narfid": set()}, None
    with open(os.path.join(FOLDER, "differences.txt"), encoding="utf-8") as f:
        for line in f:
            if line.startswith("## "):
                who = line[3:].split(":")[0]
            elif line.startswith('"'):
                found[who].add(json.loads(line))
    return found


def main():
    verdicts = corpus()
    queries = list(verdicts)
    check(len(queries) > 1000, "a corpus", len(queries))
    install()
    grammar, narfid = refused_by_grammar(queries), refused_by_narfid(queries)
    check(len(grammar & narfid) > 50, "both refuse something", len(grammar & narfid))
    differences = {"grammar": grammar - narfid, "narfid": narfid - grammar}
    if "--show" in sys.argv:
        for who, these in differences.items():
            print("## %s:" % who)
            print("\n".join(json.dumps(q, ensure_ascii=False) for q in sorted(these)))
        return
    known = listed()
    for who, these in differences.items():
        check(these == known[who], "differences.txt has what only %s refuses" % who,
              "not there:", *sorted(these - known[who]), "there, but no difference:", *sorted(known[who] - these))
    check(all(True in verdicts[q] for q in known["grammar"]), "Loki accepts what only the grammar refuses")
    check(all(verdicts[q] == {False} for q in known["narfid"]), "and refuses what narfid refuses",
          *[q for q in known["narfid"] if verdicts[q] != {False}])
    print("%d queries, %d refused by both, %d differences" % (len(queries), len(grammar & narfid),
                                                              sum(map(len, differences.values()))))


if __name__ == "__main__":
    main()
