#!/usr/bin/env python3
"""How narfid does with more: look-ups at several sizes, memory at rest, merging, pushes beside a heavy query.

    scale.py NARFID DRIVE DATA[:TENANTS] ...     DATA: a folder that the driver's gen wrote; smallest first

Each data set is pushed (once for each of TENANTS tenants) into an empty store, flushed and left alone until merging is
done. After a restart it says what the server holds at rest, and what a look-up of a trace id takes. Then the last
data set is pushed some more times, alone and while a query that reads every line runs without a pause.
"""
import argparse
import glob
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request

PORT = 3961
BASE = "http://127.0.0.1:%d" % PORT
HERE = os.path.dirname(os.path.abspath(__file__))
HEAVY = '{service=~".+"} |~ "(?:^|[^a-z])q[a-z]+[0-9]{2}z[a-z]"'  # what is around a match counts: lines are rebuilt
PUSHES = 3  # of each kind, in turn
AGAIN = 40


class Server:
    def __init__(self, narfid, data):
        self.process = subprocess.Popen(
            [narfid, "-config.file=" + os.path.join(HERE, "narfid.yml"), "-server.http-listen-address=127.0.0.1",
             "-server.http-listen-port=%d" % PORT, "-server.grpc-listen-port=0", "-storage.path=" + data],
            stderr=subprocess.DEVNULL)
        while True:
            if self.process.poll() is not None:
                raise SystemExit("narfid ended")
            try:
                urllib.request.urlopen(BASE + "/ready").read()
                return
            except OSError:
                time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def cpu(self):
        with open("/proc/%d/stat" % self.process.pid, encoding="utf-8") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self):
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8") as f:
            return int(next(line.split()[1] for line in f if line.startswith("VmRSS"))) / 1024

    def rest(self):
        """Returns once the server has used next to no processor time for three seconds."""
        before = self.cpu()
        quiet = 0
        while quiet < 3:
            time.sleep(1)
            now = self.cpu()
            quiet = quiet + 1 if now - before < 0.05 else 0
            before = now


def drive(driver, data, tenant, name):
    with tempfile.NamedTemporaryFile("r", suffix=".json") as out:
        subprocess.run([driver, "ingest", "--url", BASE + "/loki/api/v1/push", "--header", "X-Scope-OrgID: " + tenant,
                        "--flush-url", BASE + "/flush", "--settle", "0", "--name", name, "--out", out.name] +
                       sorted(glob.glob(os.path.join(data, "bodies.*"))),
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        measured = json.load(out)
    if measured["failures"]:
        raise SystemExit("pushes failed: " + measured["first_failure"])
    return measured


def get(path, tenant, **params):
    request = urllib.request.Request(BASE + path + "?" + urllib.parse.urlencode(params),
                                     headers={"X-Scope-OrgID": tenant})
    begin = time.monotonic()
    with urllib.request.urlopen(request) as answer:
        body = json.load(answer)
    return body, (time.monotonic() - begin) * 1000


def look_up(meta, tenant, trace):
    body, took = get("/loki/api/v1/query_range", tenant, start=meta["start_ns"], end=meta["end_ns"], limit=1000,
                     query='{service=~".+"} | json | trace_id="%s"' % trace)
    if not body["data"]["result"]:
        raise SystemExit("a look-up found nothing")
    return took


def merges_done():
    with urllib.request.urlopen(BASE + "/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("narfi_merges_total "):
                return int(float(line.split()[1]))
    return 0


def measure(narfid, driver, data, tenants, root):
    with open(os.path.join(data, "meta.json"), encoding="utf-8") as f:
        meta = json.load(f)
    store = os.path.join(root, "data")
    shutil.rmtree(store, ignore_errors=True)
    with Server(narfid, store) as server:
        for tenant in range(tenants):
            drive(driver, data, "t%d" % tenant, "scale")
        flushed = server.cpu()
        server.rest()
        settled, merges = server.cpu(), merges_done()
    raw = int(meta["raw_bytes"]) * tenants
    disk = sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(store) for name in names)
    with Server(narfid, store) as server:
        server.rest()
        at_rest = server.rss_mb()
        traces = list(meta["traces"].values())
        first = look_up(meta, "t0", traces[0])
        times = [look_up(meta, "t0", trace) for trace in traces[1:]]
        again = [look_up(meta, "t0", trace) for trace in traces[1:5] for _ in range(AGAIN)]
    print("%4.1f million lines, %d tenants, %.1f GB raw: %.1f CPU-s/GB to the end of the flush, %.1f with its %d merges; "
          "raw/disk %.1f; at rest after a start %.0f MB; a look-up takes %.2f ms, made again and again (as the driver's "
          "q04), %.2f of an id that nobody asked for before (medians), the first after a start %.1f" %
          (meta["lines"] / 1e6, tenants, raw / 1e9, flushed / raw * 1e9, settled / raw * 1e9, merges, raw / disk, at_rest,
           statistics.median(again), statistics.median(times), first), flush=True)


def beside_heavy(narfid, driver, data, root):
    with open(os.path.join(data, "meta.json"), encoding="utf-8") as f:
        meta = json.load(f)
    store = os.path.join(root, "data")
    shutil.rmtree(store, ignore_errors=True)
    p99 = {"alone": [], "beside": []}
    queries = []
    with Server(narfid, store) as server:
        drive(driver, data, "asked", "scale")
        for i in range(PUSHES):
            for kind in ("alone", "beside"):
                stop = threading.Event()

                def ask():
                    while not stop.is_set():
                        queries.append(get("/loki/api/v1/query_range", "asked", start=meta["start_ns"],
                                           end=meta["end_ns"], query=HEAVY)[1])

                asker = threading.Thread(target=ask)
                if kind == "beside":
                    asker.start()
                p99[kind].append(drive(driver, data, "%s%d" % (kind, i), "scale")["p99_ms"])
                stop.set()
                if kind == "beside":
                    asker.join()
                server.rest()
    alone, beside = statistics.median(p99["alone"]), statistics.median(p99["beside"])
    print("p99 of a push %.0f ms alone, %.0f beside a query that reads every line (%d of them, %.0f ms each): %.2f times" %
          (alone, beside, len(queries), statistics.median(queries), beside / alone), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("narfid", help="the program")
    parser.add_argument("drive", help="the driver of loki_driver, built")
    parser.add_argument("data", nargs="+", help="folders of gen, each with how many tenants push it: d5 or d5:7")
    asked = parser.parse_args()
    sets = [(name.partition(":")[0], int(name.partition(":")[2] or 1)) for name in asked.data]
    with tempfile.TemporaryDirectory() as root:
        for data, tenants in sets:
            measure(asked.narfid, asked.drive, data, tenants, root)
        beside_heavy(asked.narfid, asked.drive, sets[-1][0], root)


if __name__ == "__main__":
    main()
