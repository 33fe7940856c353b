#!/usr/bin/env python3
"""Configuration of the two daemons from the outside: the users' files are accepted as they are,
unknown keys are errors with a place, and what is printed loads back."""
import os
import subprocess

import harness
from harness import check

SEED = {"narfid": "loki-config.yml", "narfi-shipper": "promtail-config.yml"}


def run(name, *arguments, env=None):
    return subprocess.run([harness.program(name), *arguments], capture_output=True, text=True, timeout=20, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})


def good(name, *arguments, env=None):
    done = run(name, *arguments, env=env)
    check(done.returncode == 0, "%s %s" % (name, arguments), done.stdout, done.stderr)
    return done


def bad(name, *arguments, words=()):
    done = run(name, *arguments)
    check(done.returncode > 0, "%s %s fails" % (name, arguments), done.stdout, done.stderr)
    for word in words:
        check(word in done.stderr, "%s %s: the error says %r" % (name, arguments, word), done.stderr)


def users_files():
    for name, file in SEED.items():
        path = os.path.join(harness.SAMPLES, file)
        for dash in ("-", "--"):
            good(name, dash + "config.file=" + path, dash + "verify-config")
        good(name, "-config.file", path, "-verify-config")
    said = good("narfid", "-config.file=" + os.path.join(harness.SAMPLES, SEED["narfid"]), "-verify-config").stderr
    check(said.count("enforce_metric_name") == 1, "a key without meaning: one warning", said)


def round_trip(folder):
    for name, file in SEED.items():
        first = good(name, "-config.file=" + os.path.join(harness.SAMPLES, file), "-print-config").stdout
        path = os.path.join(folder, name + ".yml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(first)
        again = good(name, "-config.file=" + path, "-print-config")
        check(again.stdout == first, "%s: what is printed loads back to the same" % name, first, again.stdout)
        good(name, "-config.file=" + path, "-verify-config")


def mistakes(folder):
    path = os.path.join(folder, "typo.yml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("auth_enabled: false\nserver:\n  http_listen_prot: 3100\n")
    bad("narfid", "-config.file=" + path, "-verify-config", words=["typo.yml:3:3", "http_listen_prot", "http_listen_port"])
    with open(path, "w", encoding="utf-8") as f:
        f.write("positions:\n  filename: /tmp/p\nclients:\n  - uri: http://x/\n")
    bad("narfi-shipper", "-config.file=" + path, "-verify-config", words=["typo.yml:4:5", "uri", "url"])
    with open(path, "w", encoding="utf-8") as f:
        f.write("server: [\n")
    bad("narfid", "-config.file=" + path, "-verify-config", words=["typo.yml:"])
    bad("narfid", "-config.file=" + folder + "/none.yml", words=["none.yml"])
    bad("narfid", "-server.http-listen-prot=1", words=["http-listen-port"])
    bad("narfid", "-server.http-listen-port=many", words=["many"])


def flags_and_environment(folder):
    path = os.path.join(folder, "env.yml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("server:\n  http_listen_port: ${NARFI_PORT:4711}\n")
    printed = good("narfid", "-config.file=" + path, "-config.expand-env", "-print-config").stdout
    check("http_listen_port: 4711" in printed, "the default of a variable", printed)
    printed = good("narfid", "-config.file=" + path, "-config.expand-env", "-print-config", env={"NARFI_PORT": "4712"}).stdout
    check("http_listen_port: 4712" in printed, "a variable", printed)
    printed = good("narfid", "-config.file=" + path, "-config.expand-env", "-server.http-listen-port=4713", "-print-config").stdout
    check("http_listen_port: 4713" in printed, "a flag is stronger than the file", printed)
    for name in SEED:
        check("0." in good(name, "-version").stdout, "%s -version" % name)
        check("-config.file" in "".join((good(name, "-help").stdout, good(name, "-help").stderr)), "%s -help" % name)


def storage_root(folder):
    """The users' file names /loki/chunks: the data belong to /loki/narfi; -storage.path is stronger."""
    with harness.Narfid(folder, os.path.join(harness.SAMPLES, SEED["narfid"])) as server:
        check(os.path.isdir(server.data) and server.data in server.log_text(), "one log line names the root", server.log_text())


def main():
    with harness.folder() as folder:
        users_files()
        round_trip(folder)
        mistakes(folder)
        flags_and_environment(folder)
        storage_root(folder)


if __name__ == "__main__":
    main()
