#!/usr/bin/env python3
"""The scripts of tests/logql_scripts over HTTP: pushed to narfid and asked through query and
query_range, from heads, and again after a flush and a restart. tests/query/support/script.h says how
they are written; times count from midnight two days ago here.
"""
import glob
import json
import math
import os
import re
import time

import harness

DAY_NS = 24 * harness.HOUR_NS
BASE_NS = (time.time_ns() // DAY_NS - 2) * DAY_NS
UNITS = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
CONFIG = """
auth_enabled: true
limits_config:
  discover_service_name: []
  discover_log_levels: false
"""


def duration(text):
    parts = re.findall(r"([0-9.]+)(ms|s|m|h)", text)
    harness.check("".join(n + u for n, u in parts) == text, "a duration", text)
    return int(sum(float(n) * UNITS[u] for n, u in parts))


def take_labels(text):
    """The label set in front, and what follows it."""
    found = re.match(r'\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\}\s*', text)
    labels = {n: json.loads(v) for n, v in re.findall(r'(\w+)=("(?:[^"\\]|\\.)*")', found.group(1))}
    return labels, text[found.end():]


def take_line(text):
    """(time, labels or None, line) of "@10s +{a="b"} line"."""
    at, _, rest = text.partition(" ")
    labels = None
    if rest.startswith("+{"):
        labels, rest = take_labels(rest[1:])
    if rest.startswith('"'):
        rest = json.loads(rest)
    return duration(at[1:]), labels, rest


class Case:
    def __init__(self, number, text):
        self.number, self.want = number, []
        command, _, rest = text.partition(" ")
        if command == "fail":
            self.kind = "fail"
            self.query, self.error = rest.rsplit(" -> ", 1)
            return
        self.kind, _, rest = rest.partition(" ")
        if self.kind == "lines":
            self.query, rest = rest.rsplit(" from ", 1)
            words = rest.split()
            self.start, self.end = duration(words[0]), duration(words[2])
            self.forward = "forward" in words
            self.limit = int(words[words.index("limit") + 1]) if "limit" in words else 5000
        elif self.kind == "instant":
            at, self.query = rest.split(" ", 1)
            self.end = duration(at)
        else:
            start, _, end, _, step, self.query = rest.split(" ", 5)
            self.start, self.end, self.step = duration(start), duration(end), duration(step)


def read_script(path):
    """[(labels, [entries])], [Case]"""
    streams, cases, loading = [], [], False
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f.read().split("\n"), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if not line.startswith("  "):
                loading = line.startswith("load ")
                if loading:
                    streams.append((take_labels(line[5:])[0], []))
                else:
                    cases.append(Case(number, line))
            elif loading:
                at, metadata, text = take_line(line.strip())
                streams[-1][1].append((BASE_NS + at, text, metadata or {}))
            else:
                cases[-1].want.append(line.strip())
    return streams, cases


def key(labels):
    return tuple(sorted(labels.items()))


def wanted_series(case):
    series = {}
    for text in case.want:
        labels, rest = take_labels(text) if text.startswith("{") else ({}, text)
        for word in rest.split():
            at, _, value = word.rpartition("=")
            when = duration(at[1:]) if at else case.end
            series.setdefault(key(labels), {})[when] = float(value)
    return series


def got_series(data):
    if data["resultType"] == "scalar":
        data = {"result": [{"metric": {}, "value": data["result"]}]}
    series = {}
    for one in data["result"]:
        for at, value in one.get("values", [one.get("value")]):
            when = round(float(at) * 1000) * 10**6 - BASE_NS
            series.setdefault(key(one["metric"]), {})[when] = float(value)
    return series


def same_number(a, b):
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9)


def ask(server, tenant, case):
    if case.kind == "lines":
        parameters = {"start": BASE_NS + case.start, "end": BASE_NS + case.end, "limit": case.limit,
                      "direction": "forward" if case.forward else "backward"}
    elif case.kind == "instant":
        parameters = {"time": BASE_NS + case.end}
    elif case.kind == "range":
        parameters = {"start": BASE_NS + case.start, "end": BASE_NS + case.end, "step": "%dms" % (case.step // 10**6)}
    else:
        parameters = {"start": BASE_NS, "end": BASE_NS + 60 * 10**9, "step": "10s"}
    path = "/loki/api/v1/" + ("query" if case.kind == "instant" else "query_range")
    return server.get(path, query=case.query, headers={"X-Scope-OrgID": tenant}, **parameters)


def check_lines(case, data, where):
    got = sorted((int(v[0]) - BASE_NS, v[1], s["stream"]) for s in data["result"] for v in s["values"])
    want = sorted((take_line(w) for w in case.want), key=lambda w: (w[0], w[2]))
    harness.check([(t, line) for t, line, _ in got] == [(t, line) for t, _, line in want], "lines of " + where, got, want)
    for (_, _, labels), (_, expected, _) in zip(got, want):
        harness.check(expected is None or labels == expected, "labels of " + where, labels, expected)


def check_case(server, tenant, case):
    where = "%s, line %d: %s" % (tenant, case.number, case.query)
    answer = ask(server, tenant, case)
    if case.kind == "fail":
        harness.check(answer.status >= 400 and answer.text.startswith(case.error), "the error of " + where, answer)
        return
    harness.check(answer.status == 200, where, answer)
    data = answer.json()["data"]
    if case.kind == "lines":
        check_lines(case, data, where)
        return
    got, want = got_series(data), wanted_series(case)
    harness.check(got.keys() == want.keys(), "series of " + where, got, want)
    for labels, points in want.items():
        same = got[labels].keys() == points.keys() and all(same_number(got[labels][t], v) for t, v in points.items())
        harness.check(same, "points of " + where, got[labels], points)


def main():
    files = sorted(glob.glob(os.path.join(harness.ROOT, "tests/logql_scripts/*.test")))
    harness.check(len(files) >= 5, "the scripts are there", files)
    scripts = {os.path.basename(f)[:-5]: read_script(f) for f in files}
    with harness.folder() as folder:
        config = os.path.join(folder, "narfid.yml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG)
        with harness.Narfid(folder, config) as server:
            for tenant, (streams, _) in scripts.items():
                for labels, entries in streams:
                    answer = server.push(labels, entries, tenant)
                    harness.check(answer.status == 204, "a push of " + tenant, answer)
            for again in (False, True):
                if again:
                    server.flush()
                    harness.check(server.stop() == 0, "narfid stops cleanly")
                    server.start()
                for tenant, (_, cases) in scripts.items():
                    for case in cases:
                        check_case(server, tenant, case)
    print("%d scripts, %d cases, from heads and from segments" %
          (len(scripts), sum(len(cases) for _, cases in scripts.values())))


if __name__ == "__main__":
    main()
