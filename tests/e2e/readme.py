#!/usr/bin/env python3
"""The commands of README.md and docs/*.md that are marked for CI, run in order against a real
`./dev run`. A block is marked by the line <!-- ci --> before it; an <!-- output --> block after it
is what it must print, times aside.

    readme.py [--show] [--update]    prints what every block printed; writes it into the documents
"""
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import harness
from harness import check, until

BLOCK = re.compile(r"<!-- ci -->\n```sh\n(.*?)```\n(?:\n?<!-- output -->\n```text\n(.*?)```\n)?", re.S)
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?|\b1\d{9}(\.\d+)?\b")
TOUR_LOG = "/var/log/dyocense/tour.log"


def blocks():
    for name in ["README.md", *sorted(glob.glob("docs/*.md", root_dir=harness.ROOT))]:
        with open(os.path.join(harness.ROOT, name), encoding="utf-8") as f:
            for number, (script, output) in enumerate(BLOCK.findall(f.read()), 1):
                yield "%s, block %d" % (name, number), script, output


def update(name, script, output, printed):
    """Puts what was printed where the document shows an older output."""
    path = os.path.join(harness.ROOT, name.split(",")[0])
    with open(path, encoding="utf-8") as f:
        text = f.read()
    head = "```sh\n%s```\n<!-- output -->\n```text\n" % script
    check(head + output in text, "%s: its output follows its script" % name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(head + output, head + printed, 1))


def run_block(script):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=harness.ROOT, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def try_block(name, script, output, show):
    """Runs a block; one with an output is repeated for the few seconds a line may take to arrive."""
    last = []

    def right():
        last[:] = run_block(script)
        return last[0] == 0 and (not output or TIME.sub("T", last[1]) == TIME.sub("T", output))

    try:
        until(right, 5 if output else 0, name, every=0.2)
    except AssertionError:
        if "--update" in sys.argv and last[0] == 0:
            return update(name, script, output, last[1])
        check(False, "%s: status %d" % (name, last[0]), script, "printed:\n" + last[1], "wanted:\n" + output, last[2])
    if show:
        print("---- %s\n%s%s" % (name, last[1], last[2]))
    print("good: %s" % name)


def leave_other_logs_out():
    """`./dev run` ships all logs of its folder: with others than the tour's in it, the tour runs again in
    a mount namespace of its own (unshare(1)) where that folder is empty, and the others stay untouched."""
    others = [path for path in glob.glob(os.path.join(os.path.dirname(TOUR_LOG), "*.log")) if path != TOUR_LOG]
    if not others:
        return
    check("NARFI_README_ALONE" not in os.environ, "the folder of the logs is empty in the namespace", *others)
    os.environ["NARFI_README_ALONE"] = "1"
    script = "mount -t tmpfs none %s && exec \"$@\"" % os.path.dirname(TOUR_LOG)
    os.execvp("unshare", ["unshare", "--mount", "sh", "-c", script, "sh", sys.executable, "-B", *sys.argv])


def main():
    leave_other_logs_out()
    if os.path.exists(TOUR_LOG):
        os.remove(TOUR_LOG)
    with harness.folder() as folder, tempfile.TemporaryFile("w+") as said:
        environment = {**os.environ, "NARFI_RUN_DIR": folder}
        with subprocess.Popen(["./dev", "run"], cwd=harness.ROOT, env=environment, stdout=said, stderr=said,
                              stdin=subprocess.DEVNULL, start_new_session=True) as dev:
            def text():
                said.seek(0)
                return said.read()

            try:
                until(lambda: "\nReady." in text() or dev.poll() is not None, 120, "./dev run is ready")
                check(dev.poll() is None, "./dev run goes on", text())
                time_started = time.time()
                for name, script, output in blocks():
                    try_block(name, script, output, "--show" in sys.argv)
                dev.send_signal(signal.SIGINT)  # Ctrl-C
                check(dev.wait(40) == 0, "./dev run ends with 0 on Ctrl-C", text())
                check("stopped cleanly" in text(), "and says so", text())
                print("%.0f s" % (time.time() - time_started))
            finally:
                if dev.poll() is None:
                    dev.send_signal(signal.SIGTERM)
                    dev.wait(40)
                if os.path.exists(TOUR_LOG):
                    os.remove(TOUR_LOG)


if __name__ == "__main__":
    main()
