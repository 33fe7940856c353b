#!/usr/bin/env python3
"""What clients beside Grafana call: reads of several tenants, index/shards, log_level, request ids, the log of requests,
slow requests."""
import os
import socket
import time

import harness
from harness import check

MULTI = ["-auth.enabled=true", "-querier.multi-tenant-queries-enabled=true"]


def several_tenants(server, begin):
    for tenant in ("a", "b", "c"):
        answer = server.push({"app": "x"}, [(begin, "of " + tenant), (begin + 1, "more of " + tenant)], tenant=tenant)
        check(answer.status == 204, "push", answer)
    both = {"X-Scope-OrgID": "b|a"}

    def streams(query, headers=both, flushed=False):
        answer = server.get("/loki/api/v1/query_range", headers=headers, query=query, start=begin, limit=100)
        check(answer.status == 200, query, answer)
        return sorted((s["stream"]["__tenant_id__"], [v[1] for v in s["values"]]) for s in answer.json()["data"]["result"])

    for _ in range(2):
        want = [("a", ["more of a", "of a"]), ("b", ["more of b", "of b"])]
        check(streams('{app="x"}') == want, "both tenants, each with its name", streams('{app="x"}'))
        check(streams('{app="x", __tenant_id__="b"}') == want[1:], "a matcher chooses")
        check(streams('{app="x"} | __tenant_id__=~"a|c"') == want[:1], "and so does a filter")
        answer = server.get("/loki/api/v1/query", headers=both, query='sum by (__tenant_id__) (count_over_time({app="x"}[1h]))')
        counts = {s["metric"]["__tenant_id__"]: s["value"][1] for s in answer.json()["data"]["result"]}
        check(counts == {"a": "2", "b": "2"}, "counted apart", counts)
        series = server.get("/loki/api/v1/series", headers=both, **{"match[]": '{app="x"}'}).json()["data"]
        check({s["__tenant_id__"] for s in series} == {"a", "b"}, "series", series)
        values = server.get("/loki/api/v1/label/app/values", headers=both).json()["data"]
        check(values == ["x"], "label values", values)
        stats = server.get("/loki/api/v1/index/stats", headers=both, query='{app="x"}').json()
        check((stats["streams"], stats["entries"]) == (2, 4), "stats", stats)
        server.flush()
    one = server.get("/loki/api/v1/query_range", headers={"X-Scope-OrgID": "a"}, query='{app="x"}', start=begin)
    check("__tenant_id__" not in one.text, "one tenant is as ever", one)
    push = harness.request(server.port, "POST", "/loki/api/v1/push", "{}", {"X-Scope-OrgID": "a|b"})
    check(push.status == 400, "nobody pushes to two", push)
    tail = server.get("/loki/api/v1/tail", headers=both, query='{app="x"}')
    check((tail.status, tail.text) == (400, "multiple org IDs present"), "nobody tails two", tail)


def limits_of_all(folder, begin):
    """A read of several tenants is held to the limits of each."""
    overrides = os.path.join(folder, "overrides.yml")
    with open(overrides, "w", encoding="utf-8") as f:
        f.write("overrides: {b: {max_entries_limit_per_query: 1, max_query_lookback: 2h, volume_max_series: 1}, "
                "c: {volume_enabled: false}, d: {narfi_extensions: true}}\n")
    flags = [*MULTI, "-runtime-config.file=" + overrides, "-validation.reject-old-samples=false"]
    with harness.Narfid(folder, flags=flags) as server:
        old = begin - 3 * harness.HOUR_NS
        for tenant in ("a", "b"):
            entries = [(old, '{"old":1}'), (begin, '{"one":1}'), (begin + 1, '{"two":2,"three":3}')]
            check(server.push({"app": "x"}, entries, tenant=tenant).status == 204, "push")

        def fields(tenants, **more):
            answer = server.get("/loki/api/v1/detected_fields", headers={"X-Scope-OrgID": tenants}, query='{app="x"}',
                                start=begin, **more)
            return {f["label"] for f in answer.json()["fields"]} - {"detected_level", "app", "service_name"}

        check(fields("a") == {"one", "two", "three"}, "fields of a", fields("a"))
        check(fields("b|a") == {"two", "three"}, "one line, as b has it", fields("b|a"))
        check(len(fields("a", field_limit=1) | {"x"}) <= 2, "field_limit", fields("a", field_limit=1))

        def lines(tenants, **more):
            answer = server.get("/loki/api/v1/query_range", headers={"X-Scope-OrgID": tenants}, query='{app="x"}',
                                start=old - 1, **{"limit": 1, "direction": "forward", **more})
            return answer.status, [v[1] for s in answer.json()["data"]["result"] for v in s["values"]]

        check(lines("a") == (200, ['{"old":1}']), "a looks back", lines("a"))
        check(lines("b|a") == (200, ['{"one":1}']), "b does not, and so neither do both", lines("b|a"))
        check(server.get("/loki/api/v1/query_range", headers={"X-Scope-OrgID": "b|a"}, query='{app="x"}',
                         limit=2).status == 400, "more than b may")

        def volumes(tenants, path="volume"):
            answer = server.get("/loki/api/v1/index/" + path, headers={"X-Scope-OrgID": tenants}, query='{app="x"}',
                                targetLabels="app,__tenant_id__" if "|" in tenants else "app", start=begin, limit=5)
            return answer.status if answer.status != 200 else len(answer.json()["data"]["result"])

        check(server.push({"app": "x"}, [(begin, "one")], tenant="d").status == 204, "push")
        check(volumes("a|d") == 2 and volumes("d|a|b") == 1, "as many sums as b may have", volumes("d|a|b"))
        for path in ("volume", "volume_range"):
            check((volumes("a", path), volumes("a|c", path), volumes("c|a", path)) == (1, 404, 404), "c has no volumes")
        empty = lambda tenants: server.get("/loki/api/v1/query_range", headers={"X-Scope-OrgID": tenants}, query="{}",
                                           limit=1).status
        check((empty("d"), empty("d|a"), empty("a|d")) == (200, 400, 400), "extensions where all have them")


def shards(server, begin):
    headers = {"X-Scope-OrgID": "a"}
    answer = server.get("/loki/api/v1/index/shards", headers=headers, query='{app="x"}', start=begin,
                        targetBytesPerShard="600MB")
    shard, = answer.json()["shards"]
    check(shard["bounds"] == {"min": 0, "max": 2**64 - 1} and shard["stats"]["entries"] == 2, "one shard", answer)
    bad = server.get("/loki/api/v1/index/shards", headers=headers, query='{app="x"}', targetBytesPerShard="much")
    check(bad.status == 400, "a size is a size", bad)


def config_modes(server):
    diffs, defaults, all_of_it = (server.get("/config", mode=mode).text for mode in ("diffs", "defaults", ""))
    check("multi_tenant_queries_enabled: true" in diffs and "max_query_series" not in diffs, "what differs", diffs)
    check("multi_tenant_queries_enabled: false" in defaults and "max_query_series: 500" in defaults, "the defaults", defaults)
    check("multi_tenant_queries_enabled: true" in all_of_it and "max_query_series: 500" in all_of_it, "all", all_of_it)


def log_level(server):
    set_level = lambda level: harness.request(server.port, "POST", "/log_level?log_level=" + level)
    check(server.get("/log_level").text == "Current log level is info\n", "info")
    check(set_level("debug").json() == {"message": "Log level set to debug", "status": "success"}, "set")
    check(server.get("/log_level").text == "Current log level is debug\n", "debug")
    bad = set_level("loud")
    check(bad.status == 400 and bad.json() == {"message": 'unrecognized log level "loud"', "status": "failed"}, "bad", bad)
    named = server.get("/ready", headers={"X-Request-Id": "my-request"})
    check(named.headers["x-request-id"] == "my-request", "the client's name", named.headers)
    check("msg=request request_id=my-request method=GET path=/ready status=200" in server.log_text(), "is logged")
    ids = {server.get("/ready").headers["x-request-id"] for _ in range(3)}
    check(len(ids) == 3 and all(len(i) == 16 for i in ids), "else new ones", ids)
    long = server.get("/ready", headers={"X-Request-Id": "x" * 129}).headers["x-request-id"]
    check(len(long) == 16, "too long a name is none", long)
    refused = server.get("/ready", headers={"X-Request-Id": "refused", "Long": "x" * 70_000})
    check((refused.status, refused.headers["x-request-id"]) == (431, "refused"), "also of what has no route", refused)
    check("request_id=refused" in server.log_text(), "and logged")
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "X-Request-Id": "tailed", "X-Scope-OrgID": "a"}
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.sendall(b"GET /loki/api/v1/tail?query=%7Ba%3D%22b%22%7D HTTP/1.1\r\nHost: x\r\n" +
                  "".join("%s: %s\r\n" % h for h in upgrade.items()).encode() + b"\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += s.recv(4096)
    check(head.startswith(b"HTTP/1.1 101 ") and b"X-Request-Id: tailed\r\n" in head, "and of an upgrade", head)
    set_level("info")
    server.get("/ready", headers={"X-Request-Id": "quiet"})
    check("quiet" not in server.log_text(), "not at info")


def broken_escapes(server):
    """A parameter that cannot be read is an error, and not one that was not there."""
    headers = {"X-Scope-OrgID": "a"}
    for path in ("labels?query=%zz", "query_range?query=%7Ba%3D%221%22%7D&x=%zz", "series?match%5B%5D=%7", "tail?query=%",
                 "export?query=%g0"):
        answer = harness.request(server.port, "GET", "/loki/api/v1/" + path, headers=headers)
        escape = path[path.rindex("%"):]
        check((answer.status, answer.text) == (400, 'invalid URL escape "%s"' % escape), path, answer)
    form = harness.request(server.port, "POST", "/loki/api/v1/labels", "query=%zz",
                           {**headers, "Content-Type": "application/x-www-form-urlencoded"})
    check((form.status, form.text) == (400, 'invalid URL escape "%zz"'), "a form", form)


def slow_request(server):
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.sendall(b"GET /ready HT")
        s.settimeout(10)
        begin = time.monotonic()
        check(s.recv(1000).startswith(b"HTTP/1.1 408"), "too slow")
        check(time.monotonic() - begin < 5, "within server.http_server_read_timeout")


def main():
    begin = time.time_ns() - 10**9
    with harness.folder() as folder, harness.Narfid(folder, flags=[*MULTI, "-server.http-read-timeout=1s"]) as server:
        several_tenants(server, begin)
        shards(server, begin)
        config_modes(server)
        log_level(server)
        broken_escapes(server)
        slow_request(server)
    with harness.folder() as folder:
        limits_of_all(folder, begin)
    with harness.folder() as folder, harness.Narfid(folder, flags=MULTI[:1]) as server:
        answer = server.get("/loki/api/v1/labels", headers={"X-Scope-OrgID": "a|b"})
        check((answer.status, answer.text) == (500, "multiple org IDs present"), "not unless it is enabled", answer)
        tail = server.get("/loki/api/v1/tail", headers={"X-Scope-OrgID": "a|b"}, query='{app="x"}')
        check((tail.status, tail.text) == (400, "multiple org IDs present"), "to tail two is wrong in any case", tail)


if __name__ == "__main__":
    main()
