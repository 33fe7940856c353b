"""Well-formed questions to every endpoint, for mixed_load.py, and tails that end in every way."""
import base64
import contextlib
import json
import os
import re
import socket
import struct
import time
import urllib.parse

import harness
from harness import check

LOG_QUERIES = [
    '{service_name=~"round.*"}', '{service_name=~"round.*"} |= "error"', '{form="json"} | json | status >= 500',
    '{service_name="%(mark)s"} |~ "user [0-9]+7 " != "404"', '{app=~".+"} | json | level="error" | line_format "{{.n}} {{.trace_id}}"',
    '{service_name="%(mark)s"} | logfmt | took > 500ms | label_format big=took', '{form="protobuf"} |= "#%(number)d#"',
    '{service_name="%(mark)s"} | pattern "user <who> asked for <_> from <addr> <_>" | addr=ip("10.0.0.0/17")',
    '{form=~"json|old"} | json took="http.took" | unpack | decolorize | drop text', '{service_name=~"round.*"} |= `zzz` | trace!=""',
    '{index="docs"} | json | message=~".*level.*"',
]
METRIC_QUERIES = [
    'sum(count_over_time({service_name=~"round.*"}[1m]))', 'sum by (form) (rate({service_name="%(mark)s"} |= "error" [30s]))',
    'topk(3, sum by (host) (bytes_over_time({form=~".+"}[2m])))', 'quantile_over_time(0.9, {form="json"} | json | unwrap status [1m]) by (level)',
    'avg by (path) (avg_over_time({form="protobuf"} | logfmt | unwrap duration(took) [1m]))', 'absent_over_time({service_name="%(mark)s"}[1m])',
    'sum(rate({form="json"}[1m])) / sum(rate({service_name=~".+"}[1m])) * 100', 'sum by (level, host) (count_over_time({form="old"} | json | __error__="" [1m])) > 2',
    'max_over_time({form="json"} | json | unwrap duration(http_took) | __error__="" [1m] offset 10s) by (host)',
]
PROTO = os.path.join(harness.ROOT, "proto/logproto.proto")
MATCH = '{service_name=~"round.*"}'
SELECTORS = [MATCH, '{service_name="%(mark)s"}', '{form!=""}', '{host="h1", form=~"json|old"}']


def about(rng, queries, load):
    return rng.choice(queries) % {"mark": load.mark, "number": rng.randrange(load.tally.next)}


def window(rng):
    now = time.time_ns()
    start = now - rng.randrange(1, 15 * 60) * 10**9
    return {"start": start, "end": min(now, start + rng.randrange(1, 15 * 60) * 10**9) + 10**9}


def query_range(rng, load):
    if rng.random() < 0.5:
        return "query_range", {"query": about(rng, METRIC_QUERIES, load), "step": rng.choice(["5s", "15s", "1m", "7.5"]), **window(rng)}
    limit = rng.choice([1, 20, 100, 1000, 5000, 12000])  # the last one is streamed
    return "query_range", {"query": about(rng, LOG_QUERIES, load), "limit": limit,
                           "direction": rng.choice(["forward", "backward"]), **window(rng)}


def query(rng, load):
    return "query", {"query": about(rng, METRIC_QUERIES, load)}


def labels(rng, load):
    path = rng.choice(["labels", "label", "label/form/values", "label/service_name/values"])
    return path, {**window(rng), **({"query": about(rng, SELECTORS, load)} if rng.random() < 0.5 else {})}


def series(rng, load):
    return "series", {"match[]": [about(rng, SELECTORS, load) for _ in range(rng.randrange(1, 4))], **window(rng)}


def index(rng, load):
    path = rng.choice(["index/stats", "index/volume", "index/volume_range", "index/shards"])
    more = {"index/volume": {"targetLabels": "form"}, "index/volume_range": {"step": "1m"},
            "index/shards": {"targetBytesPerShard": "600MB"}}.get(path, {})
    return path, {"query": about(rng, SELECTORS, load), **more, **window(rng)}


def detected(rng, load):
    path = rng.choice(["detected_labels", "detected_fields", "detected_field/status/values", "patterns"])
    return path, {"query": about(rng, SELECTORS, load), **window(rng)}


def text_only(rng, load):
    path = rng.choice(["format_query", "explain"])
    return path, {"query": about(rng, LOG_QUERIES + METRIC_QUERIES, load)}


def before_version_1(rng, load):
    path = rng.choice(["query", "label", "label/form/values", "series"])
    more = {"query": {"query": about(rng, SELECTORS, load), "regexp": "err.r"}, "series": {"match[]": MATCH}}.get(path, {})
    return "/api/prom/" + path, {**more, **window(rng)}


def the_server(rng, _):
    return rng.choice(["/ready", "/metrics", "/config", "/services", "/log_level", "/loki/api/v1/status/buildinfo",
                       "/loki/api/v1/drilldown-limits", "/config/tenant/v1/limits", "/elasticsearch", "/_license"]), {}


QUESTIONS = [query_range, query_range, query_range, query, query, labels, series, index, detected, text_only,
             before_version_1, the_server]


def question(rng, load):
    """(path, parameters) of any endpoint for reading."""
    path, parameters = rng.choice(QUESTIONS)(rng, load)
    return (path if path.startswith("/") else "/loki/api/v1/" + path), parameters


def ask(load, rng):
    """One question, as GET or as a form; what is wrong with the answer, or None."""
    path, parameters = question(rng, load)
    headers = {"X-Scope-OrgID": rng.choice(load.tenants)}
    if rng.random() < 0.3:
        headers["Accept-Encoding"] = "gzip"
    if rng.random() < 0.3:
        headers["X-Loki-Response-Encoding-Flags"] = "categorize-labels"
    text = urllib.parse.urlencode(parameters, doseq=True)
    if parameters and rng.random() < 0.3:
        answer = load.request("POST", path, text, {**headers, "Content-Type": "application/x-www-form-urlencoded"})
    else:
        answer = load.request("GET", path + ("?" + text if text else ""), None, headers)
    return None if answer.status in (200, 429) else "%s?%s: %r" % (path, text, answer)


def export(load, rng):
    """An export, stopped by a limit and gone on with by its cursor, or broken off by the client."""
    parameters = {"query": about(rng, LOG_QUERIES, load), "limit": rng.choice([5, 500, 20000]), **window(rng)}
    tenant = {"X-Scope-OrgID": rng.choice(load.tenants)}
    for _ in range(2):
        path = "/loki/api/v1/export?" + urllib.parse.urlencode(parameters)
        if rng.random() < 0.2:
            drop(load, ("GET %s HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: %s\r\n\r\n" % (path, tenant["X-Scope-OrgID"])).encode())
            return None
        answer = load.request("GET", path, None, tenant)
        if answer.status == 429:
            return None
        said = [json.loads(line) for line in answer.text.splitlines()] if answer.status == 200 else []
        if not said or not said[-1].get("end") or said[-1]["lines"] != len(said) - 1:
            return "%s: %d %s" % (path, answer.status, answer.text[-300:])
        if len(said) == 1:
            break
        parameters["cursor"] = said[-2]["cursor"]
    return None


def drop(load, head):
    """Asks, takes some of the answer, and resets the connection."""
    with socket.create_connection(("127.0.0.1", load.server.port), 30) as s:
        s.sendall(head)
        s.recv(1000)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def grpc_question(load, rng):
    times = {name: str(value) for name, value in window(rng).items()}
    tenant = rng.choice(load.tenants)
    ms = {"from": str(int(times["start"]) // 10**6), "through": str(int(times["end"]) // 10**6)}
    task = rng.choice([
        {"task": "query", "selector": about(rng, LOG_QUERIES, load), "limit": rng.choice([1, 100, 2000]),
         "backward": rng.random() < 0.5, **times},
        {"task": "label", "name": "form", **times}, {"task": "label", **times},
        {"task": "series", "groups": [about(rng, SELECTORS, load)], **times},
        {"task": "ours", "proto": PROTO, "method": "GetStats", "request": {**ms, "matchers": MATCH}},
        {"task": "ours", "proto": PROTO, "method": "GetVolume", "request": {**ms, "matchers": MATCH, "limit": 10}},
        {"task": "ours", "proto": PROTO, "method": "TailersCount", "request": {}}])
    answer = load.grpc(tenant=tenant, **task)
    return None if answer["code"] in (0, 429) else "%s: %s" % (task, answer)


def grpc_tail(load, rng):
    """Reads a tail for some entries, then cancels it, or stops reading and keeps it for a while."""
    request = {"query": MATCH, "limit": rng.choice([1, 100, 1000]), "delayFor": rng.choice([0, 0, 1])}
    number = load.ask_grpc(task="tail", proto=PROTO, request=request, tenant=rng.choice(load.tenants))["number"]
    answer = load.ask_grpc(task="tailed", number=number, count=rng.randrange(1, 20), ms=3000)
    end = answer["end"]
    if rng.random() < 0.3:
        load.ask_grpc(task="stall", number=number)
    load.grpc_tails.append(number)
    while len(load.grpc_tails) > rng.choice([0, 3, 6]):
        load.ask_grpc(task="forget", number=load.grpc_tails.pop(0))
    if end is None:
        lines = [entry["line"] for entry in answer["entries"]]
        return None if all("#" in line for line in lines) else "a tail's lines: %s" % lines
    return None if end["code"] == 400 and "max concurrent" in end["text"] else "a tail ended: %s" % end


# Tails, by hand: a client of a library would not break the rules.


def handshake(path, tenant, more=""):
    return ("GET %s HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n%s\r\n" %
            (path, tenant, base64.b64encode(os.urandom(16)).decode(), more)).encode()


def frame(opcode, payload, fin=True, mask=True, length=None):
    """A WebSocket frame as a client sends it, or as none may."""
    size = len(payload) if length is None else length
    small = size if size < 126 else 126 if size < 65536 else 127
    head = bytes([(128 if fin else 0) | opcode, (128 if mask else 0) | small])
    head += struct.pack(">H", size) if small == 126 else struct.pack(">Q", size) if small == 127 else b""
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(b ^ key[i % 4] for i, b in enumerate(payload))


def open_tail(load, rng, buffer=None):
    """A socket behind its handshake; None when the server refused, with its status checked."""
    parameters = {"query": about(rng, LOG_QUERIES, load), "limit": rng.choice([1, 100, 1000]), "delay_for": rng.choice([0, 0, 1, 5])}
    s = socket.socket()
    s.settimeout(30)
    if buffer:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    s.connect(("127.0.0.1", load.server.port))
    s.sendall(handshake("/loki/api/v1/tail?" + urllib.parse.urlencode(parameters), rng.choice(load.tenants)))
    head = s.recv(2000)
    check(re.match(rb"HTTP/1.1 (101|429) ", head), "a tail is opened", parameters, head)
    return s


def tail(load, rng):
    """Reads a tail for some seconds and ends it well, or by a reset, or stops reading and keeps it."""
    s = open_tail(load, rng, 4096 if rng.random() < 0.3 else None)
    ending = rng.choice(["close", "reset", "stall", "vanish"])
    if ending == "stall":
        load.keep(s)
        return None
    with s:
        s.settimeout(rng.random() * 3)
        with contextlib.suppress(TimeoutError):
            for _ in range(20):
                if not s.recv(60000):
                    return None
        s.settimeout(30)
        if ending == "close":
            with contextlib.suppress(ConnectionError):  # 1011 may have come before
                s.sendall(frame(9, b"ping") + frame(8, struct.pack(">H", 1000)))
                while s.recv(60000):
                    pass
        elif ending == "reset":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return None
