"""One case through EELS, the product and anvil."""

import shutil
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import anvil
from invalid import mutants, rooted
from planted import PLANTED
from product import Product, compare, refused_number
from reference import Chain, Coverage


@dataclass
class Options:
    """What cases are held against."""

    product: Path
    anvil: Path | None
    folder: Path
    invalid: int = 12
    # Whose steps are compared.
    traces: tuple = ()
    planted: str | None = None


@dataclass
class Difference:
    """Where somebody is not of EELS' opinion. `block` counts from 1; None if it is about more than one."""

    peer: str
    block: int | None
    text: str


@dataclass
class Result:
    """What came of a case."""

    differences: list = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)
    counts: Counter = field(default_factory=Counter)


def check(case, options, name, peers=("sero", "anvil"), seed=0):
    """Runs a case."""
    folder = options.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    result = Result()
    chain = Chain(case)
    result.coverage = chain.coverage
    planted = PLANTED[options.planted] if options.planted else None
    recorder = None
    if options.traces:
        import traces  # with half of EELS' tools

        recorder = chain.coverage.inner = traces.Recorder()
    built = []
    restore = planted.patch(chain) if planted else None
    try:
        for place, spec in enumerate(case["blocks"], 1):
            if place == len(case["blocks"]):
                parent = chain.snapshot()
            one = chain.build(spec)
            built.append(planted.change(chain, one) if planted else one)
    finally:
        chain.coverage.inner = None
        if restore:
            restore()
    result.counts["blocks"] = len(built)
    if "sero" in peers:
        against_product(result, case, options, folder, chain, parent, built, recorder, seed)
    if "anvil" in peers and options.anvil and case["portable"]:
        with anvil.serve(options.anvil, case, folder) as server:
            wrong, compared = anvil.play(server, chain, built)
            result.counts["anvil"] += compared
            result.differences += [Difference("anvil", number(text), text) for text in wrong]
            if "anvil" in options.traces and not wrong:
                compare_traces(result, server, built, recorder, "anvil")
    shutil.rmtree(folder, ignore_errors=True)
    return result


def against_product(result, case, options, folder, chain, parent, built, recorder, seed):
    product = Product(options.product, case, folder)
    reason = product.load([one.rlp for one in built[:-1]])
    if reason is None and options.invalid:
        refusals(result, product, parent, built[-1], options.invalid, seed)
    reason = reason or product.load([built[-1].rlp])
    if reason is not None:
        result.differences.append(Difference("sero", refused_number(reason), reason))
        return
    result.counts["imported"] += len(built)
    with product.serve() as server:
        for text in compare(server, chain, built):
            result.differences.append(Difference("sero", number(text), text))
        result.counts["receipts"] += sum(len(one.outcomes) for one in built)
        if "sero" in options.traces:
            compare_traces(result, server, built, recorder, "sero")


def refusals(result, product, parent, last, most, seed):
    """Blocks with one thing wrong instead of the last one: EELS' verdict and the product's."""
    block = int(last.block.header.number)
    for name, encoded in mutants(parent, last, seed)[:most]:
        verdict = parent.verdict(encoded)
        if verdict is None:
            database = product.folder / "other"
            shutil.copytree(product.database, database)
            reason = product.load([encoded], database)
            shutil.rmtree(database)
            result.counts["changed, and valid all the same"] += 1
            if reason is not None:
                text = f"{name}: EELS takes block {block}, the product does not: {reason}"
                result.differences.append(Difference("sero, invalid", block, text))
            continue
        reason = product.load([encoded])
        result.counts["invalid"] += 1
        if reason is None:
            text = f"{name}: the product takes block {block}, EELS does not: {verdict}"
            result.differences.append(Difference("sero, invalid", block, text))
            return  # the database is of no use any more
        elsewhere = name.startswith("transaction:") and "transaction" not in reason
        if reason.startswith("ended") or (elsewhere and not verdict.startswith("InvalidBlock")):
            text = f"{name} in block {block}: EELS says {verdict}, the product {reason}"
            result.differences.append(Difference("sero, invalid", block, text))


def check_forbidden(case, options):
    """Why a case's only transaction is not refused by EELS and the product alike; None if it is."""
    chain = Chain(case)
    spec = case["blocks"][0]
    tx = chain.signed(spec["txs"][0], chain.environment(spec))
    empty = chain.snapshot().build({**spec, "txs": []})
    block = replace(empty.block, transactions=(chain.tx.encode_transaction(tx),))
    encoded = rooted(chain, block)
    folder = options.folder / "forbidden"
    shutil.rmtree(folder, ignore_errors=True)
    verdict, reason = chain.verdict(encoded), Product(options.product, case, folder).load([encoded])
    shutil.rmtree(folder, ignore_errors=True)
    if verdict is None or reason is None or "transaction" not in reason:
        return f"EELS says {verdict}, the product {reason}"
    return None


def compare_traces(result, server, built, recorder, peer):
    import traces

    for one in built:
        for tx in one.outcomes:
            text = traces.compare(server.rpc, tx, recorder.steps.get(tx.hash, []), peer == "anvil")
            if text is None:
                result.counts[f"traces, {peer}"] += 1
            elif text == traces.UNKNOWN:
                result.counts[f"traces that {peer} does not give"] += 1
                return
            else:
                name = f"{peer}, block {int(one.block.header.number)}, trace of {tx.hash.hex()}: {text}"
                result.differences.append(Difference(f"{peer}, trace", number(name), name))


def number(text):
    """The block that a text names."""
    words = text.replace(",", " ").replace(".", " ").replace(":", " ").split()
    for word, after in zip(words, words[1:]):
        if word == "block" and after.isdigit():
            return int(after)
    return None
