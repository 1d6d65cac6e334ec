"""Plays geth's tracer cases against nodes.

Each case has a chain of its own: its genesis is imported, the node serves it, and `debug_traceCall` gets the case's transaction
in the case's block. The answer must be the expected one: JSON, hex digits in either case, objects in any order. Where it is, an
error is planted into a copy of what is expected, which must then differ.

With --open, cases that a list names may differ in the fields that it names: they are counted apart, and one that passes must
leave the list.

usage: tracers.py --product FILE --cases FOLDER --work FOLDER [--open FILE] [--sample N] [--only TEXT] [--verbose]
The last line is `N passed, N failed`.
"""

import argparse
import copy
import json
import pathlib
import sys

from ethereum import transaction
from node import Node, Unusable, sampled

SHOWN = 8

TRACERS = {
    "call_tracer": "callTracer",
    "call_tracer_flat": "flatCallTracer",
    "call_tracer_legacy": "callTracer",
    "call_tracer_withLog": "callTracer",
    "erc7562_tracer": "erc7562Tracer",
    "prestate_tracer": "prestateTracer",
    "prestate_tracer_legacy": "prestateTracer",
    "prestate_tracer_with_diff_mode": "prestateTracer",
}

# Forks by block in their order, as far as one changes what the EVM does.
FORKS = [
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "muirGlacierBlock",
    "berlinBlock",
    "londonBlock",
    "arrowGlacierBlock",
    "grayGlacierBlock",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--product", required=True, type=pathlib.Path)
    parser.add_argument("--cases", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--open", type=pathlib.Path)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    lines = options.open.read_text().splitlines() if options.open else []
    known = dict(line.split(": ") for line in lines if line and not line.startswith("#"))
    files = sorted(options.cases.glob("*/*.json"))
    names = [str(file.relative_to(options.cases)) for file in files]
    passed = failed = still_open = 0
    for name in sorted(set(known).difference(names)):
        failed += 1
        print(f"FAILED {name}: there is no such case, and it is on the list")
    for name, file in sampled(list(zip(names, files)), options.sample):
        if options.only not in name:
            continue
        reasons = play(options, file)
        if name in known:
            others = [reason for reason in reasons if not admitted(reason[0], known[name].split())]
            if reasons and not others:
                still_open += 1
                continue
            reasons = others or [("", "passes, and is on the list of those that do not")]
        if reasons:
            failed += 1
            print(f"FAILED {name}")
            for at, reason in reasons[:SHOWN]:
                print(f"    {at} {reason}")
            if len(reasons) > SHOWN:
                print(f"    and {len(reasons) - SHOWN} more")
        else:
            passed += 1
            if options.verbose:
                print("ok", name)
    if still_open:
        print(f"{still_open} cases are open: {options.open.name}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


def admitted(at, fields):
    """Whether a place is one of these, or is in a field that has one of these names."""
    return at in fields or any(part.split("[")[0] in fields for part in at.split("."))


def play(options, file):
    """Where and how the answer to a case differs."""
    case = json.loads(file.read_text())
    tracer = TRACERS[file.parent.name]
    config = {"tracer": tracer, "blockOverrides": block(case["context"])}
    if "tracerConfig" in case:
        config["tracerConfig"] = case["tracerConfig"]
    request = [transaction(bytes.fromhex(case["input"].removeprefix("0x"))), "latest", config]
    try:
        with Node(options.product, options.work, genesis(case["genesis"])) as node:
            answer = node.call("debug_traceCall", request)
    except Unusable as error:
        return [("", str(error))]
    if "error" in answer:
        return [("", f"is an error: {answer['error']}")]
    found, expected = plain(answer["result"]), plain(case["result"])
    if tracer == "flatCallTracer":
        found, expected = flat(found), flat(expected)
    elif tracer == "callTracer":
        found, expected = without_first_index(found), without_first_index(expected)
    if file.parent.name.endswith("_legacy"):
        found, expected = legacy(tracer, found, expected)
    reasons = list(differences(found, expected, ""))
    return reasons or [(at, "is another in a copy, which goes unseen") for at in unseen(expected)]


def genesis(file):
    """A case's genesis, which is the parent of its block, as block 0."""
    config = {}
    for key, value in file["config"].items():
        # As geth reads them, names in any case.
        known = [fork for fork in FORKS if fork.lower() == key.lower()]
        config[known[0] if known else key] = value
    # Moves funds in one block that is in no case, and needs the chain before it.
    config.pop("daoForkBlock", None)
    # A fork does not begin after its successors: their rules contain its.
    first = None
    for fork in reversed(FORKS):
        if fork in config:
            first = config[fork] if first is None else min(first, config[fork])
            config[fork] = first
    alloc = {
        address: {key: value for key, value in account.items() if key != "codeHash"}
        for address, account in file["alloc"].items()
    }
    return {**file, "config": config, "alloc": alloc, "number": "0x0"}


def block(context):
    """What is to be different in the block of the call."""
    names = {
        "number": "number",
        "timestamp": "time",
        "difficulty": "difficulty",
        "gasLimit": "gasLimit",
        "baseFeePerGas": "baseFeePerGas",
    }
    fields = {names[key]: hex(int(value, 0)) for key, value in context.items() if key in names}
    return {**fields, "feeRecipient": context["miner"]}


def flat(frames):
    """The cases' files hold zeros of fields that a frame does not have, or hold nothing; and places in the chain that a case
    was on, or none."""
    result = []
    for frame in frames:
        frame = {key: value for key, value in frame.items() if key not in PLACES}
        action, outcome = dict(frame["action"]), dict(frame.pop("result", None) or {})
        if frame["type"] == "call":
            for key, zero in NOT_OF_A_CALL.items():
                for part in (action, outcome):
                    if part.get(key) == zero:
                        del part[key]
        for part, key in [(action, "input"), (outcome, "output")]:
            if part.get(key) == "0x":
                del part[key]
        result.append({**frame, "action": action, **({"result": outcome} if outcome else {})})
    return result


PLACES = ["blockHash", "blockNumber", "transactionHash", "transactionPosition"]
ZERO = "0x" + "00" * 20
NOT_OF_A_CALL = {"address": ZERO, "author": ZERO, "refundAddress": ZERO, "balance": "0x0"}


def without_first_index(frame):
    """The index of a transaction's first log, which is 0, is not in every file."""
    frame = dict(frame)
    if "logs" in frame:
        frame["logs"] = [
            {key: value for key, value in log.items() if (key, value) != ("index", "0x0")}
            for log in frame["logs"]
        ]
    if "calls" in frame:
        frame["calls"] = list(map(without_first_index, frame["calls"]))
    return frame


def legacy(tracer, found, expected):
    """Both as far as a tracer in JavaScript could know: it sees steps, and no frame that has none."""
    if tracer == "prestateTracer":
        known = {
            address: {key: value for key, value in account.items() if value not in ("0x", {})}
            for address, account in expected.items()
        }
        seen = {
            address: {key: value for key, value in account.items() if key != "codeHash"}
            for address, account in found.items()
        }
        return seen, known
    found, expected = dict(found), dict(expected)
    for frame in (found, expected):
        if frame.get("output") == "0x":
            del frame["output"]
    for key in ("gas", "gasUsed", "value", "revertReason"):
        if key not in expected:
            found.pop(key, None)
    if expected.get("error") == "internal failure" and "error" in found:
        found["error"] = expected["error"]
    inner = found.get("calls", []), expected.get("calls", [])
    if len(inner[0]) == len(inner[1]) > 0:
        pairs = [legacy(tracer, *pair) for pair in zip(*inner)]
        found["calls"], expected["calls"] = map(list, zip(*pairs))
    return found, expected


def plain(value):
    """The same with hex digits in lower case."""
    if isinstance(value, dict):
        return {plain(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return list(map(plain, value))
    return value.lower() if isinstance(value, str) and value.startswith("0x") else value


def differences(found, expected, at):
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(set(expected) | set(found)):
            if key not in found:
                yield f"{at}.{key}", f"is missing, expected {short(expected[key])}"
            elif key not in expected:
                yield f"{at}.{key}", f"is {short(found[key])}, expected nothing"
            else:
                yield from differences(found[key], expected[key], f"{at}.{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{at}.items", f"are {len(found)}, expected {len(expected)}"
        for index, pair in enumerate(zip(found, expected)):
            yield from differences(*pair, f"{at}[{index}]")
    elif type(found) is not type(expected) or found != expected:
        yield at, f"is {short(found)}, expected {short(expected)}"


def unseen(expected):
    """Places of an expected answer, its first, middle and last, where the comparison does not see that a value is another, or
    is not there."""
    places = list(leaves(expected, ()))
    for place in {places[index] for index in (0, len(places) // 2, -1)} if places else []:
        for wrong in ("another", None):
            planted = copy.deepcopy(expected)
            inner = planted
            for key in place[:-1]:
                inner = inner[key]
            if wrong is None:
                del inner[place[-1]]
            else:
                inner[place[-1]] = wrong
            if next(differences(expected, planted, ""), None) is None:
                yield ".".join(map(str, place))


def leaves(value, at):
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        yield at
        return
    for key, one in items:
        yield from leaves(one, (*at, key))


def short(value):
    line = json.dumps(value)
    return line if len(line) <= 120 else line[:117] + "..."


if __name__ == "__main__":
    sys.exit(main())
