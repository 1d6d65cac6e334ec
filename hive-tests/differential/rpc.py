"""JSON-RPC over one connection, and programs that serve it."""

import http.client
import json
import socket
import subprocess
import time

START_TIMEOUT_S = 60


class Rpc:
    """A connection to 127.0.0.1."""

    def __init__(self, port, timeout=120):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.last = 0

    def post(self, body):
        self.connection.request("POST", "/", json.dumps(body), {"content-type": "application/json"})
        return json.loads(self.connection.getresponse().read())

    def call(self, method, *params):
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        if "error" in answer:
            raise RpcError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def batch(self, calls, size=100):
        """Results in order; an `RpcError` where there is none."""
        out = []
        for start in range(0, len(calls), size):
            part = [
                {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
                for index, (method, params) in enumerate(calls[start : start + size])
            ]
            answers = {answer.get("id"): answer for answer in self.post(part)}
            for index, (method, _) in enumerate(calls[start : start + size]):
                answer = answers.get(index, {"error": {"message": "no answer"}})
                failed = "error" in answer
                out.append(RpcError(f"{method}: {answer['error'].get('message')}") if failed else answer["result"])
        return out


class RpcError(Exception):
    """What a server answered instead of a result."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A program that serves JSON-RPC for as long as this value is open."""

    def __init__(self, command, port_option, log):
        self.log, port = log, free_port()
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [*command, port_option, str(port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            self.rpc = Rpc(port)
            try:
                self.rpc.call("eth_chainId")
                return
            except (OSError, http.client.HTTPException, ValueError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.close()
                    raise RuntimeError(f"{command[0]} does not answer: {log.read_text()[-2000:]}") from None
                time.sleep(0.02)

    def close(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
