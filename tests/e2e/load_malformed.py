"""What no client should send, for mixed_load.py: mutated and cut bodies, wrong encodings, headers, chunks,
escapes, WebSocket frames, HTTP/2 and gRPC that are none, absurd parameters. Each returns the text of what
was answered when that is no documented answer, else None."""
import base64
import contextlib
import gzip
import json
import socket
import struct
import urllib.parse

import load_pushes
import load_queries

TENANT = "malformed"  # nothing of it may be seen by others
H2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HTTP_PATHS = ["/loki/api/v1/push", "/otlp/v1/logs", "/_bulk", "/api/v1/lines", "/api/prom/push", "/loki/api/v1/query_range",
              "/loki/api/v1/labels", "/loki/api/v1/series", "/loki/api/v1/export", "/nowhere"]
GRPC_METHODS = ["/logproto.Pusher/Push", "/logproto.Querier/Query", "/logproto.Querier/Label", "/logproto.Querier/Series",
                "/logproto.Querier/GetStats", "/logproto.Querier/GetVolume", "/logproto.Querier/Tail",
                "/opentelemetry.proto.collector.logs.v1.LogsService/Export", "/grpc.health.v1.Health/Check", "/no.Such/Call", "/"]
ABSURD = ["", "-1", "0", "NaN", "1e400", "-9223372036854775809", "18446744073709551616", "9" * 400, "\x00", "\xff\xfe", "%", "[]", "{}",
          "0x10", "1h", "-5m", "5 m", "999999999999h", "2026-13-45T99:99:99Z", "2026-11-26T00:00:00+99:99", "null", "true", "🤷" * 50,
          "x" * 30000, "' OR 1=1", "../../etc/passwd", "1ns"]
PARAMETERS = ["query", "start", "end", "since", "limit", "step", "interval", "direction", "time", "cursor", "match[]", "line_limit",
              "targetLabels", "aggregateBy", "delay_for", "regexp", "field_limit", "targetBytesPerShard", "shards"]
ABSURD_QUERIES = ['{a=~"(x{1000}){1000}"}', "{" * 5000, "(" * 20000 + "1" + ")" * 20000, '{a="b"}' + ' |= "x"' * 20000,
                  '{a="b"} | line_format "%s"' % ("{{" * 3000), '{a="b"} | json' * 3000, "sum(" * 9000, '{a="b"} | pattern "<a><b>"',
                  '{a=~".*"}', '{a="b"} |~ "["', 'rate({a="b"}[0s])', 'rate({a="b"}[99999999999999h])', "1" + "+1" * 30000,
                  'quantile_over_time(1e308, {form="json"} | json | unwrap status [1m])', "vector(1/0)", "1 % 0", "-" * 30000 + "1",
                  'topk(-1, rate({form="json"}[1m]))', 'topk(1e30, rate({form="json"}[1m]))', "\x00", "{a=\"\x00\"}",
                  '{form="json"} | line_format `{{ repeat 1000000000 "x" }}`', '{form="json"} | line_format `{{ range 1000000 }}{{ . }}{{ end }}`',
                  '{form="json"} | json | line_format `{{ printf "%1000000000d" 1 }}`', 'label_replace(rate({form="json"}[1m]),"a","$9","b","(")',
                  'count_over_time({form="json"} | json [1m] offset -9000000h)', '{form="json"} | unwrap n', '{form="json"} | label_format a=b,b=a']


def mutated(rng, data):
    """A few bits, bytes and pieces of it are not what they were."""
    data = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 5, 30])):
        if not data:
            break
        at, kind = rng.randrange(len(data)), rng.randrange(5)
        if kind <= 1:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            data[at] = rng.choice([0, 255, 127, 128, 34, 92, 123, 91, 10])
        elif kind == 3:
            del data[at:at + rng.randrange(1, 20)]
        else:
            piece = bytes(data[at:at + rng.randrange(1, 40)])
            where = rng.randrange(len(data))
            data[where:where] = piece * rng.choice([1, 1, 3, 50])
    return bytes(data)


def noise(rng, most):
    size = rng.randrange(1, most)
    return rng.getrandbits(8 * size).to_bytes(size, "little")


def head(method="POST", path="/loki/api/v1/push", headers=()):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: x", "X-Scope-OrgID: " + TENANT, *["%s: %s" % pair for pair in headers]]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def documented(answer, sent):
    """None if the first line of an answer, or none at all, is what docs/http-api.md lets narfid say."""
    if not answer:
        return None
    status = answer[9:12].decode("latin-1")
    good = answer.startswith(b"HTTP/1.1 ") and (
        status < "500" or status in ("503", "504") or (status == "501" and b"transfer encoding" in answer) or
        (status == "500" and b"multiple org IDs present" in answer))
    return None if good else "%r to %r" % (answer[:600], sent[:3000])


def exchange(load, data, ending="half", port=None):
    """Sends bytes as they are, then closes that half, or all; the start of what was answered."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port or load.server.port), 30) as s, contextlib.suppress(ConnectionError):
        with contextlib.suppress(ConnectionError):  # refused before all of it was sent: the answer may be there
            s.sendall(data)
        if ending == "reset":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if ending in ("reset", "close"):
            return answer
        with contextlib.suppress(OSError):  # ENOTCONN: the server was quicker
            s.shutdown(socket.SHUT_WR)
        while True:
            piece = s.recv(65536)
            if not piece:
                break
            answer += piece[:4000 - len(answer)]
    return answer


def sent(load, data, ending="half"):
    answer = exchange(load, data, ending)
    load.count_status("bad " + (answer[9:12].decode("latin-1") or "closed"))
    return documented(answer, data)


def some_push(rng):
    form = rng.choice(list(load_pushes.HTTP_FORMS))
    path, body, headers = load_pushes.http_push(rng, form, "mangled", range(rng.randrange(1, load_pushes.LINES)), TENANT)
    return path, body, {name: value for name, value in headers.items() if name != "X-Scope-OrgID"}


def mutated_body(load, rng):
    path, body, headers = some_push(rng)
    if headers.get("Content-Encoding") == "gzip" and rng.random() < 0.5:  # what is in it, too
        body = gzip.compress(mutated(rng, gzip.decompress(body)), 1)
    else:
        body = mutated(rng, body)
    return sent(load, head(path=path, headers=[*headers.items(), ("Content-Length", len(body))]) + body)


def cut_body(load, rng):
    """Announced in full, cut in the middle; or a length that is wrong the other way."""
    path, body, headers = some_push(rng)
    data = head(path=path, headers=[*headers.items(), ("Content-Length", len(body) + rng.choice([0, 0, 1, 10**6, -1]))])
    data = data + body[:rng.randrange(len(body))] if rng.random() < 0.7 else data[:rng.randrange(1, len(data))]
    if rng.random() < 0.1:
        s = socket.create_connection(("127.0.0.1", load.server.port), 30)
        s.sendall(data)
        load.keep(s)
        return None
    return sent(load, data, rng.choice(["half", "close", "reset"]))


def wrong_type(load, rng):
    path, body, headers = some_push(rng)
    headers["Content-Type"] = rng.choice(["application/json", "application/x-protobuf", "application/x-www-form-urlencoded", "text/html",
                                          "multipart/form-data; boundary=x", "application/json; charset=" + "x" * 900, "", "\xff"])
    if rng.random() < 0.5:
        headers["Content-Encoding"] = rng.choice(["gzip", "deflate", "snappy", "br", "zstd", "identity", "gzip, gzip", "x" * 999, ""])
    if rng.random() < 0.3:
        path = rng.choice(HTTP_PATHS)
    return sent(load, head(path=path, headers=[*headers.items(), ("Content-Length", len(body))]) + body)


def bad_packing(load, rng):
    """gzip and snappy that are cut, flipped, or hold more than they may."""
    inner = json.dumps(load_pushes.loki_json(rng, "mangled", load_pushes.entries_of(rng, range(5)))).encode()
    path, body, headers = rng.choice(HTTP_PATHS[:5]), gzip.compress(inner), {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    kind = rng.randrange(5)
    if kind == 0:
        body = body[:rng.randrange(len(body))]
    elif kind == 1:
        body = mutated(rng, body)
    elif kind == 2:
        body = gzip.compress(b" " * (40 << 20), 1)
    elif kind == 3:
        body += rng.choice([body, noise(rng, 50), b"\x1f\x8b"])
    else:
        from_snappy = [b"\xff\xff\xff\xff\x0f", b"\x00", b"\x05\x10hello\xfe\x01\x00", b"\x80\x80\x80\x80\x04" + b"\xfe\x01\x00" * 5000]
        body, headers = rng.choice(from_snappy) + noise(rng, 40), {"Content-Type": "application/x-protobuf"}
    return sent(load, head(path=path, headers=[*headers.items(), ("Content-Length", len(body))]) + body)


def bad_headers(load, rng):
    many = [("X-H%d" % n, "v" * 20) for n in range(rng.choice([10, 500, 5000]))]
    bad = rng.choice([
        [("X-Long", "y" * rng.choice([1000, 70_000, 300_000]))], many, [("Content-Length", "-1")], [("Content-Length", "9" * 30)],
        [("Content-Length", "5"), ("Content-Length", "6")], [("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        [("Transfer-Encoding", "gzip, chunked")], [("Transfer-Encoding", "xchunked")], [("Expect", "the unexpected")],
        [("Expect", "100-continue"), ("Content-Length", "10")], [("X\x00", "a\x00b")], [("X-Scope-OrgID", rng.choice(ABSURD))],
        [("X-Scope-OrgID", "a|b|" + "c" * 200)], [("Accept-Encoding", "gzip;q=" + rng.choice(ABSURD))], [("Connection", "close, upgrade")],
        [("Range", "bytes=0-")], [(" leading", "blank")], [("X-Request-Id", "\x01" * 200)], [("Host", "")], [("", "")]])
    method, path = rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW", "G\x00T", "M" * 900]), rng.choice(HTTP_PATHS)
    return sent(load, head(method, path, bad) + rng.choice([b"", b"5\r\nhello\r\n0\r\n\r\n", b"hello"]))


def bad_chunks(load, rng):
    body = rng.choice([b"zz\r\nhello\r\n", b"ffffffffffffffffff\r\nhello", b"5\r\nhelloXX0\r\n\r\n", b"5;" + b"e" * 100_000 + b"\r\nhello\r\n0\r\n\r\n",
                       b"-5\r\nhello\r\n0\r\n\r\n", b"5\nhello\n0\n\n", b"0\r\n" + b"T: x\r\n" * 3000 + b"\r\n", b"5\r\nhel", b"\r\n", noise(rng, 300),
                       b"7fffffffffffffff\r\nhello", b"1\r\n{\r\n" * 3000 + b"0\r\n\r\n", b"0\r\n\r\nGET /ready HTTP/1.1\r\nHost: x\r\n\r\n"])
    return sent(load, head(path=rng.choice(HTTP_PATHS), headers=[("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]) + body)


def bad_urls(load, rng):
    path = rng.choice(HTTP_PATHS + ["", "*", "//", "/%2e%2e/%2e%2e/etc/passwd", "http://", "http://x", "/loki/api/v1/label/%zz/values", "/%", "/%00",
                                    "/loki/api/v1/label/" + "n" * 70_000 + "/values", "/" + "../" * 9000, "/loki/api/v1/label/%FF%FE/values"])
    path += rng.choice(["", "?", "?query=%zz", "?%", "?query=%", "?a=1&" * 5000, "?" + "=" * 9000, "?query=%00%ff", "?;;;&&&", "? HTTP/1.1", "#x",
                        "?start=%2", "?query=" + "%7b" * 20000])
    return sent(load, head(rng.choice(["GET", "POST"]), path))


def no_http(load, rng):
    data = rng.choice([noise(rng, 3000), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + noise(rng, 500), H2_PREFACE + noise(rng, 500),
                       b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"\r\n" * 5000 + b"x", b"GET /ready HTTP/1.1\nHost: x\n\n",
                       b"GET  /ready  HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 5000, b"GET /ready HTTP/1.0\r\n\r\n" * 200, b" " * 100_000])
    return sent(load, data, rng.choice(["half", "half", "close", "reset"]))


def absurd_parameters(load, rng):
    path, parameters = load_queries.question(rng, load)
    for _ in range(rng.randrange(1, 4)):
        parameters[rng.choice(PARAMETERS)] = rng.choice(ABSURD)
    if rng.random() < 0.5:
        query = rng.choice(ABSURD_QUERIES)
        if rng.random() < 0.5:
            text = mutated(rng, load_queries.about(rng, load_queries.LOG_QUERIES + load_queries.METRIC_QUERIES, load).encode())
            query = text.decode("utf-8", "replace")
        parameters["query"] = query
    text = urllib.parse.urlencode(parameters, doseq=True, errors="surrogatepass").encode()
    form = [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", len(text))]
    if len(text) > 30_000 or rng.random() < 0.5:
        return sent(load, head("POST", path, form) + text)
    return sent(load, head("GET", path + "?" + text.decode()))


def bad_web_socket(load, rng):
    query = "/loki/api/v1/tail?query=" + urllib.parse.quote('{service_name=~".+"}')
    if rng.random() < 0.3:
        more = rng.choice(["Sec-WebSocket-Version: 99\r\n", "Sec-WebSocket-Key: x\r\n", "Sec-WebSocket-Extensions: permessage-deflate\r\n",
                           "Sec-WebSocket-Protocol: %s\r\n" % ("p" * 5000), "Upgrade: h2c\r\n", "Content-Length: 5\r\n"])
        data = load_queries.handshake(query, TENANT, more)
        return sent(load, data if rng.random() < 0.5 else mutated(rng, data))
    frame = load_queries.frame
    frames = rng.choice([
        frame(1, b"unmasked", mask=False), frame(3, b"reserved"), frame(9, b"p" * 126), frame(9, b"", fin=False), frame(0, b"goes on with nothing"),
        frame(1, b"\xff\xfe\xc0"), frame(8, b"x"), frame(8, struct.pack(">H", 1)), frame(8, struct.pack(">H", 1000) + b"\xff"),
        frame(2, b"x" * 100, length=(1 << 63) - 1), frame(2, b"", length=1 << 63), frame(1, b"t" * 70_000), frame(1, b"a", fin=False) * 500,
        b"\xf1\x80" + b"\x00" * 4, noise(rng, 2000), frame(10, b"nobody asked") * 300, frame(1, b"cut")[:3], b""])
    return sent(load, load_queries.handshake(query, TENANT) + frames, rng.choice(["half", "half", "close", "reset"]))


def h2_frame(kind, flags, stream, payload, length=None):
    return struct.pack(">I", len(payload) if length is None else length)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def bad_http2(load, rng):
    """Connections to the gRPC ports that begin well."""
    port = rng.choice([load.server.grpc_port, load.otlp_port])
    frames = [h2_frame(0, 0, 0, b"\x00" * 5), h2_frame(0, 0, 0, b"\x00\x04\xff\xff\xff\xff"), h2_frame(1, 4, 1, noise(rng, 200)),
              h2_frame(1, 0, 1, b"\x82") + h2_frame(9, 0, 1, b"x" * 100) * 50, h2_frame(0, 0, 0, b"", length=0xffffff), h2_frame(8, 0, 0, b"\x00" * 4),
              h2_frame(8, 0, 1, b"\x7f\xff\xff\xff") * 3, h2_frame(3, 0, 5, b"\x00" * 4), h2_frame(6, 0, 0, b"12345678") * 100, h2_frame(7, 0, 0, noise(rng, 20)),
              h2_frame(99, 255, 2, noise(rng, 100)), h2_frame(0, 1, 0, b"\x00" * 6), h2_frame(1, 5, 2, b"\x82\x84\x87"), noise(rng, 1000),
              h2_frame(1, 4, 1, b"\x83\x86\x44\x15" + b"/logproto.Pusher/Push") + h2_frame(0, 0, 1, b"\x00\xff\xff\xff\xff" + noise(rng, 50))]
    data = H2_PREFACE + h2_frame(4, 0, 0, b"") + b"".join(rng.choice(frames) for _ in range(rng.randrange(1, 6)))
    exchange(load, data if rng.random() < 0.7 else mutated(rng, data), rng.choice(["half", "half", "close", "reset"]), port)


HTTP = [mutated_body, mutated_body, mutated_body, cut_body, cut_body, wrong_type, bad_packing, bad_headers, bad_chunks, bad_urls, no_http,
        absurd_parameters, absurd_parameters, absurd_parameters, bad_web_socket, bad_http2]


def grpc(load, rng):
    """Messages that are none, for methods that are there and some that are not."""
    good = load_pushes.protobuf(rng, "mangled", load_pushes.entries_of(rng, range(10)))
    method = rng.choice(GRPC_METHODS)
    if "Export" in method:
        good = load_pushes.otlp_protobuf(rng, "mangled", load_pushes.entries_of(rng, range(10)))
    message = rng.choice([mutated(rng, good), mutated(rng, good), noise(rng, 500), b"", b"\x0a" + b"\xff" * 10, good[:rng.randrange(len(good))]])
    tenant = rng.choice([TENANT, TENANT, TENANT, "", "../x", "a|b", "x" * 200])
    answer = load.grpc(task="raw", method=method, bytes=base64.b64encode(message).decode(), tenant=tenant, gzip=rng.random() < 0.2)
    # UNKNOWN, INTERNAL and 500 would say that narfid did not expect it.
    bad = answer["code"] in (2, 13, 500) and "multiple org IDs present" not in answer["text"]
    return "%s to %s %r" % (answer, method, message) if bad else None
