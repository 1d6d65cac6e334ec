"""Random blocks through EELS, the product and anvil, and where they differ.

EELS, Ethereum's executable specification, makes blocks of random transactions on random states. `sero import` must take all of them
and refuse those with one thing wrong; `sero node` must tell of them what EELS says; anvil must come to the same results with the
same transactions. A case that differs is made small, printed, and kept as JSON.

usage: run.py --product FILE --artifacts FOLDER --work FOLDER [--anvil FILE] [--blocks N] [--seed S] [--processes N] [--traces]
       run.py ... --planted     see it find bugs that are put into what EELS says
       run.py ... --case FILE   run a case that was kept
The last line is `N passed, N failed`.
"""

import argparse
import json
import multiprocessing
import pathlib
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import replace

from bytecode import OPS
from check import Difference, Options, Result, check, check_forbidden
from edges import cases, forbidden
from generate import WELL, Generator
from planted import PLANTED
from reference import Coverage
from shrink import shrink

CHAIN_BLOCKS = 20
LONG_BLOCKS = 270
SHRUNK = 3
# Of transactions and of calls between contracts, at least so many of ten succeed.
LEAST_OF_TEN = 5
# Anvil gets two of three chains, and its pool does not hold everything.
ANVIL_OF_TEN = 2
# Initial code that leaves a byte, and code that clears a slot.
KEEPS, CLEARS = "0x60015f5360015ff3", "0x5f5f5500"
# With fewer blocks not everything can be asked to have happened.
FULL = 60


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--product", required=True, type=pathlib.Path)
    parser.add_argument("--artifacts", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--anvil", type=pathlib.Path)
    parser.add_argument("--without-anvil", action="store_true", help="there is none for this machine")
    parser.add_argument("--blocks", type=int, default=FULL)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--traces", action="store_true")
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--case", type=pathlib.Path)
    given = parser.parse_args()
    if not given.anvil:
        if not given.without_anvil:
            parser.error("--anvil or --without-anvil")
        print("SKIPPED: no anvil for this machine")
    options = Options(given.product, given.anvil, given.work, traces=("sero", "anvil") if given.traces else ())
    end_in_order()
    given.work.mkdir(parents=True, exist_ok=True)
    if given.planted:
        return planted(given, options)
    if given.case:
        return replay(given, options)
    return everything(given, options)


def everything(given, options):
    start, told = time.monotonic(), time.monotonic()
    chains = lengths(given.blocks)
    jobs = [(given.seed, index, blocks, given.artifacts, options) for index, blocks in chains]
    coverage, counts, failures, done = Coverage(), Counter(), [], 0
    at_edges, wrong_at_edges = edge_cases(options)
    with multiprocessing.get_context("spawn").Pool(given.processes, initializer=end_in_order) as pool:
        for index, result in pool.imap_unordered(job, jobs):
            coverage.add(result.coverage)
            counts.update(result.counts)
            done += 1
            if result.differences:
                failures.append((index, result.differences))
                first = result.differences[0]
                print(f"FAILED seed {given.seed}, chain {index}, {first.peer}: {first.text}", flush=True)
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(f"{done} of {len(jobs)} chains, {len(failures)} failed", flush=True)
        pool.close()
        pool.join()
    for index, differences in sorted(failures, key=lambda one: one[0])[:SHRUNK]:
        blocks = dict(chains)[index]
        report(
            made(given.seed, index, blocks, given.artifacts),
            differences,
            options,
            given,
            index,
        )
    poor = poverty(coverage, given.blocks)
    if given.anvil and counts["anvil"] * 10 < counts["receipts"] * ANVIL_OF_TEN:
        poor.append(f"anvil had {counts['anvil']} of {counts['receipts']} transactions")
    tell(coverage, counts)
    print(f"{given.blocks} blocks with seed {given.seed}, {time.monotonic() - start:.1f} s")
    for line in poor:
        print(f"FAILED {line}")
    print(f"{len(jobs)} chains and {at_edges} edges")
    passed = len(jobs) - len(failures) + at_edges - wrong_at_edges
    failed = len(failures) + wrong_at_edges + bool(poor)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


def edge_cases(options):
    """How many there are, and how many are wrong."""
    total = wrong = 0
    options = replace(options, invalid=0, traces=options.traces[:1])  # anvil's replay loses some of these
    for name, case in cases():
        found = check(case, options, "edge").differences
        total, wrong = total + 1, wrong + bool(found)
        for one in found[:1]:
            print(f"FAILED {name}, {one.peer}: {one.text}", flush=True)
    for name, case in forbidden():
        reason = check_forbidden(case, options)
        total, wrong = total + 1, wrong + bool(reason)
        if reason:
            print(f"FAILED {name}: {reason}", flush=True)
    return total, wrong


def lengths(blocks):
    """How long each chain is. With many blocks, some chains are longer than BLOCKHASH looks back."""
    out = []
    while blocks > 0:
        long = blocks > 10 * LONG_BLOCKS and len(out) % 30 == 4
        out.append((len(out), min(LONG_BLOCKS if long else CHAIN_BLOCKS, blocks)))
        blocks -= out[-1][1]
    return out


def made(seed, index, blocks, artifacts):
    """A chain's case. Two of three go to anvil too, and the first has what every fork has brought."""
    fork = "osaka" if index == 0 else None
    return Generator(f"{seed}/{index}", artifacts, index % 3 != 1, blocks, fork).case()


def end_in_order():
    """A process that is told to end still ends what it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def job(arguments):
    seed, index, blocks, artifacts, options = arguments
    try:
        case = made(seed, index, blocks, artifacts)
        return index, check(case, options, f"chain-{index}", seed=f"{seed}/{index}/invalid")
    except Exception:  # noqa: BLE001 - whatever it is, it is this chain's failure
        return index, failed(traceback.format_exc())


def failed(text):
    result = Result()
    result.differences.append(Difference("harness", None, text))
    return result


def report(case, differences, options, given, index):
    """Makes the case smaller, and keeps it."""
    first = differences[0]
    print(f"== chain {index}: {len(differences)} differences, the first with {first.peer}")
    small = case
    if not first.peer.startswith("harness") and "invalid" not in first.peer:
        small = shrink(case, first, options, f"shrink-{index}")
        again = check(small, options, f"shrink-{index}", peers=(first.peer.split(",")[0],)).differences
        for one in again[:3]:
            print(f"{one.peer}: {one.text}")
    keep = options.folder / "failures"
    keep.mkdir(exist_ok=True)
    file = keep / f"seed-{given.seed}-chain-{index}.json"
    file.write_text(json.dumps({"seed": given.seed, "chain": index, "case": small}, indent=1))
    text = json.dumps(small)
    print(f"kept as {file}" + (f": {text}" if len(text) < 4000 else f", {len(text)} bytes"))


def replay(given, options):
    kept = json.loads(given.case.read_text())
    result = check(kept["case"], options, "case", seed=f"{kept['seed']}/{kept['chain']}/invalid")
    for one in result.differences:
        print(f"FAILED {one.peer}: {one.text}")
    print(f"{int(not result.differences)} passed, {len(result.differences)} failed")
    return 1 if result.differences else 0


def planted(given, options):
    """Every planted bug must be found, by the product and, where it can, by anvil; and none where none is planted."""
    maker = Generator(f"{given.seed}/planted", given.artifacts, True, 6, "osaka", blobs=False)
    case = maker.case()
    # Something for every bug: a creation, a type with a list, a failure, a slot that is cleared.
    clearing = "0x" + "c1" * 20
    case["alloc"][clearing] = {"balance": "0x0", "nonce": 1, "code": [CLEARS], "storage": {"0x0": "0x1"}}
    sure = [maker.plain(None, KEEPS), {**maker.plain(WELL, "0x"), "type": 1}, maker.plain(clearing, "0x")]
    case["blocks"][-1]["txs"] += [*sure, maker.plain(None, "0xfe")]
    passed, wrong = 0, 0
    for name in (None, *PLANTED):
        options.planted, options.invalid = name, PLANTED[name].invalid if name else 0
        found = check(case, options, "planted").differences
        peers = sorted({one.peer for one in found})
        if bool(found) == bool(name):
            passed += 1
            print(f"ok {name or 'nothing planted'}: {', '.join(peers) or 'no difference'}")
        else:
            wrong += 1
            print(f"FAILED {name or 'nothing planted'}: {found[0].text if found else 'not found'}")
    options.planted, options.invalid = "gas of a cold slot", 0
    found = check(case, options, "planted").differences[0]
    small = shrink(case, found, options, "planted")
    pieces = sum(len(account.get("code", [])) for account in small["alloc"].values())
    txs = sum(len(block["txs"]) for block in small["blocks"])
    good = txs == 1 and len(small["blocks"]) == 1
    print(
        f"{'ok' if good else 'FAILED'} shrunk to {len(small['blocks'])} block, {txs} transaction, {pieces} pieces of code"
    )
    passed, wrong = passed + good, wrong + (not good)
    print(f"{passed} passed, {wrong} failed")
    return 1 if wrong else 0


def poverty(coverage, blocks):
    """What too little happened of."""
    if blocks < FULL:
        return []
    out = []
    missing = [name for name in OPS if not coverage.ops[name]]
    if missing:
        out.append(f"never executed: {' '.join(missing)}")
    kinds = {kind for kind, succeeded in coverage.transactions if succeeded}
    if kinds != {0, 1, 2, 3, 4}:
        out.append(f"transactions of types {sorted(kinds)} only")
    good = sum(count for (_, succeeded), count in coverage.transactions.items() if succeeded)
    total = sum(coverage.transactions.values())
    if good * 10 < total * LEAST_OF_TEN:
        out.append(f"{good} of {total} transactions succeed")
    if coverage.calls[True] * 10 < sum(coverage.calls.values()) * LEAST_OF_TEN:
        out.append(f"{coverage.calls[True]} of {sum(coverage.calls.values())} calls succeed")
    lacking = [hex(one) for one in [*range(1, 0x12), 0x100] if not coverage.precompiles[one]]
    if lacking and blocks > 10 * FULL:
        out.append(f"precompiles never called: {' '.join(lacking)}")
    for error in ("OutOfGasError", "Revert", "WriteInStaticContext", "InvalidJumpDestError"):
        if not coverage.errors[error]:
            out.append(f"no {error}")
    return out


def tell(coverage, counts):
    print("operations: " + ", ".join(f"{name} {count}" for name, count in sorted(coverage.ops.items())))
    names = sorted(coverage.transactions.items())
    kinds = ", ".join(f"type {kind} {'ok' if good else 'failed'} {count}" for (kind, good), count in names)
    print(f"transactions: {kinds}")
    print(f"calls inside: {coverage.calls[True]} succeed, {coverage.calls[False]} do not; depth {coverage.depth}")
    print("ends: " + ", ".join(f"{name} {count}" for name, count in coverage.errors.most_common()))
    print("precompiles: " + ", ".join(f"{one:#x} {count}" for one, count in sorted(coverage.precompiles.items())))
    requests = ", ".join(f"requests of type {kind} {count}" for kind, count in sorted(coverage.requests.items()))
    print(f"withdrawals {coverage.withdrawals}, {requests or 'no requests'}")
    print("not taken into blocks: " + ", ".join(f"{name} {count}" for name, count in coverage.rejected.items()))
    print("compared: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))


if __name__ == "__main__":
    sys.exit(main())
