#!/usr/bin/env python3
"""Documents and lines: Elasticsearch's _bulk as its own client and rsyslog's omelasticsearch send it,
and lines of text as curl sends a file. Each arrives with its time and labels, is there after kill -9,
and what is refused is said item by item."""
import contextlib
import gzip
import json
import os
import socket
import subprocess
import time

import harness
from harness import check, until

NDJSON = {"Content-Type": "application/x-ndjson"}


def bulk(server, path, *pairs, **more):
    """(action, document) pairs, or lines as they are."""
    lines = [line if isinstance(line, str) else json.dumps(line) for pair in pairs for line in pair]
    body = "".join(line + "\n" for line in lines).encode()
    return harness.request(server.port, "POST", path, more.get("body", body), more.get("headers", NDJSON))


def iso(time_ns):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_ns // 10**9)) + ".%03dZ" % (time_ns // 10**6 % 1000)


def items(server, now):
    answer = bulk(server, "/elasticsearch/_bulk",
                  ({"index": {"_index": "shop", "_id": "a"}},
                   {"@timestamp": iso(now), "message": "sold", "level": "warn", "service": {"name": "till"}}),
                  ({"create": {"_index": "shop"}}, {"@timestamp": iso(now - 400 * harness.HOUR_NS), "message": "old"}),
                  ({"create": {"_index": "shop"}}, "[1]"), ({"delete": {"_index": "shop", "_id": "a"}},))
    check(answer.status == 200 and answer.headers["x-elastic-product"] == "Elasticsearch", "a _bulk", answer)
    said = answer.json()
    check(said["errors"] and said["items"][0] == {"index": {"_index": "shop", "_id": "a", "status": 201, "result": "created"}},
          "the good one", said)
    statuses = [next(iter(item.values()))["status"] for item in said["items"]]
    check(statuses == [201, 400, 400, 400], "and the others", said)
    check("timestamp too old" in said["items"][1]["create"]["error"]["reason"], "with Loki's words", said)

    document = {"ts": now // 10**6 + 1, "text": "hello", "app": "web", "http": {"status": 200}}
    for path in ("/elasticsearch/web/_bulk", "/web/_bulk", "/_bulk"):
        action = {"index": {"_index": "web"}} if path == "/_bulk" else {"index": {}}
        answer = bulk(server, path + "?_msg_field=text&_time_field=ts&_stream_fields=app", (action, {**document, "at": path}))
        check(answer.status == 200 and not answer.json()["errors"], path, answer)
    answer = bulk(server, "/_bulk", *[({"create": {"_index": "many"}}, {"n": n}) for n in range(3000)])
    statuses = [item["create"]["status"] for item in answer.json()["items"]]
    check(statuses == [201] * 3000, "an answer in pieces", answer)
    packed = gzip.compress(b'{"index":{"_index":"zip"}}\n{"message":"packed"}\n')
    answer = bulk(server, "/_bulk", body=packed, headers={**NDJSON, "Content-Encoding": "gzip"})
    check(answer.status == 200 and not answer.json()["errors"], "gzip", answer)


def items_are_there(server, now):
    found = server.entries('{index="shop"}')
    check(len(found) == 1 and found[0][0] == now // 10**6 * 10**6, "one document, at its time", found)
    check(json.loads(found[0][1])["message"] == "sold", "whole", found)
    check(found[0][2]["service_name"] == "till" and found[0][2]["detected_level"] == "warn", "its labels", found)
    found = server.entries('{index="web", app="web"} | http_status="200"')
    check([line for _, line, _ in found] == ["hello"] * 3, "the message field is the line, three times", found)
    check(sorted(labels["at"] for _, _, labels in found) == ["/_bulk", "/elasticsearch/web/_bulk", "/web/_bulk"],
          "and the others are metadata", found)
    check(server.lines('{index="zip"}') == ['{"message":"packed"}'], "what was packed")


def refusals(server):
    answer = bulk(server, "/_bulk", ("x",))
    check(answer.status == 400 and answer.json()["error"]["type"] == "illegal_argument_exception"
          and "Malformed action/metadata line [1]" in answer.json()["error"]["reason"], "no action", answer)
    check(bulk(server, "/_bulk?labels=app", ("x",)).json()["error"]["reason"] == 'labels: "app" is not name=value', "a parameter")
    long = "/_bulk?_msg_field=" + "x" * 20000
    check(bulk(server, long, ("x",)).json()["error"]["reason"] == "the parameters are too long", "long parameters")
    limit = 2 << 20
    answer = bulk(server, "/_bulk", ({"index": {"_index": "i"}}, '{"m":"%s"}' % ("x" * limit)))
    check("limit: 2097152" in answer.json()["items"][0]["index"]["error"]["reason"], "a large document", answer)


def probes(server):
    for prefix in ("", "/elasticsearch"):
        for path in ("/_license", "/_xpack", "/_cluster/health", "/_cluster/settings", "/_nodes", "/_nodes/_all/http", "/_cat/health", "/_nodes/http", "/_ilm/policy/filebeat",
                     "/_index_template/filebeat", "/_ingest/pipeline/x", "/_data_stream/x"):
            answer = server.get(prefix + path)
            check(answer.status == 200 and answer.headers["x-elastic-product"] == "Elasticsearch", prefix + path, answer)
        answer = harness.request(server.port, "PUT", prefix + "/_index_template/filebeat", b"{}")
        check(answer.json() == {"acknowledged": True}, "a template", answer)
    for path in ("/elasticsearch", "/elasticsearch/", "/"):
        check(server.get(path).json()["version"]["number"].startswith("8."), path)


def elastic(server):
    """Once with the path, once by a client that knows host and port alone."""
    for url in (server.url + "/elasticsearch", server.url):
        said = json.loads(harness.client("elastic.mjs", url))
        check(said["version"].startswith("8.") and said["successful"] == 3 and said["failed"] == 1, "Elasticsearch's client", said)
    found = server.entries('{index="logs-elastic", service_name="elastic"} | detected_level="error" | json')
    check([labels["message"] for _, _, labels in found] == ["elastic says %d" % n for n in (1, 2, 3)] * 2, "what it sent", found)


@contextlib.contextmanager
def rsyslog(folder, target):
    """Debian's rsyslogd, which sends what it gets on a UDP port to _bulk; gives that port."""
    port = harness.free_port()
    config = os.path.join(folder, "rsyslog.conf")
    with open(config, "w", encoding="utf-8") as f:
        f.write("""global(workDirectory="%s")
module(load="imudp")
module(load="omelasticsearch")
input(type="imudp" address="127.0.0.1" port="%d")
template(name="document" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="service.name" name="programname" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
action(type="omelasticsearch" server="127.0.0.1" serverport="%d" template="document" searchIndex="syslog" searchType=""
       bulkmode="on" action.resumeRetryCount="-1" action.resumeInterval="1" errorFile="%s/errors.json")
""" % (folder, port, target, folder))
    with open(os.path.join(folder, "rsyslog.log"), "wb") as log, subprocess.Popen(
            ["rsyslogd", "-n", "-f", config, "-i", os.path.join(folder, "rsyslog.pid")], stdout=log, stderr=log) as process:
        try:
            yield port
        finally:
            process.terminate()


def syslog(server, folder):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with rsyslog(folder, server.port) as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        def arrived():
            sender.sendto(("<11>1 %s h cron 1 - - job failed" % now).encode(), ("127.0.0.1", port))  # until it listens
            return server.entries('{index="syslog", service_name="cron"} | json')

        found = until(arrived, 30, "rsyslog's message is there", every=0.2)
        check("job failed" in found[0][2]["message"] and found[0][2]["severity"] == "err", "with its fields", found)
        check(found[0][2]["detected_level"] == "error", "and its level", found)


def curl(server, path, data):
    done = subprocess.run(["curl", "-s", "-w", "%{http_code}", "--data-binary", data, server.url + path], capture_output=True,
                          text=True, timeout=60, check=False)
    return done.stdout


def lines(server, folder, now):
    path = os.path.join(folder, "lines.txt")
    with open(path, "w", encoding="utf-8") as f:
        f.write("labels=x&a=%zz one\r\n\n  two\nsame\nsame\n")
    said = curl(server, "/api/v1/lines?labels=app=notes,env=test", "@" + path)
    check(said == '{"lines":4,"accepted":4}\n200', "a file", said)
    old = json.dumps({"time": "2001-01-01T00:00:00Z", "msg": "old"}) + "\n" + json.dumps({"time": iso(now), "msg": "new"})
    said = curl(server, "/api/v1/lines?labels=app=mixed", old)
    check(said.startswith('{"lines":2,"accepted":1,"error":"') and "timestamp too old" in said and said.endswith("\n400"),
          "one of two", said)
    check(curl(server, "/api/v1/lines", "") == '{"lines":0,"accepted":0,"error":"there is no line in it"}\n400', "nothing")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines("line %07d %s\n" % (n, "x" * 88) for n in range(110_000))
    said = curl(server, "/api/v1/lines?labels=app=large", "@" + path)
    check(said == '{"lines":110000,"accepted":110000}\n200', "eleven megabytes that curl calls a form", said)


def lines_are_there(server):
    check(server.lines('{app="notes", env="test"}') == ["labels=x&a=%zz one", "  two", "same", "same"], "the lines, in order")
    check([json.loads(line)["msg"] for line in server.lines('{app="mixed"}')] == ["new"], "the one that was taken")
    check(server.value('sum(count_over_time({app="large"}[1h]))') == 110_000, "all of them")


def tenants(folder):
    with harness.Narfid(folder, flags=["-auth.enabled=true"]) as server:
        answer = bulk(server, "/_bulk", ({"index": {"_index": "i"}}, {"a": 1}))
        check(answer.status == 401 and answer.json()["error"]["type"] == "security_exception", "no tenant", answer)
        answer = harness.request(server.port, "POST", "/api/v1/lines", b"x")
        check(answer.status == 401 and answer.json()["error"] == "no org id", "no tenant", answer)
        answer = bulk(server, "/_bulk", ({"index": {"_index": "i"}}, {"a": 1}), headers={**NDJSON, "X-Scope-OrgID": "a"})
        check(answer.status == 200, "a tenant", answer)


def main():
    now = time.time_ns()
    with harness.folder() as folder, harness.Narfid(folder) as server:
        items(server, now)
        refusals(server)
        probes(server)
        elastic(server)
        lines(server, folder, now)
        syslog(server, folder)
        for after in (lambda: None, lambda: (server.kill(), server.start()), server.flush):
            after()
            items_are_there(server, now)
            lines_are_there(server)
    with harness.folder() as folder:
        tenants(folder)


if __name__ == "__main__":
    main()
