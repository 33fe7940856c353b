#!/usr/bin/env python3
"""What this machine does right now, so that numbers of different machines and days can be compared.

    yardsticks.py RAW.TXT FOLDER        writes FOLDER/yardsticks.json and prints it

P: the median of five times `zstd -dc raw.3.zst | rg -c ERROR`, in seconds. F: the 99th percentile of
300 times writing 250 KB to a file and fdatasync, in milliseconds.
"""
import json
import os
import statistics
import subprocess
import sys
import time


def decompress_and_search(raw, folder):
    packed = os.path.join(folder, "raw.3.zst")
    subprocess.run(["zstd", "-q", "-f", "-3", raw, "-o", packed], check=True)
    times = []
    for _ in range(5):
        begin = time.monotonic()
        unpack = subprocess.Popen(["zstd", "-dc", packed], stdout=subprocess.PIPE)
        subprocess.run(["rg", "-c", "ERROR"], stdin=unpack.stdout, stdout=subprocess.DEVNULL, check=True)
        unpack.stdout.close()
        if unpack.wait() != 0:
            raise SystemExit("zstd failed")
        times.append(time.monotonic() - begin)
    os.remove(packed)
    return statistics.median(times)


def write_and_sync(folder):
    path, block, times = os.path.join(folder, "sync.tmp"), os.urandom(250_000), []
    with open(path, "wb", buffering=0) as f:
        for _ in range(300):
            begin = time.monotonic()
            f.write(block)
            os.fdatasync(f.fileno())
            times.append(time.monotonic() - begin)
    os.remove(path)
    return sorted(times)[296] * 1000


def main():
    raw, folder = sys.argv[1:]
    found = {"P_s": round(decompress_and_search(raw, folder), 3), "F_ms": round(write_and_sync(folder), 2),
             "load": os.getloadavg()[0]}
    with open(os.path.join(folder, "yardsticks.json"), "w", encoding="utf-8") as f:
        json.dump(found, f)
    print("yardsticks: P %(P_s)s s, F %(F_ms)s ms, load %(load).2f" % found)


if __name__ == "__main__":
    main()
