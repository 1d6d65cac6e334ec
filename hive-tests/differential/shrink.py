"""Makes a case that differs smaller for as long as it still does."""

import copy
import re
import time

from check import check
from reference import Chain

SECONDS = 90


def shrink(case, difference, options, name):
    """A smaller case that differs with the same peer. Slow, and done for the first differences only."""
    deadline = time.monotonic() + SECONDS
    peer = difference.peer.split(",")[0]

    def differs(one):
        if time.monotonic() > deadline:
            return False
        try:
            found = check(one, options, name, peers=(peer,)).differences
        except Exception:  # noqa: BLE001 - a case that cannot run is not smaller
            return False
        return any(other.peer == difference.peer and kind(other.text) == kind(difference.text) for other in found)

    if difference.block is not None:
        case = {**case, "blocks": case["blocks"][: difference.block]}
        chain = Chain(case)
        for spec in case["blocks"][:-1]:
            chain.build(spec)
        alone = chain.derived(case, case["blocks"][-1])
        if differs(alone):
            case = alone
    case = copy.deepcopy(case)
    rounds = 0
    while rounds < 4 and step(case, differs):
        rounds += 1
    return case


def kind(text):
    """A difference without its numbers, so that one does not turn into another."""
    return re.sub(r"\b(0x)?[0-9a-f]*[0-9][0-9a-f]*\b", "", text)[:60]


def step(case, differs):
    """One round over everything that could go."""
    changed = False
    for block in list(case["blocks"]):
        changed |= fewer(case, block, "txs", differs)
        changed |= fewer(case, block, "withdrawals", differs)
    if len(case["blocks"]) > 1:
        changed |= fewer(case, case, "blocks", differs)
    changed |= accounts(case, differs)
    for account in case["alloc"].values():
        if len(account.get("code", [])) > 1:
            changed |= fewer(case, account, "code", differs)
        if account.get("storage"):
            changed |= without(case, account, "storage", {}, differs)
    for block in case["blocks"]:
        for tx in block["txs"]:
            for key, value in (("accessList", []), ("value", "0x0"), ("data", "0x"), ("over", 0), ("tip", 0)):
                if tx.get(key, value) != value:
                    changed |= without(case, tx, key, value, differs)
            if len(tx.get("authorizations", [])) > 1:
                changed |= fewer(case, tx, "authorizations", differs)
    return changed


def fewer(case, owner, key, differs):
    """Takes ever smaller parts out of a list."""
    changed, size = False, max(1, len(owner[key]) // 2)
    while size:
        at = 0
        while at < len(owner[key]):
            old = owner[key]
            owner[key] = old[:at] + old[at + size :]
            if differs(case):
                changed = True
            else:
                owner[key] = old
                at += size
        size //= 2
    return changed


def accounts(case, differs):
    old = case["alloc"]
    case["items"] = list(old.items())

    def smaller(one):
        one["alloc"] = dict(one["items"])
        return differs(one)

    changed = fewer(case, case, "items", smaller)
    case["alloc"] = dict(case.pop("items"))
    return changed


def without(case, owner, key, value, differs):
    old = owner[key]
    owner[key] = value
    if differs(case):
        return True
    owner[key] = old
    return False
