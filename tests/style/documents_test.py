#!/usr/bin/env python3
"""Documents tell the truth about the checkout: links lead somewhere, and every corpus topic, test
and step that a page names exists."""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")
PATH = re.compile(r"`((?:tests|docs|config|docker|benchmarks|cmake)/[\w./-]+)`")
TOPIC = re.compile(r"`((?:log|metric|errors|api|serial)_[a-z_]+)`")
STEP = re.compile(r"\./dev ([a-z]+)")


def pages():
    names = ["README.md", "CHANGELOG.md", *glob.glob("docs/**/*.md", root_dir=ROOT, recursive=True),
             "benchmarks/RESULTS.md"]
    for name in names:
        with open(os.path.join(ROOT, name), encoding="utf-8") as f:
            yield name, f.read()


def topics():
    return {os.path.basename(n)[:-5] for n in glob.glob(os.path.join(ROOT, "tests/conformance/cases/*.json"))}


def steps():
    text = subprocess.run([os.path.join(ROOT, "dev"), "help"], capture_output=True, text=True, check=True).stdout
    return {word for line in text.splitlines() for word in re.findall(r"[a-z]+", line.split("  ")[0])}


def faults(name, text, known_topics, known_steps):
    folder = os.path.dirname(os.path.join(ROOT, name))
    for m in LINK.finditer(text):
        if "://" not in m.group(1) and not os.path.exists(os.path.join(folder, m.group(1))):
            yield "%s: the link %s leads nowhere" % (name, m.group(1))
    for path in PATH.findall(text):
        if not os.path.exists(os.path.join(ROOT, path)):
            yield "%s: there is no %s" % (name, path)
    if name.endswith("logql.md"):
        for topic in sorted(set(TOPIC.findall(text)) - known_topics - {"approx_topk", "label_format", "label_replace"}):
            yield "%s: the corpus has no topic %s" % (name, topic)
    for step in sorted(set(STEP.findall(text)) - known_steps):
        yield "%s: there is no step ./dev %s" % (name, step)


def main():
    sample = "[x](nowhere.md) `tests/none.py` ./dev fly"
    assert len(list(faults("README.md", sample, set(), {"run"}))) == 3
    assert list(faults("docs/logql.md", "`log_nonsense`", {"log_json"}, set()))
    known_topics, known_steps = topics(), steps()
    found = [f for name, text in pages() for f in faults(name, text, known_topics, known_steps)]
    print("\n".join(found) or "documents hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
