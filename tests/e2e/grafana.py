#!/usr/bin/env python3
"""The calls that Grafana's Loki data source makes, with its headers and parameters, and what must
come back for its own parser."""
import ctypes
import gzip
import json
import time
import urllib.parse

import harness
from harness import check

TAGS = {"User-Agent": "Grafana/13.1.0", "X-Loki-Response-Encoding-Flags": "categorize-labels"}


def call(server, path, headers=None, method="GET", **parameters):
    query = urllib.parse.urlencode(parameters)
    if method == "POST":
        headers = {**TAGS, "Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return harness.request(server.port, "POST", "/loki/api/v1/" + path, query, headers)
    return harness.request(server.port, "GET", "/loki/api/v1/%s?%s" % (path, query), headers={**TAGS, **(headers or {})})


def good(server, path, **parameters):
    answer = call(server, path, **parameters)
    check(answer.status == 200, path, answer)
    check(answer.headers["content-type"].split(";")[0] == "application/json", "%s is JSON" % path, answer.headers)
    return answer.json()


def save_and_test(server):
    data = good(server, "query", query="vector(1)+vector(1)", direction="backward", time="4000000000")["data"]
    one = data["result"][0] if len(data["result"]) == 1 else {}
    check(data["resultType"] == "vector" and one.get("metric") == {} and one["value"][1] == "2", "Save & test", data)


def explore(server, start, end):
    parameters = {"query": '{job="shop"} | json', "start": start, "end": end, "step": "2000ms", "limit": 1000,
                  "direction": "backward"}
    answer = call(server, "query_range", headers={"X-Query-Tags": "Source=datasample"}, **parameters)
    check(answer.status == 200, "Explore's log list", answer)
    text = answer.text
    order = [text.index('"%s"' % key) for key in ("resultType", "encodingFlags", "result")]
    check(order == sorted(order), "resultType, encodingFlags, result stand in this order", text[:300])
    data = answer.json()["data"]
    check(data["encodingFlags"] == ["categorize-labels"], "the flags are echoed", data["encodingFlags"])
    stats = data["stats"]["summary"]
    check(stats["totalLinesProcessed"] > 0 and stats["totalBytesProcessed"] > 0, "stats are filled", stats)
    values = [v for s in data["result"] for v in s["values"]]
    check(len(values) == 50 and all(len(v) == 3 and isinstance(v[0], str) for v in values), "three elements an entry", values[:1])
    for stream in data["result"]:
        check(set(stream["stream"]) == {"job", "service_name"}, "only index labels in the stream", stream["stream"])
        for _, line, extra in stream["values"]:
            check(extra["parsed"]["n"] == str(json.loads(line)["n"]), "parsed fields apart", extra)
            check(extra["structuredMetadata"]["detected_level"] == "info", "metadata apart", extra)
    packed = call(server, "query_range", headers={"Accept-Encoding": "gzip"}, **parameters)
    if packed.headers.get("content-encoding") == "gzip":
        packed = json.loads(gzip.decompress(packed.body))["data"]["result"]
        check(len(packed) == len(data["result"]), "the same, packed")
    posted = call(server, "query_range", method="POST", **parameters).json()["data"]["result"]
    check(sorted(posted, key=str) == sorted(data["result"], key=str), "the same as a form")


def metrics(server, start, end):
    data = good(server, "query_range", query='sum by (level) (count_over_time({job="shop"} | json [1m]))',
                start=start, end=end, step="60000ms", direction="backward")["data"]
    check(data["resultType"] == "matrix" and "encodingFlags" not in data, "a panel", data)
    check(sum(float(v[1]) for s in data["result"] for v in s["values"]) == 50, "every line counted once", data["result"])
    check(all(v[0] % 60 == 0 for s in data["result"] for v in s["values"]), "points on multiples of the step")
    refused = call(server, "query", query='{job="shop"}', time=end)
    check(refused.status == 400 and not refused.text.startswith("{"), "a log query as an instant one: plain 400", refused)
    broken = call(server, "query_range", query='{job="shop"', start=start, end=end, step="1000ms")
    check(broken.status == 400 and broken.text.startswith("parse error at line 1, col"), "a parse error as text", broken)


def editor(server, start, end):
    window = {"start": start, "end": end}
    check({"job", "service_name"} <= set(good(server, "labels", **window)["data"]), "labels")
    check(good(server, "label/job/values", **window)["data"] == ["shop"], "values")
    check(good(server, "label/job/values", query='{service_name="shop"}', **window)["data"] == ["shop"], "values of a selector")
    series = good(server, "series", **{"match[]": '{job="shop"}'}, **window)["data"]
    check(series == [{"job": "shop", "service_name": "shop"}], "series", series)
    size = good(server, "index/stats", query='{job="shop"}', **window)
    check(set(size) == {"streams", "chunks", "bytes", "entries"} and size["streams"] == 1 and size["entries"] == 50,
          "query size hint", size)
    volume = good(server, "index/volume", query='{job=~".+"}', limit=5000, **window)["data"]
    check(volume["resultType"] == "vector" and int(volume["result"][0]["value"][1]) > 0, "volume", volume)
    info = good(server, "status/buildinfo")
    check({"version", "revision", "branch", "buildDate", "buildUser", "goVersion"} <= set(info), "buildinfo is bare", info)
    check(server.get("/loki/api/v2alpha/tail").status == 404, "no v2alpha tail")
    check(server.get("/ready").text.strip() == "ready", "ready")
    check("loki_build_info" in server.get("/metrics").text, "metrics")


def drilldown(server, start, end):
    window = {"start": start, "end": end}
    limits = good(server, "drilldown-limits")
    check(limits["pattern_ingester_enabled"] is True and limits["limits"]["volume_enabled"] is True, "limits", limits)
    check("max_query_series: 500" in server.get("/config/tenant/v1/limits").text, "a tenant's limits")
    labels = good(server, "detected_labels", query="", **window)["detectedLabels"]
    check({"label": "job", "cardinality": 1} in labels, "detected labels", labels)
    fields = {f["label"]: f for f in good(server, "detected_fields", query='{job="shop"}', **window)["fields"]}
    check(fields["n"] == {"label": "n", "type": "int", "cardinality": 50, "parsers": ["json"], "jsonPath": ["n"]},
          "a detected field", fields)
    check(fields["detected_level"]["parsers"] is None and "job" not in fields, "metadata and labels", fields)
    values = good(server, "detected_field/level/values", query='{job="shop"}', limit=10, **window)
    check(values == {"values": ["info"], "limit": 10}, "values of a field", values)
    steps = good(server, "index/volume_range", query='{job="shop"}', step="600s", **window)["data"]
    check(steps["resultType"] == "matrix" and sum(int(v[1]) for v in steps["result"][0]["values"]) > 50 * 20,
          "volume by step", steps)
    found = good(server, "patterns", query='{job="shop"}', step="10s", **window)["data"]
    check(found[0]["pattern"] == '{"level":"info","n":<_>}' and found[0]["level"] == "info", "a pattern", found)
    check(sum(count for _, count in found[0]["samples"]) == 50, "with its counts", found)


def volumes_agree(server, now):
    """What a range cuts off is in neither sum; lines are of different lengths."""
    for begin, end in ((45, 2), (30, 5), (9, 1), (60, 0)):
        window = {"query": '{job="shop"}', "start": now - begin * 10**9, "end": now - end * 10**9}
        whole, = good(server, "index/volume", **window)["data"]["result"]
        steps, = good(server, "index/volume_range", step="7s", **window)["data"]["result"]
        check(int(whole["value"][1]) == sum(int(v) for _, v in steps["values"]), "the steps add up", whole, steps)


def packed(library, compress, data, *how):
    """By the very libraries that narfid has."""
    out = ctypes.create_string_buffer(len(data) + (128 << 10))
    size = getattr(ctypes.CDLL(library), compress)(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), *how)
    return out.raw[:size]


def zstd(data):
    return packed("libzstd.so.1", "ZSTD_compress", data, 3)


def lz4(data):
    return packed("liblz4.so.1", "LZ4F_compressFrame", data, None)


def otlp(server, now):
    """What an OpenTelemetry exporter sends, packed in each way that Collectors know: it is kept once."""
    record = {"timeUnixNano": str(now), "severityText": "WARN", "body": {"stringValue": "disk is slow"},
              "attributes": [{"key": "disk.name", "value": {"stringValue": "sda"}}]}
    logs = {"resourceLogs": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "disks"}}]},
                              "scopeLogs": [{"scope": {"name": "probe"}, "logRecords": [record]}]}]}
    for encoding, pack in (("lz4", lz4), ("zstd", zstd), ("gzip", gzip.compress)):
        sent = harness.request(server.port, "POST", "/otlp/v1/logs", pack(json.dumps(logs).encode()),
                               {"Content-Type": "application/json", "Content-Encoding": encoding})
        check(sent.status == 204, "an OTLP push in " + encoding, sent)
    refused = harness.request(server.port, "POST", "/otlp/v1/logs", b"\xff", {"Content-Type": "application/x-protobuf"})
    check(refused.status == 400 and refused.headers["content-type"] == "application/octet-stream", "a Status", refused)


def otlp_is_there(server, now):
    data = good(server, "query_range", query='{service_name="disks"} | disk_name="sda"', start=now - 10**9, end=now + 10**9)
    values = data["data"]["result"][0]["values"]
    check(len(values) == 1 and values[0][1] == "disk is slow", "the record, once", data)
    metadata = values[0][2]["structuredMetadata"]
    check(metadata == {"detected_level": "warn", "disk_name": "sda", "scope_name": "probe", "severity_text": "WARN"},
          "and what it says of itself", metadata)


def main():
    now = time.time_ns()
    with harness.folder() as folder, harness.Narfid(folder) as server:
        entries = [(now - i * 10**9, '{"level":"info","n":%d}' % i) for i in range(1, 51)]
        check(server.push({"job": "shop"}, entries).status == 204, "push")
        otlp(server, now)
        otlp_is_there(server, now)
        server.kill()
        server.start()
        for _ in ("from heads", "from segments"):
            otlp_is_there(server, now)
            volumes_agree(server, now)
            drilldown(server, now - harness.HOUR_NS, now)
            save_and_test(server)
            explore(server, now - harness.HOUR_NS, now)
            metrics(server, now - harness.HOUR_NS, now)
            editor(server, now - harness.HOUR_NS, now)
            server.flush()


if __name__ == "__main__":
    main()
