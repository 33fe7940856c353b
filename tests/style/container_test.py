#!/usr/bin/env python3
"""The container, checked without an engine: every RUN of the Dockerfile is a ./dev step, every COPY
has its source, the runtime packages cover the libraries that the programs load, and the compose file
keeps the promises of the sample configuration."""
import os
import re
import subprocess
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BIN = os.environ.get("NARFI_BIN", os.path.join(ROOT, "build/release/bin"))
PROGRAMS = ("narfid", "narfi-shipper", "narfi")
STEPS = {"./dev deps", "./dev deps runtime", "./dev build"}  # what `./dev test` runs as well


def text_of(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


def dockerfile():
    lines = [l for l in text_of("docker/Dockerfile").splitlines() if l and not l.startswith("#")]
    for line in lines:
        word, rest = line.split(" ", 1)
        if word == "RUN" and rest not in STEPS:
            yield "Dockerfile: RUN %s is no ./dev step that CI runs" % rest
        if word == "COPY" and "--from=" not in rest:
            for source in [p for p in rest.split() if not p.startswith("--")][:-1]:
                if not os.path.exists(os.path.join(ROOT, source)):
                    yield "Dockerfile: nothing to copy at %s" % source
    last_stage = lines[max(i for i, l in enumerate(lines) if l.startswith("FROM ")):]
    for wanted in ('VOLUME ["/loki"]', "USER 10001:10001", 'ENTRYPOINT ["/usr/local/bin/narfid"]',
                   'CMD ["-config.file=/etc/loki/local-config.yaml"]'):
        if wanted not in last_stage:
            yield "Dockerfile: no " + wanted


def compose():
    text = text_of("docker/compose.yml")
    alias = re.search(r"aliases: \[loki\]", text)
    host = re.search(r"url: http://(\w+):3100/", text_of("config/samples/dyocense/promtail-config.yml"))
    if not alias or not host or host.group(1) != "loki":
        yield "compose.yml: the server is not reachable under the host name of the sample's URL"
    for wanted in ("/var/log/dyocense:/var/log/dyocense:ro", "loki-data:/loki", "./grafana/provisioning:"):
        if wanted not in text:
            yield "compose.yml: no %s" % wanted
    for source in re.findall(r"- (\.{1,2}/[^:\s]+):", text):
        if not os.path.exists(os.path.join(ROOT, "docker", source)):
            yield "compose.yml: nothing at %s" % source
    if "url: http://loki:3100" not in text_of("docker/grafana/provisioning/datasources/narfi.yml"):
        yield "Grafana's data source does not point at the server"


def verify_default_configuration():
    done = subprocess.run([os.path.join(BIN, "narfid"), "-config.file=" + os.path.join(ROOT, "docker/narfid.yml"),
                           "-verify-config"], capture_output=True, text=True, timeout=20, check=False)
    if done.returncode != 0:
        yield "docker/narfid.yml: " + done.stderr


def libraries(program):
    out = subprocess.run(["ldd", os.path.join(BIN, program)], capture_output=True, text=True, check=True).stdout
    return {os.path.realpath(m) for m in re.findall(r"=> (/\S+)", out)}


def owners(files):
    """The Debian packages that own the files; merged-/usr means a file may be known without its /usr."""
    found = set()
    for name in files:
        for path in (name, name.removeprefix("/usr")):
            out = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True, check=False).stdout
            if out:
                found.add(out.split(":")[0])
                break
        else:
            yield "no package owns %s" % name
    base = {"libc6", "libstdc++6", "libgcc-s1"}
    listed = set(" ".join(re.findall(r"^runtime: (.*)$", text_of("cmake/packages.txt"), re.M)).split())
    known = base | listed | dependencies(listed)
    for package in sorted(found - known):
        yield "cmake/packages.txt: the programs load %s, which no runtime package brings" % package


def dependencies(packages):
    """Everything that installing `packages` brings with it."""
    seen, todo = set(), list(packages)
    while todo:
        out = subprocess.run(["dpkg-query", "-W", "-f=${Depends},${Pre-Depends}\n", *todo], capture_output=True, text=True,
                             check=False).stdout
        names = {re.split(r"[ :(]", d.strip())[0] for d in re.split(r"[,|\n]", out) if d.strip()}
        todo = sorted(names - seen)
        seen |= names
    return seen


def main():
    found = [*dockerfile(), *compose(), *verify_default_configuration()]
    found += owners(set().union(*(libraries(p) for p in PROGRAMS)))
    found += [] if subprocess.run(["./dev", "deps", "runtime"], cwd=ROOT, check=False).returncode == 0 else ["./dev deps runtime"]
    print("\n".join(found) or "the container holds together")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
