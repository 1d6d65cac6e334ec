"""Plays the .io cases of Ethereum's execution-apis against a node.

Exact mode: every request line is posted, and the answer must be the recorded one, but for the words of error messages. Files
that say `speconly` are compared with the schema of the method's result. Schema mode: every answer is compared with the schema,
and what the node refuses must be refused by a known error code.

With --open, cases that a list names by prefix are known to fail: they are counted apart, and one that passes must leave the
list.

usage: run.py --rpc URL --apis FOLDER [--open FILE] [--schema] [--only TEXT] [--verbose]
The last line is `N passed, N failed`.
"""

import argparse
import json
import pathlib
import sys
import urllib.request

from schema import Schemas

TIMEOUT_S = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rpc", required=True)
    parser.add_argument("--apis", required=True, type=pathlib.Path)
    parser.add_argument("--open", type=pathlib.Path)
    parser.add_argument("--schema", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    schemas = Schemas(options.apis / "src")
    tests = options.apis / "tests"
    lines = options.open.read_text().splitlines() if options.open else []
    known = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    passed = failed = still_open = 0
    for file in sorted(tests.rglob("*.io")):
        name = str(file.relative_to(tests))
        if options.only not in name:
            continue
        reason = play(options, schemas, file)
        if any(name.startswith(prefix) for prefix in known):
            if reason is not None:
                still_open += 1
                continue
            reason = "passes, and is on the list of those that do not"
        if reason is None:
            passed += 1
            if options.verbose:
                print("ok", name)
        else:
            failed += 1
            print(f"FAILED {name}: {reason}")
    if still_open:
        print(f"{still_open} cases are open: {options.open.name}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


def play(options, schemas, file):
    """Why a case fails; None if it does not."""
    lines = file.read_text().splitlines()
    spec_only = any(line.startswith("// speconly") for line in lines)
    request = None
    for line in lines:
        if line.startswith(">>"):
            request = json.loads(line[2:])
            answer = post(options.rpc, request)
        elif line.startswith("<<"):
            expected = json.loads(line[2:])
            if options.schema or spec_only:
                reason = schemas.check(request["method"], answer, expected)
            else:
                reason = compare(answer, expected)
            if reason is not None:
                return reason
    return None if request is not None else "no request"


def post(url, request):
    body = json.dumps(request).encode()
    headers = {"content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=TIMEOUT_S) as answer:
        return json.loads(answer.read())


def compare(answer, expected):
    """Where two answers differ first; None if they are the same."""
    for side in (answer, expected):
        if "error" in side and "error" in answer and "error" in expected:
            side["error"].pop("message", None)
    return difference(answer, expected, "")


def difference(found, expected, at):
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(set(expected) | set(found)):
            if key not in found:
                return f"{at}.{key} is missing, expected {short(expected[key])}"
            if key not in expected:
                return f"{at}.{key} is {short(found[key])}, expected nothing"
            reason = difference(found[key], expected[key], f"{at}.{key}")
            if reason is not None:
                return reason
        return None
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{at} has {len(found)} items, expected {len(expected)}"
        for index, pair in enumerate(zip(found, expected)):
            reason = difference(*pair, f"{at}[{index}]")
            if reason is not None:
                return reason
        return None
    if type(found) is type(expected) and found == expected:
        return None
    return f"{at} is {short(found)}, expected {short(expected)}"


def short(value):
    text = json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."


if __name__ == "__main__":
    sys.exit(main())
