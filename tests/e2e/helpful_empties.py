#!/usr/bin/env python3
"""A query that matches no stream says so in `warnings`, with the reason when there is one."""
import time

import harness
from harness import check


def warning(server, query, **options):
    answer = server.query_range(query, **options)
    check(answer.status == 200, query, answer)
    document = answer.json()
    check(document["data"]["result"] == [], "%s finds nothing" % query, document)
    check(document.get("warnings"), "%s: a hint" % query, document)
    return " ".join(document["warnings"])


def main():
    now = time.time_ns()
    with harness.folder() as folder, harness.Narfid(folder) as server:
        lines = [(now - i * 10**9, '{"level":"INFO","customer":"acme","n":%d}' % i) for i in range(20)]
        check(server.push({"job": "shop"}, lines).status == 204, "push")
        for when in ("from heads", "from segments"):
            text = warning(server, '{nonsense="x"}')
            check("nonsense" in text, "no such label, %s" % when, text)
            text = warning(server, '{customer="acme"}')
            check("customer" in text and "json" in text, "a JSON field of that name exists, %s" % when, text)
            text = warning(server, '{job="shopp"}')
            check("job" in text, "no such value, %s" % when, text)
            old = now - 30 * 24 * harness.HOUR_NS
            text = warning(server, '{job="shop"}', start=old, end=old + harness.HOUR_NS)
            check("168h" in text or "7d" in text or "reject" in text, "outside the reject window, %s" % when, text)
            at = now // 10**9 - 3 * 86400
            for offset, moved in (("", 0), (" offset 2h", 7200)):
                answer = server.get("/loki/api/v1/query", query='sum(count_over_time({job="shop"}[10m]%s))' % offset, time=at)
                begin, end = (time.strftime("%FT%TZ", time.gmtime(at - moved - before)) for before in (600, 0))
                check("no entries from %s to %s;" % (begin, end) in answer.text, "the [range]%s counts, %s" % (offset, when), answer)
            full = server.query_range('{job="shop"}').json()
            check(len(full["data"]["result"]) >= 1 and "warnings" not in full, "no hint where lines are", full.get("warnings"))
            server.flush()


if __name__ == "__main__":
    main()
