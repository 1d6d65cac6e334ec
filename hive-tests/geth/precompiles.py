"""Plays geth's vectors of Ethereum's precompiles against a node.

A contract that is not in the chain calls the precompile with so much gas and tells whether that succeeded, and what came back.
With the vector's gas the output must be the expected one; with one unit less, and for input that is to fail, there is none. Each
vector runs in the first and in the last fork in which its gas is right, each file's first one also in the fork before the
precompile's: there the address is nobody's.

usage: precompiles.py --product FILE --vectors FOLDER --work FOLDER [--sample N] [--only TEXT] [--verbose]
The last line is `N passed, N failed`.
"""

import argparse
import json
import pathlib
import sys

from node import Node, Unusable, sampled

FORKS = ["byzantium", "istanbul", "berlin", "london", "shanghai", "cancun", "prague", "osaka"]
BY_BLOCK, SECONDS = 4, 12

# File without `fail-`: address, first and last fork, and whether the first is the precompile's own.
VECTORS = {
    "blake2F": (0x09, "istanbul", "osaka", True),
    "blake2f": (0x09, "istanbul", "osaka", True),
    "blsG1Add": (0x0B, "prague", "osaka", True),
    "blsG1Mul": (0x0C, "prague", "osaka", True),
    "blsG1MultiExp": (0x0C, "prague", "osaka", True),
    "blsG2Add": (0x0D, "prague", "osaka", True),
    "blsG2Mul": (0x0E, "prague", "osaka", True),
    "blsG2MultiExp": (0x0E, "prague", "osaka", True),
    "blsPairing": (0x0F, "prague", "osaka", True),
    "blsMapG1": (0x10, "prague", "osaka", True),
    "blsMapG2": (0x11, "prague", "osaka", True),
    "bn256Add": (0x06, "istanbul", "osaka", False),
    "bn256ScalarMul": (0x07, "istanbul", "osaka", False),
    "bn256Pairing": (0x08, "istanbul", "osaka", False),
    "ecRecover": (0x01, "byzantium", "osaka", False),
    "modexp": (0x05, "byzantium", "istanbul", False),
    "modexp_eip2565": (0x05, "berlin", "prague", False),
    "modexp_eip7883": (0x05, "osaka", "osaka", False),
    "p256Verify": (0x100, "osaka", "osaka", True),
    "pointEvaluation": (0x0A, "cancun", "osaka", True),
}

# Calldata: gas, address, input. Returns whether the static call succeeded, and what it returned.
CALLER = "0x" + "".join(
    [
        "6040360380604060003760006000826000602035600035fa",
        "6000523d600060203e60203d016000f3",
    ]
)
AT = "0x" + "ca" * 20
# For input that is to fail.
ENOUGH = 10_000_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--product", required=True, type=pathlib.Path)
    parser.add_argument("--vectors", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    passed = failed = 0
    try:
        with Node(options.product, options.work, genesis()) as node:
            for file, index, vector in sampled(list(vectors(options.vectors)), options.sample):
                name = f"{file.name} {index} {vector['Name']}"
                if options.only not in name:
                    continue
                reason = play(node, file.stem.removeprefix("fail-"), vector, index == 0)
                if reason is None:
                    passed += 1
                    if options.verbose:
                        print("ok", name)
                else:
                    failed += 1
                    print(f"FAILED {name}: {reason}")
    except Unusable as error:
        failed += 1
        print(f"FAILED {error}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


def vectors(folder):
    for file in sorted(folder.glob("*.json")):
        for index, vector in enumerate(json.loads(file.read_text())):
            yield file, index, vector


def genesis():
    """One chain with every fork: one begins at each of the first blocks, and then one every SECONDS seconds."""
    config = {
        "chainId": 1,
        "homesteadBlock": 0,
        "eip150Block": 0,
        "eip155Block": 0,
        "eip158Block": 0,
        "terminalTotalDifficulty": 1,
        "mergeNetsplitBlock": BY_BLOCK,
    }
    for at, fork in enumerate(FORKS):
        if at < BY_BLOCK:
            config[f"{fork}Block"] = at
        else:
            config[f"{fork}Time"] = at * SECONDS
    config["constantinopleBlock"] = config["petersburgBlock"] = config["istanbulBlock"]
    newest = hex((len(FORKS) - 1) * SECONDS)
    return {"config": config, "timestamp": newest, "difficulty": "0x0", "gasLimit": "0x2faf080", "alloc": {}}


def play(node, name, vector, is_first):
    """Why a vector fails; None if it does not."""
    if name not in VECTORS:
        return "nobody said where this precompile is"
    address, first, last, is_own = VECTORS[name]
    given = vector["Input"]
    for fork in sorted({first, last}, key=FORKS.index):
        if "ExpectedError" in vector:
            checks = [(ENOUGH, (False, ""))]
        else:
            checks = [(vector["Gas"], (True, vector["Expected"].lower()))]
            if vector["Gas"] > 0:
                checks.append((vector["Gas"] - 1, (False, "")))
        for gas, expected in checks:
            found = outcome(node, fork, address, gas, given)
            if found != expected:
                return f"{fork}, {gas} gas: {short(found)}, expected {short(expected)}"
    before = FORKS.index(first) - 1
    if is_first and is_own:
        found = outcome(node, FORKS[before], address, 0, given)
        if found != (True, ""):
            return f"{FORKS[before]}: {short(found)}, expected nobody at the address"
    return None


def outcome(node, fork, address, gas, given):
    """Whether a call of a precompile succeeds, and what it returns."""
    at = FORKS.index(fork)
    block = {"number": hex(at), "time": hex(at * SECONDS)}
    call = {"to": AT, "input": f"0x{gas:064x}{address:064x}{given}"}
    answer = node.call("eth_call", [call, "latest", {AT: {"code": CALLER}}, block])
    if "error" in answer:
        return False, f"refused: {answer['error']}"
    result = answer["result"].removeprefix("0x")
    return int(result[:64], 16) == 1, result[64:]


def short(found):
    success, output = found
    return f"{'success' if success else 'failure'} 0x{output[:80]}{'...' if len(output) > 80 else ''}"


if __name__ == "__main__":
    sys.exit(main())
