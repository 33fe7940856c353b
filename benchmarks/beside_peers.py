#!/usr/bin/env python3
"""Markdown tables of one run of the driver, beside what the driver's own RESULTS.md says of the peers,
and beside what is wanted, by the yardsticks of the same run.

    beside_peers.py RESULTS_FOLDER NAME     reads NAME.{ingest,heads,mem,disk}.json and yardsticks.json
"""
import json
import math
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
GOOD = ("ok", "ok+", "unchecked")


def rows_of(heading):
    """The cells of the table below a heading of the driver's RESULTS.md, without its two head lines."""
    with open(os.path.join(HERE, "loki_driver", "RESULTS.md"), encoding="utf-8") as f:
        part = re.split(r"^## ", f.read(), flags=re.M)
    text = next(p for p in part if p.startswith(heading))
    lines = [l for l in text.splitlines() if l.startswith("|")]
    return [[c.strip() for c in l.strip("|").split("|")] for l in lines[2:]], \
        [c.strip() for c in lines[0].strip("|").split("|")]


def milliseconds(value):
    return "%.1f" % value if value < 1000 else "%.0f" % value


def cell(query):
    if query is None:
        return "not run"
    if query["verdict"] not in GOOD:
        if "400" in query["error"] or "404" in query["error"]:
            return "not supported yet"
        return "**%s**" % query["verdict"].lower()
    return "%s (%s)" % (milliseconds(query["median_ms"]), milliseconds(query["first_ms"]))


def ingest_table(folder, name):
    rows, head = rows_of("Ingest")
    with open(os.path.join(folder, name + ".ingest.json"), encoding="utf-8") as f:
        r = json.load(f)
    own = ["**%s**, dyocense, %d lines" % (name, r["lines"]), "%d" % r["lines_per_s"], "%.1f" % r["raw_mb_per_s"],
           "%.0f / %.0f" % (r["p50_ms"], r["p99_ms"]), "%.1f / %.1f" % (r["cpu_s_per_gb"], r["cpu_s_per_gb_flushed"]),
           "%.0f" % r["peak_rss_mb_flushed"], "%.1f" % (r["disk_bytes"] / 1e6), "%.2f" % r["compression"],
           "%d" % r["failures"], "%s" % r.get("other_cores", "?")]
    peers = [[row[0] + ", 5000000 lines", *row[1:]] for row in rows if "dyocense" in row[0]]
    return table(head, [own, *peers])


def query_table(folder, name):
    rows, head = rows_of("Queries, dyocense")
    own = {}
    for state in ("heads", "mem", "disk"):
        path = os.path.join(folder, "%s.%s.json" % (name, state))
        with open(path, encoding="utf-8") as f:
            own[state] = json.load(f)
    queries = {state: {q["id"]: q for q in doc["queries"]} for state, doc in own.items()}
    out = []
    for row in rows:
        query = row[0].split(" ")[0]
        if query.startswith("q"):
            mine = [cell(queries[state].get(query)) for state in own]
        elif query == "peak":
            mine = ["%.0f" % doc["peak_rss_mb"] for doc in own.values()]
        else:
            mine = ["%.1f" % doc["server_cpu_s"] for doc in own.values()]
        out.append([row[0], *mine, *row[1:]])
    return table([head[0], *("%s %s" % (name, s) for s in own), *head[1:]], out)


# On 5 million lines, where P is 1.20 s; times grow with it.
PEERS_P_S = 1.20
WANTED_MS = {"q01": 8, "q02": 8, "q03": 12, "q04": 2, "q05": 2, "q06": 2, "q07": 30, "q08": 10, "q09": 10, "q10": 15,
             "q11": 15, "q12": 25, "q13": 60, "q14": 25, "q15": 10, "q16": 0.5, "q17": 0.5, "q18": 0.5}
WANTED_RATIO = 90  # geometric mean over the queries, Loki being 1


def wanted_table(folder, name):
    def load(part):
        with open(os.path.join(folder, part), encoding="utf-8") as f:
            return json.load(f)
    yard, ingest = load("yardsticks.json"), load(name + ".ingest.json")
    states = {state: load("%s.%s.json" % (name, state)) for state in ("mem", "disk")}
    p = yard["P_s"] / PEERS_P_S
    rows = []

    def row(what, measured, wanted, least=False):
        good = measured >= wanted if least else measured <= wanted
        rows.append([what, "%.3g" % measured, "%s %.3g" % (">=" if least else "<=", wanted), "yes" if good else "no"])

    row("ingest, CPU-s a GB raw, flush included", ingest["cpu_s_per_gb_flushed"], 5 * p)
    row("peak RSS while ingesting, MB", ingest["peak_rss_mb_flushed"], 260)
    row("peak RSS while querying, MB", max(doc["peak_rss_mb"] for doc in states.values()), 200)
    row("p99 of a push, ms", ingest["p99_ms"], max(60, 20 * yard["F_ms"]))
    row("raw / disk", ingest["compression"], 15, least=True)
    loki = {r[0][:3]: float(r[1].split(" ")[0]) for r in rows_of("Queries, dyocense")[0] if r[0].startswith("q")}
    ratios = {state: [] for state in states}
    for state, doc in states.items():
        for query in doc["queries"]:
            short = query["id"][:3]
            ratios[state].append(math.log(loki[short] * p / query["median_ms"]))
    for short, wanted in WANTED_MS.items():
        for state, doc in states.items():
            query = next(q for q in doc["queries"] if q["id"].startswith(short))
            row("%s, %s, ms" % (query["id"], state), query["median_ms"], wanted * p)
    for state, logs in ratios.items():
        row("geometric mean of the queries, %s, Loki = 1" % state, math.exp(sum(logs) / len(logs)), WANTED_RATIO, least=True)
    text = "P is %s s (peers' machine: %.2f), F is %s ms." % (yard["P_s"], PEERS_P_S, yard["F_ms"])
    return text + "\n\n" + table(["figure", "measured", "wanted, by P or F", "reached"], rows)


def text_table(folder, name):
    rows, docs = [], {}
    for state in ("heads", "mem", "disk"):
        with open(os.path.join(folder, "%s.%s.text_queries.json" % (name, state)), encoding="utf-8") as f:
            docs[state] = {q["id"]: q for q in json.load(f)["queries"]}
    with open(os.path.join(HERE, "text_queries.json"), encoding="utf-8") as f:
        for query in json.load(f)["queries"]:
            rows.append([query["id"] + " " + query["what"], *(cell(docs[state].get(query["id"])) for state in docs)])
    return table(["query", *docs], rows)


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| %s |" % " | ".join(line) for line in lines)


def main():
    folder, name = sys.argv[1:]
    print("### Ingest\n\n%s\n\n### Queries, ms: median (first run)\n\n%s\n\n### Texts and patterns\n\n%s\n\n### Beside what is "
          "wanted\n\n%s" % (ingest_table(folder, name), query_table(folder, name), text_table(folder, name),
                           wanted_table(folder, name)))


if __name__ == "__main__":
    main()
