#!/usr/bin/env python3
"""Every example of docs/http-api.md is run against narfid and prints what the page shows, `...` aside; every endpoint
for reading stands on the page.

    http_api_docs.py [--show]    prints what every example printed
"""
import glob
import os
import re
import subprocess
import sys

import harness
from harness import check

PAGE = "docs/http-api.md"
EXAMPLE = re.compile(r"<!-- example -->\n```sh\n(.*?)```\n(?:```text\n(.*?)```\n)?", re.S)
ROUTE = re.compile(r'router\.Add\(\s*"[A-Z ]+",\s*"([^"]+)"')


def matches(wanted, printed):
    pattern = ".*?".join(re.escape(part) for part in wanted.split("..."))
    return re.fullmatch(pattern, printed, re.S) is not None


def main():
    check(matches("a...c\n", "abc\n") and not matches("a...c\n", "abd\n"), "the comparison itself")
    with open(os.path.join(harness.ROOT, PAGE), encoding="utf-8") as f:
        text = f.read()
    routes = []
    for name in glob.glob(os.path.join(harness.ROOT, "server/routes_*.cc")):
        with open(name, encoding="utf-8") as f:
            routes += ROUTE.findall(f.read())
    check(len(routes) > 30, "routes", routes)
    push_page = os.path.join(harness.ROOT, "docs/http-api-push.md")
    pages = text
    if os.path.exists(push_page):
        with open(push_page, encoding="utf-8") as f:
            pages += f.read()
    missing = [r for r in routes if r not in pages]
    check(not missing, "every endpoint stands in " + PAGE, missing)
    examples = EXAMPLE.findall(text)
    check(len(examples) == text.count("<!-- example -->") > 10, "examples", len(examples))
    flags = ["-validation.reject-old-samples=false", "-auth.enabled=false"]
    wrong = []
    with harness.folder() as folder, harness.Narfid(folder, flags=flags) as server:
        for script, wanted in examples:
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", script.replace("localhost:3100", server.url)],
                                  capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)
            printed = done.stdout + ("" if done.stdout.endswith("\n") or not done.stdout else "\n")
            if "--show" in sys.argv:
                print("----\n" + script + printed)
            if done.returncode != 0 or not matches(wanted, printed):
                wrong.append("%s\nprinted:\n%s\nwanted:\n%s%s" % (script, printed, wanted, done.stderr))
    check(not wrong, "%d examples print what the page shows" % len(examples), *wrong)
    print("%d examples, %d endpoints" % (len(examples), len(routes)))


if __name__ == "__main__":
    main()
