#!/usr/bin/env python3
"""narfid is killed, its disk fills up, and it is started again: it answers queries, refuses pushes with 503, and takes
them again by itself once there is room. Needs root, for a small file system in memory; does nothing otherwise.

    full_disk.py
"""
import os
import subprocess
import time

import harness
from harness import check


def lines(server):
    answer = server.get("/loki/api/v1/query_range", query='{app="full"}', limit=5000)
    check(answer.status == 200, "query", answer)
    return sorted(value[1] for stream in answer.json()["data"]["result"] for value in stream["values"])


def fill(path):
    with open(path, "ab", buffering=0) as f:
        block = b"x" * 65536
        while block:
            try:
                if f.write(block) < len(block):
                    raise OSError("short")
            except OSError:
                block = block[: len(block) // 2]


def run(folder, disk):
    """The root lies on `disk`."""
    with harness.Narfid(folder, data=os.path.join(disk, "root")) as server:
        now = time.time_ns()
        for number in range(3):
            check(server.push({"app": "full"}, [(now + number, "line %d" % number)]).status == 204, "push")
            if number == 1:
                server.flush()
        want = ["line 0", "line 1", "line 2"]
        for _ in range(2):
            server.kill()
            # A start that died while making a log leaves an empty one.
            open(os.path.join(server.data, "wal", "00000000000000ff.wal"), "wb").close()
            fill(os.path.join(disk, "filler"))
            server.start()
            check(lines(server) == want, "all is read from a full disk", lines(server))
            check("an empty write-ahead log" in server.log_text(), "the log names the empty file", server.log_text()[-1000:])
            # Making the index anew gives some pages back; the log may use up the last one it has.
            fill(os.path.join(disk, "more filler"))
            refused = server.push({"app": "full"}, [(now + 5, os.urandom(20000).hex())])
            check(refused.status == 503 and "no space" in refused.text, "a push is refused", refused)
        os.remove(os.path.join(disk, "filler"))
        os.remove(os.path.join(disk, "more filler"))
        harness.until(lambda: server.push({"app": "full"}, [(now + 9, "line 9")]).status == 204, 10, "a push is taken")
        server.flush()
        server.kill()
        server.start()
        check(lines(server) == want + ["line 9"], "all is there", lines(server))


def main():
    if os.geteuid() != 0:
        print("not root: nothing was tried")
        return
    with harness.folder() as folder:
        disk = os.path.join(folder, "disk")
        os.mkdir(disk)
        if subprocess.call(["mount", "-t", "tmpfs", "-o", "size=24m", "none", disk]) != 0:
            print("no tmpfs may be mounted here: nothing was tried")
            return
        try:
            run(folder, disk)
        finally:
            subprocess.check_call(["umount", "-l", disk])
    print("started twice on a full disk; everything was read, and pushes came back by themselves")


if __name__ == "__main__":
    main()
