#!/usr/bin/env python3
"""Clients that other people wrote, against narfid as they are: logging libraries from npm
(tests/clients), Debian's Prometheus. Each line arrives once, with the right labels and metadata, and
is still there after kill -9."""
import contextlib
import json
import os
import subprocess
import time
import urllib.parse

import harness
from harness import check, until

OTEL = {"detected_level": "warn", "host_name": "h1", "k8s_pod_name": "pod-1", "order_id": "7", "order_paid": "true",
        "scope_name": "orders", "scope_version": "1.2.3", "severity_number": "13", "severity_text": "WARN",
        "shop_name": "north", "tags": '["a","b"]'}
# client: (selector, labels and metadata of each of its lines)
PUSHERS = {
    "pino-loki": ('{app="pino-loki", level="error"}', {"shop": "north", "detected_level": "error"}),
    "winston-loki-json": ('{app="winston-loki-json"}', {"shop": "north", "level": "warn", "detected_level": "warn"}),
    "winston-loki-proto": ('{app="winston-loki-proto"}', {"shop": "north", "level": "warn", "detected_level": "warn"}),
    "otel-http-json": ('{service_name="otel-http-json", k8s_pod_name="pod-1"}', OTEL),
    "otel-http-address": ('{service_name="otel-http-address", k8s_pod_name="pod-1"}', OTEL),
    "otel-grpc": ('{service_name="otel-grpc", k8s_pod_name="pod-1"}', OTEL),
    "otel-grpc-gzip": ('{service_name="otel-grpc-gzip", k8s_pod_name="pod-1"}', OTEL),
    "otel-http-proto": ('{service_name="otel-http-proto", k8s_pod_name="pod-1"}', OTEL),
}


def pushed(server):
    for client, (selector, facts) in PUSHERS.items():
        found = server.entries(selector)
        for n in (1, 2, 3):
            entries = [e for e in found if "%s says %d" % (client, n) in e[1]]
            check(len(entries) == 1, "%s: line %d is there once" % (client, n), found)
            check(facts.items() <= entries[0][2].items(), "%s: with its labels" % client, entries[0][2])
            check(abs(entries[0][0] - time.time_ns()) < 120 * 10**9, "%s: at its time" % client, entries[0])


@contextlib.contextmanager
def prometheus(folder, target):
    """Debian's Prometheus, scraping `target`; gives its port."""
    port = harness.free_port()
    config = os.path.join(folder, "prometheus.yml")
    with open(config, "w", encoding="utf-8") as f:
        f.write("global: {scrape_interval: 200ms}\nscrape_configs:\n- job_name: narfid\n"
                "  static_configs: [{targets: ['127.0.0.1:%d']}]\n" % target)
    with open(os.path.join(folder, "prometheus.log"), "wb") as log, subprocess.Popen(
            ["prometheus", "--config.file=" + config, "--storage.tsdb.path=" + os.path.join(folder, "tsdb"),
             "--web.listen-address=127.0.0.1:%d" % port], stdout=log, stderr=log) as process:
        try:
            yield port
        finally:
            process.terminate()


def scraped(server, folder):
    metrics = server.get("/metrics")
    linted = subprocess.run(["promtool", "check", "metrics"], input=metrics.body, capture_output=True, check=False)
    check(b"error while linting" not in linted.stderr, "promtool reads /metrics", linted.stderr)

    with prometheus(folder, server.port) as port:
        def value(query):
            with contextlib.suppress(OSError):
                answer = harness.request(port, "GET", "/api/v1/query?" + urllib.parse.urlencode({"query": query}))
                result = json.loads(answer.body)["data"]["result"] if answer.status == 200 else []
                return float(result[0]["value"][1]) if result else None

        until(lambda: value('up{job="narfid"}') == 1, 30, "Prometheus scrapes narfid")
        lines = 3 * len(PUSHERS)
        check(value("sum(loki_distributor_lines_received_total)") == lines, "it counts the lines", metrics.text)
        check(value('sum(loki_request_duration_seconds_count{route="otlp_v1_logs",status_code="204"})') >= 2,
              "and the requests", metrics.text)


def main():
    otlp = harness.free_port()
    with harness.folder() as folder, harness.Narfid(folder, flags=["-otlp.grpc-listen-port=%d" % otlp]) as server:
        harness.client("push.mjs", server.url, "http://127.0.0.1:%d" % otlp, *PUSHERS)
        pushed(server)
        scraped(server, folder)
        server.kill()
        server.start()
        pushed(server)


if __name__ == "__main__":
    main()
