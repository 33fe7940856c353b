#!/usr/bin/env python3
"""Patterns of whatever is stored: with counts by level and time, the same from heads, from segments and after a restart;
each pasted into `|>` finds the lines that it counts, and of a service's usual lines no others."""
import json
import os
import random
import time

import harness
from harness import check

LINES = 600
SHOP_LINES = 5000
MULTI = ["-auth.enabled=true", "-querier.multi-tenant-queries-enabled=true"]


def lines_of(begin):
    """Two services: one writes JSON, one plain text."""
    web, db = [], []
    for i in range(LINES):
        at = begin + i * 1_000_000_000
        line = {"timestamp": "2026-11-20T10:%02d:%02d.%03dZ" % (i // 60 % 60, i % 60, i % 1000),
                "level": "ERROR" if i % 10 == 0 else "INFO", "service": "web",
                "message": "payment %d failed" % i if i % 10 == 0 else "user user-%d logged in" % (i % 97),
                "trace_id": "%032x" % (i * 7919), "took": i % 31}
        if i % 5 == 0:
            line["note"] = ["", 'said "no"', "x"][i // 5 % 3]
        web.append((at, json.dumps(line)))
        db.append((at, "%s:%d connection from 10.0.0.%d closed" % (["10:31", "10:32"][i % 2], i % 60, i % 250)))
    return web, db


def patterns(server, headers=None, query='{job="patterns"}', **parameters):
    answer = server.get("/loki/api/v1/patterns", headers=headers, query=query, **parameters)
    check(answer.status == 200, "patterns", answer)
    document = answer.json()
    check(document["status"] == "success", "patterns", document)
    return document["data"]


def lines_in(pattern):
    return sum(count for _, count in pattern["samples"])


def look(server, begin, window):
    """What is there whatever the lines are stored in."""
    found = patterns(server, step="60s", **window)
    texts = {(p["level"], p["pattern"]): lines_in(p) for p in found}
    check(sum(texts.values()) == 2 * LINES, "every line counts once", found)
    user = ('{"timestamp": "<_>", "level": "INFO", "service": "web", "message": "user <_> logged in", '
            '"trace_id": "<_>", "took": <_>}')
    check(texts[("info", user)] == LINES - LINES // 5, "a pattern of JSON lines", texts)
    check(("unknown", "<_> connection from <_> closed") in texts, "a pattern of text", texts)
    for p in found:
        check(all(at % 60 == 0 and begin // 10**9 - 60 < at < begin // 10**9 + LINES for at, _ in p["samples"]), "steps", p)
        check(p["samples"] == sorted(p["samples"]), "in order of time", p)
        ask = '{job="patterns"} |> %s | detected_level="%s"' % (json.dumps(p["pattern"]), p["level"])
        if p["level"] == "unknown":
            ask = '{job="patterns"} |> %s' % json.dumps(p["pattern"])
        answer = server.get("/loki/api/v1/query_range", query=ask, limit=5000, **window)
        check(answer.status == 200, ask, answer)
        matched = sum(len(s["values"]) for s in answer.json()["data"]["result"])
        check(matched >= lines_in(p), "|> finds every line that is counted", ask, matched, p)
    return found


def shop_lines(rng, begin):
    """JSON of a day: fields that few lines have, and floats of as many digits as they come with."""
    lines = []
    for _ in range(SHOP_LINES):
        at = begin + rng.randrange(24 * harness.HOUR_NS // 10**9) * 10**9 + 1 + rng.randrange(10**9 - 1)
        line = {"ts": time.strftime("%FT%TZ", time.gmtime(at // 10**9))}
        if rng.random() < 0.3:
            line["user"] = "u-%d" % rng.randrange(50)
        line["level"] = rng.choice(["info", "info", "debug", "error"])
        line["msg"] = rng.choice(["order %d created" % rng.randrange(10**6), "payment failed for user u-%d" % rng.randrange(1000),
                                  "cache miss", "request served in %dms" % rng.randrange(900)])
        line.update(status=rng.choice([200, 200, 404, 500]), ratio=rng.random() * rng.choice([1, 1e-3, 1e-9]), id=rng.getrandbits(66),
                    ok=rng.random() < 0.9, req={"method": rng.choice(["GET", "POST"]), "path": "/api/%d" % rng.randrange(20)},
                    tags=["a", "b"])
        lines.append((at, json.dumps(line)))
    return sorted(lines)


def look_at_shop(server, begin):
    """What a pattern counts in each hour is what `|>` counts there."""
    hour = 3600
    found = patterns(server, query='{app="shop"}', step="1h", start=begin, end=begin + 24 * harness.HOUR_NS)
    check(sum(lines_in(p) for p in found) == SHOP_LINES, "every line counts once", found)
    check(len(found) == 4 * 3, "a pattern for each message and level", *[(lines_in(p), p["level"], p["pattern"]) for p in found])
    for p in found:
        ask = 'sum(count_over_time({app="shop"} | detected_level="%s" |> %s [1h]))' % (p["level"], json.dumps(p["pattern"]))
        answer = server.get("/loki/api/v1/query_range", query=ask, start=begin // 10**9 + hour, end=begin // 10**9 + 24 * hour, step=hour)
        check(answer.status == 200, ask, answer)
        counted = [[at - hour, int(count)] for at, count in answer.json()["data"]["result"][0]["values"]]
        check(counted == p["samples"], "|> counts the same", p["pattern"], counted, p["samples"])
    return found


def shop():
    begin = (time.time_ns() // (24 * harness.HOUR_NS) - 1) * 24 * harness.HOUR_NS
    lines = shop_lines(random.Random(5), begin)
    with harness.folder() as folder, harness.Narfid(folder) as server:
        for env in (0, 1):
            check(server.push({"app": "shop", "env": str(env)}, lines[env::2]).status == 204, "push")
        heads = look_at_shop(server, begin)
        server.flush()
        check(look_at_shop(server, begin) == heads, "the same from segments", heads)


def main():
    shop()
    begin = (time.time_ns() // 60_000_000_000 - 30) * 60_000_000_000
    window = {"start": begin, "end": begin + LINES * 1_000_000_000}
    web, db = lines_of(begin)
    with harness.folder() as folder:
        with harness.Narfid(folder) as server:
            check(patterns(server, **window) == [], "nothing yet")
            check(server.push({"job": "patterns", "app": "web"}, web).status == 204, "push")
            check(server.push({"job": "patterns", "app": "db"}, db[:LINES // 2]).status == 204, "push")
            server.flush()
            check(server.push({"job": "patterns", "app": "db"}, db[LINES // 2:]).status == 204, "push")
            # The same once more: it is there once.
            check(server.push({"job": "patterns", "app": "db"}, db[-20:]).status == 204, "push")
            first = look(server, begin, window)
            server.flush()
            check(look(server, begin, window) == first, "the same from segments", first)
            half = dict(window, end=begin + LINES // 2 * 1_000_000_000)
            check(sum(lines_in(p) for p in patterns(server, **half)) == LINES, "half of the time")
            one = patterns(server, query='{app="db"}', **window)
            check(sum(lines_in(p) for p in one) == LINES, "one stream", one)
            posted = harness.request(server.port, "POST", "/loki/api/v1/patterns",
                                     "query=%%7Bjob%%3D%%22patterns%%22%%7D&step=60s&start=%d&end=%d" % (begin, window["end"]),
                                     {"Content-Type": "application/x-www-form-urlencoded"})
            check(posted.json()["data"] == first, "POST", posted)
            fine = server.get("/loki/api/v1/patterns", query='{app="db"}', start=begin - 365 * 24 * harness.HOUR_NS,
                              end=begin, step="10s")
            check(fine.status == 400 and "maximum resolution" in fine.text, "too many steps", fine)
        with harness.Narfid(folder) as server:
            check(look(server, begin, window) == first, "the same after a restart", first)
            server.kill()
        with harness.Narfid(folder) as server:
            check(look(server, begin, window) == first, "the same after a kill", first)
            limits = server.get("/loki/api/v1/drilldown-limits").json()
            check(limits["pattern_ingester_enabled"] is True, "Drilldown shows patterns", limits)
    with harness.folder() as folder:
        overrides = os.path.join(folder, "overrides.yml")
        with open(overrides, "w", encoding="utf-8") as f:
            f.write("overrides: {c: {max_query_length: 1m}, d: {max_query_bytes_read: 40B}}\n")
        with harness.Narfid(folder, flags=[*MULTI, "-runtime-config.file=" + overrides]) as server:
            for tenant in ("a", "b", "c", "d"):
                check(server.push({"job": "patterns"}, [(begin, "hello " + tenant)], tenant=tenant).status == 204, "push")
            both = patterns(server, {"X-Scope-OrgID": "a|b"}, **window)
            check({p["pattern"] for p in both} == {"hello a", "hello b"}, "both tenants", both)
            limited = server.get("/loki/api/v1/patterns", headers={"X-Scope-OrgID": "c|a"}, query='{job="patterns"}', **window)
            check(limited.status == 400 and "query time range exceeds" in limited.text, "a tenant's limit", limited)
            check(len(patterns(server, {"X-Scope-OrgID": "d"}, **window)) == 1, "few bytes", window)
            server.push({"job": "patterns"}, [(begin + 1, "hello again")], tenant="d")
            read = server.get("/loki/api/v1/patterns", headers={"X-Scope-OrgID": "d"}, query='{job="patterns"}', **window)
            check(read.status == 400 and "would read too many bytes" in read.text, "a limit of bytes read", read)
    print("%d patterns, the same from everywhere" % len(first))


if __name__ == "__main__":
    main()
