#!/usr/bin/env python3
"""A look-up by trace id over many segments: one a day, each asked for ids that no query had before.

    many_segments.py NARFID [DAYS [LINES_A_DAY]]      prints the number of segments and what a look-up takes
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

DAY = 86_400_000_000_000
LAST = 1_795_564_800_000_000_000 // DAY  # 2026-11-25
LOOKUPS = 60
CONFIG = """
auth_enabled: false
limits_config: {reject_old_samples: false, max_query_length: 0, query_timeout: 10m, ingestion_rate_mb: 0}
server: {http_listen_address: 127.0.0.1, http_listen_port: %d, grpc_listen_port: 0}
"""


def body_of(day, lines, rng, ids):
    streams = {}
    for i in range(lines):
        trace = "%032x" % rng.getrandbits(128)
        if i == lines // 2:
            ids.append(trace)
        service = "service-%d" % rng.randrange(12)
        line = json.dumps({"level": rng.choice(["INFO", "WARN", "ERROR"]), "service": service, "trace_id": trace,
                           "message": "request completed", "latency": rng.randrange(10_000) / 10})
        streams.setdefault(service, []).append([str(day * DAY + i * (DAY // lines)), line])
    return json.dumps({"streams": [{"stream": {"service": s}, "values": v} for s, v in streams.items()]}).encode()


def ask(base, trace, days):
    query = urllib.parse.urlencode({"query": '{service=~".+"} | json | trace_id="%s"' % trace,
                                    "start": (LAST - days) * DAY, "end": (LAST + 1) * DAY})
    begin = time.monotonic()
    with urllib.request.urlopen("%s/loki/api/v1/query_range?%s" % (base, query)) as answer:
        found = json.load(answer)
    took = (time.monotonic() - begin) * 1000
    if sum(len(s["values"]) for s in found["data"]["result"]) != 1:
        raise SystemExit("a look-up did not find its line")
    return took


def wait_ready(base, server):
    while True:
        if server.poll() is not None:
            raise SystemExit("narfid ended")
        try:
            urllib.request.urlopen(base + "/ready").read()
            return
        except OSError:
            time.sleep(0.05)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("narfid", help="the program")
    parser.add_argument("days", nargs="?", type=int, default=1000, help="and so many segments")
    parser.add_argument("lines", nargs="?", type=int, default=2000, help="of a day")
    asked = parser.parse_args()
    narfid, days, lines = asked.narfid, asked.days, asked.lines
    rng, ids, port = random.Random(1), [], 3951
    base = "http://127.0.0.1:%d" % port
    with tempfile.TemporaryDirectory() as root:
        config = os.path.join(root, "narfid.yml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG % port)
        data = os.path.join(root, "data")
        for phase in ("fill", "ask"):
            with open(os.path.join(root, "log"), "ab") as log:
                server = subprocess.Popen([narfid, "-config.file=" + config, "-storage.path=" + data], stderr=log)
            try:
                wait_ready(base, server)
                if phase == "fill":
                    for day in range(LAST - days + 1, LAST + 1):
                        urllib.request.urlopen(urllib.request.Request(
                            base + "/loki/api/v1/push", data=body_of(day, lines, rng, ids),
                            headers={"Content-Type": "application/json"})).read()
                    urllib.request.urlopen(base + "/flush", data=b"").read()
                    continue
                segments = sum(name.endswith(".seg") for _, _, names in os.walk(data) for name in names)
                chosen = rng.sample(ids, min(len(ids), LOOKUPS + 1))
                first = ask(base, chosen.pop(), days)
                times = sorted(ask(base, trace, days) for trace in chosen)
                with open("/proc/%d/status" % server.pid, encoding="utf-8") as f:
                    rss = next(l.split()[1] for l in f if l.startswith("VmHWM"))
                print("%d segments, %d lines: a look-up takes %.2f ms (median of %d ids; 90 %% within %.2f, the first "
                      "after a start %.1f); wanted: %.2f; peak RSS %d MB" %
                      (segments, days * lines, statistics.median(times), len(times), times[len(times) * 9 // 10], first,
                       2 + 0.002 * segments, int(rss) // 1024))
            finally:
                server.terminate()
                server.wait()


if __name__ == "__main__":
    main()
