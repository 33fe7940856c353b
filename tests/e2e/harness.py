"""What the end-to-end tests share: the real programs on free ports and temporary folders, pushing,
asking, and waiting for a condition. Python's standard library only.

    with harness.folder() as root, harness.Narfid(root) as server:
        server.push({"app": "web"}, [(time.time_ns(), "a line")])
        server.lines('{app="web"}')
"""
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BIN = os.environ.get("NARFI_BIN", os.path.join(ROOT, "build/release/bin"))
CLIENTS = os.environ.get("NARFI_CLIENTS", os.path.join(BIN, "..", "clients"))
SAMPLES = os.path.join(ROOT, "config/samples/dyocense")
HOUR_NS = 3600 * 10**9
STOP_SECONDS = 30


def program(name):
    return os.path.join(BIN, name)


def check(condition, text, *details):
    """Ends the test unless `condition` holds."""
    if not condition:
        raise AssertionError(text + "".join("\n  " + str(d)[:2000] for d in details))


def until(condition, seconds, what, every=0.02):
    """Polls until condition() is true and returns its value; ends the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < deadline, "after %g s still not: %s" % (seconds, what))
        time.sleep(every)


GIVEN_PORTS = set()


def free_port():
    """A port that nobody listens on now, and another one each time."""
    while True:
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        if port not in GIVEN_PORTS:
            GIVEN_PORTS.add(port)
            return port


@contextlib.contextmanager
def folder():
    """A temporary folder that a failing test leaves behind, and names."""
    path = tempfile.mkdtemp(prefix="narfi-e2e-")
    try:
        yield path
    except BaseException:
        print("left behind:", path, file=sys.stderr)
        raise
    shutil.rmtree(path)


def report(text):
    """A line worth reading even when all is well; `./dev test` shows it at the end."""
    print(text)
    if os.environ.get("NARFI_REPORT"):
        with open(os.environ["NARFI_REPORT"], "a", encoding="utf-8") as f:
            f.write(text + "\n")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "%d %s" % (self.status, self.text[:500])


def request(port, method, path, body=None, headers=None, timeout=60):
    """One request on a connection of its own. OSError and HTTPException when there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before all of it was
            connection.request(method, path, body=body, headers=headers or {})  # sent: the answer is there to read
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class Daemon:
    """A running program with an HTTP port. Its log is appended to `log`."""

    def __init__(self, name, arguments, log, wait=True):
        self.name, self.log = name, log
        self.arguments = [program(name), *arguments]
        self.process = None
        self.start(wait)

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            cwd=os.path.dirname(self.log))
        if wait:
            self.wait_ready()

    def ready(self):
        check(self.process.poll() is None, "%s ended, status %s" % (self.name, self.process.poll()), self.log_text())
        try:
            return request(self.port, "GET", "/ready", timeout=5).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def wait_ready(self, seconds=30):
        until(self.ready, seconds, "%s is ready" % self.name)

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        """kill -9"""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("%s did not stop within %d s of SIGTERM" % (self.name, STOP_SECONDS))

    def peak_memory_mb(self):
        return self.memory_mb("VmHWM")

    def memory_mb(self, kind="VmRSS"):
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(kind)) / 1024

    def open_files(self):
        return len(os.listdir("/proc/%d/fd" % self.process.pid))

    def get(self, path, headers=None, **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True)
        return request(self.port, "GET", path + ("?" + query if query else ""), headers=headers)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print("-- end of %s's log\n%s" % (self.name, self.log_text()[-3000:]), file=sys.stderr)
            if self.alive():
                self.kill()
        elif self.alive():
            check(self.stop() == 0, "%s stopped with a bad status" % self.name, self.log_text()[-2000:])


class Narfid(Daemon):
    """narfid with its data in <folder>/data; `config` is a file, `flags` come after it."""

    def __init__(self, folder_path, config=None, flags=(), port=None, wait=True, data=None):
        self.port = port or free_port()
        self.grpc_port = free_port()
        self.data = data or os.path.join(folder_path, "data")
        arguments = ["-config.file=" + config] if config else []
        arguments += ["-server.http-listen-address=127.0.0.1", "-server.http-listen-port=%d" % self.port,
                      "-server.grpc-listen-address=127.0.0.1", "-server.grpc-listen-port=%d" % self.grpc_port,
                      "-storage.path=" + self.data, *flags]
        super().__init__("narfid", arguments, os.path.join(folder_path, "narfid.log"), wait)

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.port

    def push(self, labels, entries, tenant=None, timeout=60):
        """Entries are (time ns, line) or (time ns, line, metadata); snappy protobuf. Returns the Answer."""
        headers = {"Content-Type": "application/x-protobuf"}
        if tenant:
            headers["X-Scope-OrgID"] = tenant
        body = snappy(push_request([(labels, entries)]))
        return request(self.port, "POST", "/loki/api/v1/push", body, headers, timeout)

    def push_json(self, labels, entries, timeout=60):
        values = [[str(e[0]), *e[1:]] for e in entries]
        body = json.dumps({"streams": [{"stream": labels, "values": values}]})
        return request(self.port, "POST", "/loki/api/v1/push", body, {"Content-Type": "application/json"}, timeout)

    def flush(self):
        answer = request(self.port, "POST", "/flush")
        check(answer.status in (200, 204), "POST /flush", answer)

    def query_range(self, query, start=None, end=None, limit=5000, direction="forward", **more):
        now = time.time_ns()
        return self.get("/loki/api/v1/query_range", query=query, start=start or now - HOUR_NS, end=end or now + HOUR_NS,
                        limit=limit, direction=direction, **more)

    def entries(self, query, **options):
        """[(time ns, line, labels)] of a log query, by time."""
        answer = self.query_range(query, **options)
        check(answer.status == 200, "query_range %s" % query, answer)
        found = [(int(v[0]), v[1], s["stream"]) for s in answer.json()["data"]["result"] for v in s["values"]]
        return sorted(found, key=lambda e: (e[0], e[1]))

    def lines(self, query, **options):
        return [line for _, line, _ in self.entries(query, **options)]

    def value(self, query, at=None):
        """The one number of an instant metric query; 0 when there is no series."""
        answer = self.get("/loki/api/v1/query", query=query, time=at or time.time_ns())
        check(answer.status == 200, "query %s" % query, answer)
        result = answer.json()["data"]["result"]
        check(len(result) <= 1, "one series", result)
        return float(result[0]["value"][1]) if result else 0.0


class Shipper(Daemon):
    """narfi-shipper on a configuration file of its own, or of the samples with flags."""

    def __init__(self, folder_path, config, flags=(), wait=True):
        self.port = free_port()
        arguments = ["-config.file=" + config, "-server.http-listen-address=127.0.0.1",
                     "-server.http-listen-port=%d" % self.port, *flags]
        super().__init__("narfi-shipper", arguments, os.path.join(folder_path, "shipper.log"), wait)


def narfi(*arguments, addr=None, env=None, timeout=60):
    """Runs the command line; the result has returncode, stdout and stderr as text."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LOKI_")}
    if addr:
        environment["LOKI_ADDR"] = addr
    environment.update(env or {})
    return subprocess.run([program("narfi"), *arguments], capture_output=True, text=True, timeout=timeout,
                          env=environment, stdin=subprocess.DEVNULL, check=False)


def client_script(script):
    """Puts a script of tests/clients where its packages are installed; that folder. At once: another test may be reading it."""
    copy = os.path.join(CLIENTS, "%s.%d" % (script, os.getpid()))
    shutil.copy(os.path.join(ROOT, "tests/clients", script), copy)
    os.replace(copy, os.path.join(CLIENTS, script))
    return CLIENTS


def client(script, *arguments):
    """Runs a script of tests/clients to its end; what it printed."""
    done = subprocess.run(["node", script, *arguments], cwd=client_script(script), capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL, check=False)
    check(done.returncode == 0, "node %s %s" % (script, " ".join(arguments)), done.stdout, done.stderr)
    return done.stdout


# The push body as bytes: just enough protobuf and snappy, so that no test depends on our own writers.


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, payload):
    if isinstance(payload, int):
        return varint(number << 3) + varint(payload)
    data = payload.encode() if isinstance(payload, str) else payload
    return varint(number << 3 | 2) + varint(len(data)) + data


def push_request(streams):
    """logproto.PushRequest of [(labels as dict or text, entries)]."""
    out = []
    for labels, entries in streams:
        text = labels if isinstance(labels, str) else \
            "{" + ", ".join("%s=%s" % (k, json.dumps(v)) for k, v in sorted(labels.items())) + "}"
        body = [field(1, text)]
        for time_ns, line, *metadata in entries:
            entry = field(1, field(1, time_ns // 10**9) + field(2, time_ns % 10**9)) + field(2, line)
            for name, value in (metadata[0] if metadata else {}).items():
                entry += field(3, field(1, name) + field(2, value))
            body.append(field(2, entry))
        out.append(field(1, b"".join(body)))
    return b"".join(out)


def snappy(data):
    """Snappy's block format with nothing compressed."""
    out = varint(len(data))
    for at in range(0, len(data), 1 << 24):
        piece = data[at:at + (1 << 24)]
        out += bytes([63 << 2]) + struct.pack("<I", len(piece) - 1) + piece
    return out
