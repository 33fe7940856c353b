#!/usr/bin/env python3
"""Steady load for as long as asked: files grow and rotate, queries run beside it, no line is lost,
memory and files stay bounded.

    soak.py [--minutes N] [--rate LINES_A_SECOND]
"""
import argparse
import os
import time

import harness
from harness import check, until

CONFIG = """
positions:
  filename: {folder}/positions.yaml
clients:
  - url: {url}/loki/api/v1/push
scrape_configs:
  - job_name: soak
    static_configs:
      - targets: [localhost]
        labels: {{job: soak, __path__: "{folder}/logs/*.log"}}
"""
MEMORY_MB = {"narfid": 500, "narfi-shipper": 150}


def write_second(folder, minute, second, rate):
    """One second of lines; each minute has a file of its own name, the last ones are removed."""
    path = os.path.join(folder, "logs", "soak.log")
    if second == 0 and os.path.exists(path):
        os.rename(path, path + ".%d" % (minute % 3))
    with open(path, "a", encoding="utf-8") as f:
        for number in range(rate):
            f.write('{"level":"INFO","service":"soak","minute":"m%d","n":%d,"text":"%s"}\n' %
                    (minute, second * rate + number, "z" * (number % 150)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--rate", type=int, default=500)
    options = parser.parse_args()
    with harness.folder() as folder, harness.Narfid(folder) as server:
        os.mkdir(os.path.join(folder, "logs"))
        config = os.path.join(folder, "promtail.yml")
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG.format(folder=folder, url=server.url))
        with harness.Shipper(folder, config) as shipper:
            for minute in range(options.minutes):
                for second in range(60):
                    began = time.monotonic()
                    write_second(folder, minute, second, options.rate)
                    time.sleep(max(0, 1 - (time.monotonic() - began)))
                want = 60 * options.rate
                count = 'sum(count_over_time({service="soak"} |= `"minute":"m%d"` [2h]))' % minute
                until(lambda c=count, w=want: server.value(c) == w, 10, "all %d lines of minute %d" % (want, minute))
                for daemon in (server, shipper):
                    peak = daemon.peak_memory_mb()
                    print("minute %d: %s %.0f MB at most, %d files open" % (minute, daemon.name, peak, daemon.open_files()), flush=True)
                    check(peak < MEMORY_MB[daemon.name], "%s's memory" % daemon.name, peak)
                    check(daemon.open_files() < 200, "%s's open files" % daemon.name, daemon.open_files())


if __name__ == "__main__":
    main()
