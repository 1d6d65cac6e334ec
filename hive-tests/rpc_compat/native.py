"""Schema mode on a chain with privacy: what its answers are, against the OpenRPC schemas of execution-apis, and those of its own
methods against what `rpc_discover` says.

The product plays its own story (`sero demo --stay`: tokens, tickets, pure transfers, calls from hidden balances, one that
fails), this script adds Ethereum's own types of transactions, and asks every method for everything that is there. The same
transactions then go into a fresh chain again, where some wait in the pool. `native.yaml` says what a chain with privacy has beyond
the schemas.

Every answer that fits is also spoilt, one value at a time, in copies, which must not fit.

usage: native.py --product PROGRAM --apis FOLDER --artifacts FOLDER [--verbose]
The last line is `N passed, N failed`.
"""

import argparse
import copy
import http.client
import json
import pathlib
import subprocess
import sys
import time
import urllib.parse

import chain
import questions
from schema import Schemas

TIMEOUT_S = 60
# Values of one answer that are spoilt, evenly spread.
SPOILT_MAX = 16
# A longer answer is spoilt in three places only.
LONG = 20_000
# What geth and this node say that no schema knows, so that anything fits there.
BEYOND = {
    "eth_signTransaction": {("tx", name) for name in ("hash", "from", "blockHash", "blockNumber", "blockTimestamp", "transactionIndex")},
    "eth_fillTransaction": {("raw",), *(("tx", name) for name in ("hash", "from", "blockHash", "blockNumber", "blockTimestamp", "transactionIndex", "r", "s", "v", "yParity"))},
}
# Methods of the OpenRPC files that this chain does not have, and why.
ABSENT = {
    "testing_buildBlockV1": "makes blocks of plain Ethereum: chains without privacy have it",
    "eth_getBlockAccessList": "EIP-7928: of no fork that this node follows",
    "debug_getRawBlockAccessList": "EIP-7928: of no fork that this node follows",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--product", required=True, type=pathlib.Path)
    parser.add_argument("--apis", required=True, type=pathlib.Path)
    parser.add_argument("--artifacts", required=True, type=pathlib.Path)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    schemas = Schemas(options.apis / "src", pathlib.Path(__file__).with_name("native.yaml"))
    suite = Suite(schemas, options.verbose)
    with Node(options.product) as node:
        schemas.add_openrpc(node.call("rpc_discover"))
        facts = chain.populate(node, options.artifacts)
        for method, params in questions.of_chain(facts):
            suite.ask(node, method, params)
        facts = chain.replay(node, facts)
        for method, params in questions.of_pool(facts):
            suite.ask(node, method, params)
    suite.check_coverage()
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 0 if suite.failed == 0 and suite.passed > 0 else 1


class Suite:
    def __init__(self, schemas, verbose):
        self.schemas, self.verbose = schemas, verbose
        self.passed = self.failed = 0
        self.asked = {}

    def ask(self, node, method, params):
        self.asked[method] = self.asked.get(method, 0) + 1
        answer = node.answer(method, params)
        reason = self.judge(method, params, answer)
        if reason is None:
            self.passed += 1
            if self.verbose:
                print("ok", method, short(params))
        else:
            self.fail(f"{method} {short(params)}: {reason}")
        return answer.get("result")

    def judge(self, method, params, answer):
        if method not in self.schemas.methods:
            return "is in no schema"
        reason = self.schemas.check_params(method, params)
        if reason is not None:
            return f"asked in a wrong way: {reason}"
        if "result" not in answer:
            return f"error {answer.get('error')}"
        opcodes = f"{method} opcodes"
        is_opcodes = opcodes in self.schemas.methods and "tracer" not in (params[1] if len(params) > 1 else {})
        judged_by = opcodes if is_opcodes else method
        reason = self.schemas.check_result(judged_by, answer["result"])
        if reason is not None:
            return reason
        for place in spoilable(method, params, answer["result"]):
            if self.schemas.takes_result(judged_by, spoilt(answer["result"], place)):
                return f"fits with another value at {place}: {short(answer['result'])}"
        return None

    def check_coverage(self):
        for method in sorted(self.schemas.methods):
            if method.startswith("engine_") or method.endswith(" opcodes"):
                continue
            if (method in self.asked) == (method in ABSENT):
                self.fail(f"{method}: asked {self.asked.get(method, 0)} times, absent: {ABSENT.get(method)}")
        for method in sorted(set(ABSENT) - set(self.schemas.methods)):
            self.fail(f"{method}: is in no schema")

    def fail(self, message):
        self.failed += 1
        print("FAILED", message)


def spoilable(method, params, result):
    """Places of an answer whose values a schema knows."""
    # Words and places of tracers with a name are their own.
    if method.startswith("debug_trace") and len(params) > 1 and "tracer" in params[1]:
        return []
    beyond = BEYOND.get(method, set())
    places = [place for place in leaves(result) if place not in beyond and not is_failed_calls_logs(method, place)]
    if method == "sero_decodeTransaction":
        # The other fields are those of a transaction: `eth_getTransactionByHash` answers for them.
        places = [place for place in places if place[0] in ("kind", "fee", "size", "bundle")]
    size = len(json.dumps(result))
    most = 3 if size > LONG else SPOILT_MAX
    return [places[index * len(places) // most] for index in range(most)] if len(places) > most else places


def is_failed_calls_logs(method, place):
    """A call that fails has no logs, and its schema no word for that."""
    return method == "eth_simulateV1" and place[1:2] == ("calls",) and place[3:] == ("logs",)


def leaves(value, at=()):
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from leaves(part, (*at, key))
    elif isinstance(value, list) and value:
        for index, part in enumerate(value):
            yield from leaves(part, (*at, index))
    else:
        yield at


def spoilt(value, place):
    wrong = {"spoilt": [None]}
    if not place:
        return wrong
    value = copy.deepcopy(value)
    part = value
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = wrong
    return value


def short(value):
    text = json.dumps(value)
    return text if len(text) <= 160 else text[:157] + "..."


class Node:
    """The product's story on a node that stays as long as the `with`."""

    def __init__(self, product):
        self.product = product

    def __enter__(self):
        command = [self.product, "demo", "--json", "--stay", "--http-port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            said = json.loads(line)
            if "rpc" in said:
                place = urllib.parse.urlsplit(said["rpc"])
                self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT_S)
                return self
            if not said["ok"]:
                break
        self.__exit__()
        raise SystemExit("the story did not hold")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def answer(self, method, params):
        """With `result` or `error`."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self.connection.request("POST", "/", body, {"content-type": "application/json"})
        return json.loads(self.connection.getresponse().read())

    def receipt(self, hash_):
        """Of a transaction that will be in a block soon."""
        for _ in range(TIMEOUT_S * 20):
            receipt = self.call("eth_getTransactionReceipt", hash_)
            if receipt is not None:
                return receipt
            time.sleep(0.05)
        raise SystemExit(f"{hash_} is in no block")

    def call(self, method, *params):
        """The result of what must succeed."""
        answer = self.answer(method, list(params))
        if "result" not in answer:
            raise SystemExit(f"{method} {short(params)}: {answer}")
        return answer["result"]


if __name__ == "__main__":
    sys.exit(main())
