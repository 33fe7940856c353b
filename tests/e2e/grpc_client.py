"""A client of gRPC for the end-to-end tests: tests/clients/grpc.mjs, asked line by line."""
import json
import subprocess

import harness
from harness import check

PUSH = "/logproto.Pusher/Push"
EXPORT = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"


class Client:
    """One process of grpc.mjs; one task at a time."""

    def __init__(self):
        self.process = subprocess.Popen(["node", "grpc.mjs"], cwd=harness.client_script("grpc.mjs"), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **argument):
        """What the script answers: {"code", "text"} or {"code": 0, ...}."""
        self.process.stdin.write(json.dumps(argument) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        check(self.process.wait(30) == 0, "the client ends well")
        self.process.stdout.close()
