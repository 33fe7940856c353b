#!/usr/bin/env python3
"""A storage root belongs to one process, and to Narfi: a second narfid on it is refused, and so is a
folder that holds something else."""
import os
import subprocess
import time

import harness
from harness import check


def refused(folder, data, word):
    """narfid on `data` ends by itself, with a sentence that names the folder."""
    done = subprocess.run([harness.program("narfid"), "-storage.path=" + data, "-server.http-listen-address=127.0.0.1",
                           "-server.http-listen-port=%d" % harness.free_port()],
                          capture_output=True, text=True, timeout=20, cwd=folder, check=False)
    said = done.stdout + done.stderr
    check(done.returncode not in (0, None) and done.returncode > 0, "refused with a status", done.returncode, said)
    check(data in said and word in said, "the sentence names %s and says \"%s\"" % (data, word), said)


def main():
    with harness.folder() as folder:
        with harness.Narfid(folder) as server:
            check(server.push({"app": "x"}, [(time.time_ns(), "first")]).status == 204, "push")
            refused(folder, server.data, "another process")
            check(server.lines('{app="x"}') == ["first"], "the first one lives on")
            server.flush()
            check(sorted(os.listdir(server.data)) == ["FORMAT", "LOCK", "index", "manifest", "segments", "wal"],
                  "only our names in the root", os.listdir(server.data))
        foreign = os.path.join(folder, "photos")
        os.mkdir(foreign)
        with open(os.path.join(foreign, "holiday.jpg"), "w", encoding="utf-8") as f:
            f.write("not ours")
        refused(folder, foreign, "FORMAT")
        check(os.listdir(foreign) == ["holiday.jpg"], "a foreign folder is left alone", os.listdir(foreign))
        with harness.Narfid(folder) as server:
            check(server.lines('{app="x"}') == ["first"], "after the second process was refused")


if __name__ == "__main__":
    main()
