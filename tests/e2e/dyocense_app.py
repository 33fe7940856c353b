#!/usr/bin/env python3
"""The main job on real input: services log through the users' own StructuredLogger into
/var/log/dyocense, the shipper and the server run on the users' own two files, and each of the users'
four queries answers with exactly the right lines, within two seconds of writing.

What is right is decided here, by reading the log files and looking at the JSON.
"""
import datetime
import glob
import json
import logging
import os
import random
import re
import sys
import time
import uuid

import harness
from harness import check, until

LOGS = "/var/log/dyocense"
SECONDS = 2.0

# The four queries as they stand, each with what its lines look like as JSON.
RIGHT = {
    '{service="coach-service"} |= "ERROR" | json | level="ERROR"':
        lambda j: j["service"] == "coach-service" and j["level"] == "ERROR",
    '{service="coach-service"} |= "Goal created" | json | tenant_id="abc-123"':
        lambda j: j["service"] == "coach-service" and j["message"] == "Goal created" and j.get("tenant_id") == "abc-123",
    '{service="postgres"} | json | duration > 500':
        lambda j: j["service"] == "postgres" and j.get("duration", 0) > 500,
    '{service=~".+"} | json | trace_id="xyz-789"':
        lambda j: j.get("trace_id") == "xyz-789",
}


def seed_queries():
    with open(os.path.join(harness.SAMPLES, "queries.logql"), encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f if line.startswith("{")]


def service_loggers(run):
    """The users' class, unchanged; level and a file a service are the application's own affair."""
    sys.path.insert(0, harness.SAMPLES)
    from structured_logger import StructuredLogger  # pylint: disable=import-outside-toplevel,import-error
    loggers = {}
    for service in ("coach-service", "postgres", "api", "billing"):
        loggers[service] = StructuredLogger(service)
        loggers[service].logger.setLevel(logging.INFO)
        loggers[service].logger.addHandler(logging.FileHandler("%s/%s-%s.log" % (LOGS, service, run)))
    return loggers


def write_some(loggers, rng):
    """A request through the services, some of it for the trace that is asked for."""
    trace = rng.choice(["xyz-789", "xyz-7890", "t-%06x" % rng.getrandbits(24)])
    tenant = rng.choice(["abc-123", "hooli-577"])
    loggers["api"].log("INFO", "POST /goals", tenant_id=tenant, trace_id=trace, status=201)
    loggers["coach-service"].log("INFO", "Goal created", tenant_id=tenant, user_id="user-456", trace_id=trace,
                                 goal_id="goal-%d" % rng.randrange(999), goal_type="revenue_growth")
    loggers["postgres"].log("INFO", "query finished", duration=rng.choice([3, 499.5, 500, 500.5, 812, 4100.25]),
                            tenant_id=tenant, trace_id=trace, statement="insert into goals values ($1)")
    if rng.random() < 0.4:
        loggers["coach-service"].log(rng.choice(["ERROR", "WARN"]), 'model said "ERROR" \u2013 retry', trace_id=trace,
                                     tenant_id=tenant, error={"code": 17, "kind": "timeout"})
    if rng.random() < 0.3:
        loggers["billing"].log("ERROR", "card declined", tenant_id=tenant, amount=12.5, trace_id=trace)


def since(line):
    stamp = json.loads(line)["timestamp"].rstrip("Z")
    form = "%Y-%m-%dT%H:%M:%S.%f" if "." in stamp else "%Y-%m-%dT%H:%M:%S"
    return datetime.datetime.strptime(stamp, form).replace(tzinfo=datetime.timezone.utc).timestamp()


def right_lines(query, start):
    lines = []
    for name in glob.glob(LOGS + "/*.log"):
        with open(name, encoding="utf-8") as f:
            lines += [line.rstrip("\n") for line in f]
    return sorted(line for line in lines if line.startswith("{") and since(line) >= start and RIGHT[query](json.loads(line)))


def from_terminal(server, query, start):
    stamp = datetime.datetime.fromtimestamp(start, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    done = harness.narfi("query", query, "--from", stamp, "--limit", "5000", "-o", "raw", addr=server.url)
    check(done.returncode == 0, "narfi query %s" % query, done.stdout, done.stderr)
    return sorted(done.stdout.splitlines())


def same(query, get, start, written):
    """get() is right within SECONDS of `written`; afterwards it must be right at once."""
    def right():
        got, want = get(), right_lines(query, start)
        return want and got == want or (time.monotonic() > written + SECONDS and fail(got, want))

    def fail(got, want):
        missing, extra = sorted(set(want) - set(got)), sorted(set(got) - set(want))
        check(False, "%s: want %d lines, got %d, %.1f s after writing" % (query, len(want), len(got), time.monotonic() - written),
              "missing: %s" % missing[:3], "too many: %s" % extra[:3])

    until(right, SECONDS + 30, query, every=0.05)
    return len(right_lines(query, start))


def ask_everything(server, start, written):
    counts = []
    for query in seed_queries():
        counts.append(same(query, lambda q=query: sorted(server.lines(q, start=int(start * 1e9))), start, written))
        same(query, lambda q=query: from_terminal(server, q, start), start, written + SECONDS)
    return counts


def main():
    run, seed = uuid.uuid4().hex[:8], random.randrange(1 << 32)
    print("seed %d" % seed)
    rng = random.Random(seed)
    check(seed_queries() == list(RIGHT), "the queries are the users' own", seed_queries())
    os.makedirs(LOGS, exist_ok=True)
    with harness.folder() as folder, \
            harness.Narfid(folder, os.path.join(harness.SAMPLES, "loki-config.yml")) as server:
        flags = ["-client.url=%s/loki/api/v1/push" % server.url, "-positions.file=%s/positions.yaml" % folder]
        with harness.Shipper(folder, os.path.join(harness.SAMPLES, "promtail-config.yml"), flags):
            loggers = service_loggers(run)
            try:
                start = time.time()
                for burst in range(5):
                    for _ in range(20):
                        write_some(loggers, rng)
                    counts = ask_everything(server, start, time.monotonic())
                    print("burst %d: %s lines" % (burst, counts))
                labels = server.get("/loki/api/v1/labels").json()["data"]
                check({"service", "tenant", "job", "filename", "service_name"} <= set(labels), "labels", labels)
                server.flush()
                ask_everything(server, start, time.monotonic())
                check(re.search(r"storage root|storage.path", server.log_text()), "the log names the storage root")
            finally:
                for logger in loggers.values():
                    for handler in logger.logger.handlers:
                        handler.close()
                        os.remove(handler.baseFilename)
    print("each of the four queries gave exactly the right lines, from heads and from segments")


if __name__ == "__main__":
    main()
