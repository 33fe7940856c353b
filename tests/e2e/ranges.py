#!/usr/bin/env python3
"""max_query_lookback and max_query_length hold wherever something is read, and parameters that Loki judges are judged also
where an answer does not depend on them."""
import json
import time

import harness
from harness import check

DAY_NS = 24 * harness.HOUR_NS
OLD, NEW = "of three days ago", "of today"
QUERY = '{app=~".+"}'
COUNT = 'sum(count_over_time(%s[4d]))' % QUERY
TOO_LONG = "the query time range exceeds the limit (query length: 800h0m0s, limit: 30d1h)"

# Endpoints that take a range, and what their answers say of an entry: its line, its service, or its bytes.
READS = {
    "query_range": {"query": QUERY, "limit": 10},
    "labels": {},
    "label/app/values": {},
    "series": {"match[]": QUERY},
    "index/stats": {"query": QUERY},
    "index/volume": {"query": QUERY},
    "index/volume_range": {"query": QUERY, "step": "1h"},
    "index/shards": {"query": QUERY, "targetBytesPerShard": "1KB"},
    "detected_labels": {"query": QUERY},
    "detected_fields": {"query": QUERY},
    "detected_field/secret/values": {"query": QUERY},
    "patterns": {"query": QUERY},
    "export": {"query": QUERY},
}


def ask(server, path, **parameters):
    return server.get("/loki/api/v1/" + path, **parameters)


def push(server, now):
    for app, text, at in (("past", OLD, now - 3 * DAY_NS), ("now", NEW, now - harness.HOUR_NS)):
        line = json.dumps({"secret": text, "app_of_line": app})
        check(server.push({"app": app, app: "yes"}, [(at, line)]).status == 204, "a push")


def lookback_hides(server, now):
    both = {"start": now - 7 * DAY_NS, "end": now}
    past = {"start": now - 7 * DAY_NS, "end": now - 2 * DAY_NS}
    for path, parameters in READS.items():
        answer = ask(server, path, **parameters, **both)
        check(answer.status == 200 and OLD not in answer.text and '"past"' not in answer.text, path, answer.text[:500])
        if path not in ("index/stats", "index/shards"):
            known = any(text in answer.text for text in (NEW, '"now"', "app_of_line"))
            check(known, path + " shows what is newer", answer.text[:500])
        answer = ask(server, path, **parameters, **past)
        check(answer.status == 200 and OLD not in answer.text and '"past"' not in answer.text, path + ", all too old",
              answer.status, answer.text[:500])
        check("app_of_line" not in answer.text, path + ", all too old", answer.text[:500])
    # A selector that is none is told also where nothing can be seen.
    for path, name in (("series", "match[]"), ("labels", "query"), ("label/app/values", "query"), ("detected_labels", "query")):
        check(ask(server, path, **past, **{name: "{bad"}).status == 400, path + ", a bad selector")
    # Nor does an explanation of nothing tell of what is too old.
    day = time.strftime("%Y-%m-%d", time.gmtime((now - 3 * DAY_NS) // 10**9))
    for query in ('count_over_time({app="past"}[7d])', 'count_over_time({app="now"} |= "nothing" [7d] offset 2h)'):
        answer = server.get("/loki/api/v1/query", query=query, time=now)
        check(answer.status == 200 and day not in answer.text and "past\\\"," not in answer.text, query, answer.text)
    stats = [ask(server, "index/stats", query=QUERY, **window).json()["entries"] for window in (both, past)]
    check(stats == [1, 0], "what is counted", stats)
    check(server.value(COUNT, at=now) == 1, "an instant query looks no further back")
    steps = ask(server, "query_range", query=COUNT, step="1h", start=now - harness.HOUR_NS, end=now).json()["data"]["result"]
    check({value for _, value in steps[0]["values"]} <= {"1"}, "nor does a range query", steps)
    # The length is judged by what is left of the range.
    check(ask(server, "labels", start=now - 100 * DAY_NS, end=now).status == 200, "a long range")
    check(ask(server, "query_range", query=QUERY, start=now - 100 * DAY_NS, end=now).status == 200, "a long range")


def length_is_bounded(server, now):
    window = {"start": now - 800 * harness.HOUR_NS, "end": now}
    for path, parameters in READS.items():
        answer = ask(server, path, **parameters, **window)
        check(answer.status == 400 and answer.text.strip() == TOO_LONG, path, answer.status, answer.text[:300])
    answer = server.get("/api/prom/label", **window)
    check(answer.status == 400 and answer.text.strip() == TOO_LONG, "api/prom/label", answer.status, answer.text[:300])


def parameters_are_judged(server, now):
    window = {"start": now - 8 * harness.HOUR_NS, "end": now, "query": QUERY}
    of_range = {"limit": ("-1", "abc"), "direction": ("bogus",), "step": ("abc", "0", "1ms"), "interval": ("abc", "-1s")}
    judged = {
        "query_range": of_range,
        "index/stats": of_range,
        "index/shards": of_range,
        "index/volume_range": of_range,
        "index/volume": {"limit": ("-1",), "direction": ("bogus",), "time": ("abc",)},
        "detected_fields": {"step": ("abc", "0", "1ms"), "limit": ("-1",)},
        "detected_field/secret/values": {"step": ("abc", "0", "1ms")},
    }
    for path, parameters in judged.items():
        check(ask(server, path, **window).status == 200, path)
        for name, values in parameters.items():
            for value in values:
                answer = ask(server, path, **window, **{name: value})
                same = ask(server, "query_range" if name != "time" else "query", **window, **{name: value})
                check(answer.status == 400 and answer.text == same.text, "%s?%s=%s" % (path, name, value), answer.status,
                      answer.text[:300], same.text[:300])
    fine = ask(server, "query_range", **window, step="1ms")
    check("exceeded maximum resolution of 11,000 points" in fine.text, "steps of a log query", fine.text)


def main():
    now = time.time_ns()
    with harness.folder() as folder:
        with harness.Narfid(folder) as server:
            push(server, now)
            length_is_bounded(server, now)
            parameters_are_judged(server, now)
        with harness.Narfid(folder, flags=["-querier.max-query-lookback=24h"]) as server:
            lookback_hides(server, now)
            server.flush()
            lookback_hides(server, now)


if __name__ == "__main__":
    main()
