#!/usr/bin/env python3
"""The narfi command line: outputs, flags and environment of logcli, exit statuses, no colour in a pipe."""
import contextlib
import json
import os
import pty
import socket
import ssl
import subprocess
import threading
import time

import harness
from harness import check, until

ESCAPE = "\x1b["


def fill(server, now):
    for number in range(40):
        level = ["info", "warn", "error"][number % 3]
        labels = {"job": "cli", "app": "a%d" % (number % 2)}
        line = '{"level":"%s","n":%d,"text":"line %d"}' % (level, number, number)
        check(server.push(labels, [(now - (40 - number) * 10**9, line)]).status == 204, "push")


def good(server, *arguments, **options):
    done = harness.narfi(*arguments, addr=server.url, **options)
    check(done.returncode == 0, "narfi %s" % (arguments,), done.stdout, done.stderr)
    check(ESCAPE not in done.stdout + done.stderr, "no colour in a pipe", done.stdout)
    return done.stdout


def bad(server, *arguments, status=None, word="", **options):
    done = harness.narfi(*arguments, addr=server.url, **options)
    check(done.returncode != 0 and (status is None or done.returncode == status), "narfi %s fails" % (arguments,),
          done.returncode, done.stdout, done.stderr)
    check(done.stdout == "" and word in done.stderr, "the error is on stderr and says %r" % word, done.stdout, done.stderr)


def outputs(server):
    query = '{job="cli"} | json | n > 29'
    raw = good(server, "query", query, "-o", "raw").splitlines()
    check([json.loads(l)["n"] for l in raw] == list(range(39, 29, -1)), "raw: newest first", raw)
    forward = good(server, "query", query, "-o", "raw", "--forward").splitlines()
    check(forward == raw[::-1], "--forward turns it round", forward)
    rows = [json.loads(l) for l in good(server, "query", query, "-o", "jsonl").splitlines()]
    check([r["line"] for r in rows] == raw and all("timestamp" in r and "labels" in r for r in rows), "jsonl", rows[:2])
    default = good(server, "query", query).splitlines()
    check(len(default) == 10 and all(a.endswith(b) for a, b in zip(default, raw)), "default: time, labels, line", default)
    check(len(good(server, "query", '{job="cli"}', "-o", "raw").splitlines()) == 30, "30 lines unless asked for more")
    check(len(good(server, "query", '{job="cli"}', "-o", "raw", "--limit", "100").splitlines()) == 40, "--limit")


def times(server, now):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now // 10**9 - 20))
    late = good(server, "query", '{job="cli"}', "-o", "raw", "--from", stamp, "--limit", "100").splitlines()
    check(18 <= len(late) <= 21, "--from", len(late))
    early = good(server, "query", '{job="cli"}', "-o", "raw", "--since", "1h", "--to", stamp, "--limit", "100").splitlines()
    check(len(early) + len(late) == 40 and not set(early) & set(late), "--to ends where --from begins", len(early))
    check(good(server, "query", '{job="cli"}', "-o", "raw", "--since", "1s", "--to", stamp).count("\n") <= 2, "--since")


def names(server):
    check({"app", "job"} <= set(good(server, "labels").split()), "labels")
    check(sorted(good(server, "labels", "app").split()) == ["a0", "a1"], "labels app")
    series = good(server, "series", '{job="cli"}')
    check(series.count("\n") == 2 and 'app="a0"' in series, "series", series)
    check("a0" in good(server, "query", 'sum by (app) (count_over_time({job="cli"}[1h]))'), "a metric query")


def statuses(server):
    bad(server, "query", '{job="cli"', word="parse error")
    bad(server, "query", '{job="cli"}', "-o", "nonsense", word="nonsense")
    bad(server, "nonsense")
    bad(server, "query")
    nobody = harness.narfi("query", '{job="cli"}', addr="http://127.0.0.1:%d" % harness.free_port())
    check(nobody.returncode != 0 and "127.0.0.1" in nobody.stderr, "nobody listens", nobody.returncode, nobody.stderr)
    check(harness.narfi("--help").returncode == 0 and "query" in harness.narfi("--help").stdout, "--help")
    check(good(server, "query", '{job="nothing"}', "-o", "raw") == "", "no match is no error")
    other = harness.narfi("query", '{job="cli"}', "-o", "raw", env={"LOKI_ADDR": server.url})
    check(other.stdout.count("\n") == 30, "LOKI_ADDR", other.stderr)


def full_disk(server):
    for command in (["query", '{job="cli"}'], ["instant-query", 'count_over_time({job="cli"}[1h])'],
                    ["explain", '{job="cli"}'], ["labels"], ["series", "{}"], ["version"], ["--help"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.program("narfi"), *command], stdout=full, stderr=subprocess.PIPE, text=True,
                                  stdin=subprocess.DEVNULL, env={**os.environ, "LOKI_ADDR": server.url}, check=False)
        check(done.returncode == 1 and "No space left" in done.stderr, "%s into a full disk" % command, done.stderr)


def terminal(server):
    """On a terminal there is colour, unless NO_COLOR says otherwise."""
    def shown(extra):
        main, side = pty.openpty()
        environment = {**os.environ, "LOKI_ADDR": server.url, "TERM": "xterm", **extra}
        environment.pop("CI", None)
        with subprocess.Popen([harness.program("narfi"), "query", '{job="cli"} |= "error"', "--limit", "3"],
                              stdout=side, stdin=subprocess.DEVNULL, env=environment) as child:
            os.close(side)
            text = b""
            while True:
                try:
                    piece = os.read(main, 65536)
                except OSError:  # the terminal's end: the child has left
                    break
                if not piece:
                    break
                text += piece
        os.close(main)
        check(child.returncode == 0, "narfi on a terminal", text)
        return text.decode()

    check(ESCAPE in shown({}), "colour on a terminal")
    check(ESCAPE not in shown({"NO_COLOR": "1"}), "none with NO_COLOR")


def wait_followed(server, child):
    """Until `child` follows by WebSocket; a child that does not is ended, so that nobody waits for it."""
    try:
        until(lambda: "loki_querier_tail_active 1" in server.get("/metrics").text, 10, "it follows by WebSocket")
    except AssertionError:
        child.kill()
        raise


def tail(server):
    """What is written after it started is shown: at once, and also when the server was away meanwhile."""
    for command in (["query", "--tail"], ["tail"]):
        job = command[0]
        with subprocess.Popen([harness.program("narfi"), *command, '{job="%s"}' % job, "-o", "raw", "--addr", server.url],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as child:
            check(server.push({"job": job}, [(time.time_ns(), "first")]).status == 204, "push")
            check(child.stdout.readline() == "first\n", "the first line")
            wait_followed(server, child)
            for number in range(20):
                check(server.push({"job": job}, [(time.time_ns(), "line %d" % number)]).status == 204, "push")
            shown = [child.stdout.readline() for _ in range(20)]
            check(shown == ["line %d\n" % n for n in range(20)], "every line, once", shown)
            server.kill()
            server.start()
            check(server.push({"job": job}, [(time.time_ns(), "after the restart")]).status == 204, "push")
            check(child.stdout.readline() == "after the restart\n", "it goes on")
            child.terminate()
            child.communicate(timeout=10)
            until(lambda: "loki_querier_tail_active 1" not in server.get("/metrics").text, 10, "and is gone")


def pump(source, sink):
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    for side in (source, sink):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)


def tls_in_front(server, certificate, key):
    """A port that speaks TLS and hands on to the server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:  # closed: the end
                return
            try:
                outer = context.wrap_socket(plain, server_side=True)
            except OSError:  # a client that does not trust us
                plain.close()
                continue
            inner = socket.create_connection(("127.0.0.1", server.port))
            for ends in ((outer, inner), (inner, outer)):
                threading.Thread(target=pump, args=ends, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener


def tail_over_tls(server, folder):
    """Followed by WebSocket through TLS, with a certificate that is checked."""
    certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=narfid",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    with tls_in_front(server, certificate, key) as listener:
        address = "https://127.0.0.1:%d" % listener.getsockname()[1]
        with subprocess.Popen([harness.program("narfi"), "tail", '{job="tls"}', "-o", "raw", "--addr", address,
                               "--ca-cert", certificate], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, text=True) as child:
            wait_followed(server, child)
            check(server.push({"job": "tls"}, [(time.time_ns(), "safe and sound")]).status == 204, "push")
            check(child.stdout.readline() == "safe and sound\n", "the line")
            child.terminate()
            child.communicate(timeout=10)
        refused = harness.narfi("tail", '{job="tls"}', addr=address)
        check(refused.returncode == 3, "no certificate, no answer", refused.stderr)


def main():
    now = time.time_ns()
    with harness.folder() as folder, harness.Narfid(folder) as server:
        fill(server, now)
        outputs(server)
        times(server, now)
        names(server)
        statuses(server)
        full_disk(server)
        terminal(server)
        tail(server)
        tail_over_tls(server, folder)


if __name__ == "__main__":
    main()
