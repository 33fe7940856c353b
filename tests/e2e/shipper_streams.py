#!/usr/bin/env python3
"""The server's stream limit and the shipper: what the server takes arrives and is acknowledged, from
the file whose streams are too many and from every other; what it refuses arrives as soon as it may."""
import json
import os
import time

import harness
from harness import check, until

CONFIG = """
target_config: {{sync_period: 1s}}
positions: {{filename: {folder}/positions.yaml}}
clients: [{{url: "{url}/loki/api/v1/push", backoff_config: {{max_period: 500ms}}}}]
scrape_configs:
  - job_name: streams
    static_configs: [{{targets: [localhost], labels: {{job: streams, __path__: "{folder}/logs/*.log"}}}}]
"""

LIMIT = 10


def append(path, lines):
    with open(path, "a", encoding="utf-8") as f:
        f.writelines(line + "\n" for line in lines)


def line(service, number):
    return json.dumps({"service": "service-%02d" % service, "number": number})


def offsets(folder):
    """Of each file, by its name."""
    found, path = {}, None
    with open(os.path.join(folder, "positions.yaml.narfi"), encoding="utf-8") as f:
        for text in f:
            key, _, value = text.strip().removeprefix("- ").partition(": ")
            if key == "path":
                path = os.path.basename(json.loads(value))
            elif key == "offset":
                found[path] = int(value)
    return found


def main():
    with harness.folder() as folder:
        os.mkdir(folder + "/logs")
        config = folder + "/shipper.yml"
        port = harness.free_port()
        flags = ["-ingester.max-global-streams-per-user=%d" % LIMIT]
        many, plain = folder + "/logs/many.log", folder + "/logs/a-plain.log"
        append(plain, ["plain 0"])
        with harness.Narfid(folder, flags=flags, port=port) as server:
            with open(config, "w", encoding="utf-8") as f:
                f.write(CONFIG.format(folder=folder, url=server.url))
            with harness.Shipper(folder, config) as shipper:
                until(lambda: server.lines('{job="streams"}') == ["plain 0"], 20, "the first line")
                append(many, [line(service, 0) for service in range(15)])
                until(lambda: len(set(server.lines('{job="streams"}'))) == LIMIT, 20, "as many streams as may be")
                # Later lines of both files go on arriving.
                append(many, [line(service, 1) for service in range(15)])
                append(plain, ["plain 1"])
                until(lambda: len(set(server.lines('{job="streams"}'))) == 2 * LIMIT, 20, "later lines")
                until(lambda: offsets(folder)["a-plain.log"] == os.path.getsize(plain), 20, "the other file is acknowledged")
                check(offsets(folder)["many.log"] < os.path.getsize(many), "this one is not", offsets(folder))
                # The limit is lifted: nothing was lost.
                server.stop()
                with harness.Narfid(folder, port=port) as roomy:
                    want = {"plain 0", "plain 1"} | {line(s, n) for s in range(15) for n in (0, 1)}
                    until(lambda: set(roomy.lines('{job="streams"}')) == want, 60, "every line")
                    until(lambda: offsets(folder)["many.log"] == os.path.getsize(many), 20, "and acknowledged")
                said = shipper.log_text()
                check(said.count("the server refuses some streams") == 1 and "takes every stream again" in said,
                      "one warning, and one word when it is over", said)
    print("what the server takes is not held up by what it refuses, and nothing is lost")


if __name__ == "__main__":
    main()
