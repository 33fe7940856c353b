"""Well-formed pushes in every form that narfid takes, for mixed_load.py. A push has lines with numbers,
`#17#`, that no other push has, in streams whose `service_name` is the mark of the round."""
import base64
import contextlib
import gzip
import json
import time
import zlib

import harness
from grpc_client import EXPORT, PUSH

LINES = 25  # of a push, at most


def line_of(rng, number):
    """One of what applications write: JSON, logfmt or text; now and then a long one."""
    text = "z" * rng.choice([0, 10, 60, 150, 150, 3000])
    kind = rng.randrange(3)
    if kind == 0:
        return json.dumps({"level": rng.choice(["info", "warn", "error"]), "n": "#%d#" % number, "status": rng.choice([200, 404, 503]),
                           "trace_id": "%032x" % rng.getrandbits(128), "http": {"took": "%dms" % rng.randrange(900)}, "text": text})
    if kind == 1:
        return 'level=%s n=#%d# took=%dms path="/api/%d" text=%s' % (
            rng.choice(["info", "error"]), number, rng.randrange(900), rng.randrange(50), text)
    return "user %d asked for #%d# from 10.0.%d.%d %s" % (
        rng.randrange(100), number, rng.randrange(256), rng.randrange(256), text)


def entries_of(rng, numbers):
    now = time.time_ns()
    times = sorted(now - rng.randrange(60 * 10**9) for _ in numbers)
    return [(at, line_of(rng, number), {"trace": "%016x" % rng.getrandbits(64)} if rng.random() < 0.3 else {})
            for at, number in zip(times, numbers)]


def rfc3339(time_ns):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_ns // 10**9)) + ".%09dZ" % (time_ns % 10**9)


def labels_of(rng, mark, form):
    return {"app": mark, "form": form, "host": "h%d" % rng.randrange(3)}


def loki_json(rng, mark, entries):
    values = [[str(at), line, *([metadata] if metadata else [])] for at, line, metadata in entries]
    return {"streams": [{"stream": labels_of(rng, mark, "json"), "values": values}]}


def old_json(rng, mark, entries):
    labels = "{" + ", ".join('%s="%s"' % pair for pair in labels_of(rng, mark, "old").items()) + "}"
    return {"streams": [{"labels": labels, "entries": [{"ts": rfc3339(at), "line": line} for at, line, _ in entries]}]}


def protobuf(rng, mark, entries):
    return harness.push_request([(labels_of(rng, mark, "protobuf"), entries)])


def otlp_json(rng, mark, entries):
    def attribute(key, value):
        return {"key": key, "value": {"stringValue": value}}

    records = [{"timeUnixNano": str(at), "severityText": rng.choice(["INFO", "WARN"]), "body": {"stringValue": line},
                "attributes": [attribute(*pair) for pair in metadata.items()]} for at, line, metadata in entries]
    return {"resourceLogs": [{"resource": {"attributes": [attribute("service.name", mark), attribute("host.name", "h1")]},
                              "scopeLogs": [{"scope": {"name": "orders"}, "logRecords": records}]}]}


def otlp_protobuf(_, mark, entries):
    def attribute(key, value):
        return harness.field(1, key) + harness.field(2, harness.field(1, value))

    records = b""
    for at, line, metadata in entries:
        record = bytes([1 << 3 | 1]) + at.to_bytes(8, "little") + harness.field(5, harness.field(1, line))
        record += b"".join(harness.field(6, attribute(*pair)) for pair in metadata.items())
        records += harness.field(2, record)
    resource = harness.field(1, attribute("service.name", mark))
    return harness.field(1, harness.field(1, resource) + harness.field(2, records))


def bulk(rng, mark, entries):
    action = json.dumps({rng.choice(["index", "create"]): {"_index": "docs"}})
    documents = [json.dumps({"@timestamp": rfc3339(at), "message": line, "service": {"name": mark}, **metadata})
                 for at, line, metadata in entries]
    return "".join("%s\n%s\n" % (action, document) for document in documents).encode()


def text(_, __, entries):
    return "".join(line + "\n" for _, line, _ in entries).encode()


# form: (path, content type, body of (rng, mark, entries), what packs it)
HTTP_FORMS = {
    "json": ("/loki/api/v1/push", "application/json", loki_json, "any"),
    "old json": ("/api/prom/push", "application/json", old_json, "any"),
    "protobuf": ("/loki/api/v1/push", "application/x-protobuf", protobuf, "snappy"),
    "OTLP JSON": ("/otlp/v1/logs", "application/json", otlp_json, "any"),
    "OTLP": ("/v1/logs", "application/x-protobuf", otlp_protobuf, "any"),
    "_bulk": ("/elasticsearch/_bulk", "application/x-ndjson", bulk, "any"),
    "lines": ("/api/v1/lines?labels=app=%s,form=lines", "text/plain", text, "any"),
}
GRPC_FORMS = {"gRPC Push": (PUSH, protobuf), "gRPC Export": (EXPORT, otlp_protobuf)}


def packed(rng, body, how):
    """The body as it travels, and the headers that say how."""
    if how == "snappy":
        return harness.snappy(body), {}
    choice = rng.choice(["plain", "plain", "gzip", "deflate"])
    if choice == "gzip":
        return gzip.compress(body, 1), {"Content-Encoding": "gzip"}
    if choice == "deflate":
        deflate = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        return deflate.compress(body) + deflate.flush(), {"Content-Encoding": "deflate"}
    return body, {}


def http_push(rng, form, mark, numbers, tenant):
    """(path, body, headers) of one push over HTTP."""
    path, content_type, body_of, how = HTTP_FORMS[form]
    body = body_of(rng, mark, entries_of(rng, numbers))
    body, headers = packed(rng, body if isinstance(body, bytes) else json.dumps(body).encode(), how)
    return (path % mark if "%" in path else path), body, \
        {"Content-Type": content_type, "X-Scope-OrgID": tenant, **headers}


def http_taken(form, answer):
    """Whether every line of it was taken; None: the server was too busy to say."""
    if answer.status in (429, 503):
        return None
    if form == "_bulk":
        return answer.status == 200 and not answer.json()["errors"]
    if form == "lines":
        return answer.status == 200 and answer.json()["lines"] == answer.json()["accepted"]
    return answer.status == 204


def in_pieces(rng, body):
    """For http.client to send chunked."""
    while body:
        size = rng.randrange(1, 4000)
        yield body[:size]
        body = body[size:]


def push_http(load, rng, numbers, mark, tenant):
    """Sends one; (form, whether it was taken)."""
    form = rng.choice(list(HTTP_FORMS))
    path, body, headers = http_push(rng, form, mark, numbers, tenant)
    answer = load.request("POST", path, in_pieces(rng, body) if rng.random() < 0.2 else body, headers)
    return form, http_taken(form, answer), answer


def push_grpc(load, rng, numbers, mark, tenant):
    form = rng.choice(list(GRPC_FORMS))
    method, body_of = GRPC_FORMS[form]
    message = base64.b64encode(body_of(rng, mark, entries_of(rng, numbers))).decode()
    answer = load.grpc(task="raw", method=method, bytes=message, tenant=tenant, gzip=rng.random() < 0.3)
    busy = answer["code"] in (14, 429, 503, 8)
    return form, None if busy else answer["code"] == 0, answer


class Tally:
    """What was pushed, by tenant and mark: the numbers of pushes that were taken, and those nobody knows of."""

    def __init__(self, lock):
        self.lock, self.next, self.taken, self.unsure = lock, 1, {}, {}

    def numbers(self, count):
        with self.lock:
            self.next += count
            return list(range(self.next - count, self.next))

    @contextlib.contextmanager
    def push(self, tenant, mark, numbers):
        """Holds a push as unsure until .append(True) says that it was taken."""
        said = []
        try:
            yield said
        finally:
            with self.lock:
                where = self.taken if said and said[0] else self.unsure
                where.setdefault((tenant, mark), []).append(numbers)

    def count(self):
        with self.lock:
            return sum(len(numbers) for pushes in self.taken.values() for numbers in pushes)

    def problem(self, tenant, mark, found):
        """What is wrong with the numbers that were found; None when nothing is."""
        with self.lock:
            taken = {n for numbers in self.taken.get((tenant, mark), []) for n in numbers}
            unsure = [set(numbers) for numbers in self.unsure.get((tenant, mark), [])]
        there = set(found)
        if len(there) != len(found):
            return "%d lines are there twice" % (len(found) - len(there))
        if taken - there:
            return "%d lines are missing: %s" % (len(taken - there), sorted(taken - there)[:20])
        for numbers in unsure:
            if numbers & there and numbers - there:
                return "a push without an answer is there in part: %s" % sorted(numbers)
            taken |= numbers
        return "%d lines nobody pushed: %s" % (len(there - taken), sorted(there - taken)[:20]) if there - taken else None
