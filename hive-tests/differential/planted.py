"""Bugs that are put into what EELS says, to see that the comparison finds them."""

import importlib
from dataclasses import replace

from ethereum.crypto.hash import keccak256
from ethereum_rlp import rlp


class Bug:
    """A rule that is changed while EELS runs (`patch`), or a result that is changed afterwards (`change`)."""

    # How many blocks with one thing wrong it needs.
    invalid = 0

    def patch(self, chain):
        """Returns what takes it back."""
        return None

    def change(self, chain, built):
        return built


class Header(Bug):
    """A header field, changed and sealed again where a block has transactions."""

    def __init__(self, **changes):
        self.changes = changes

    def change(self, chain, built):
        if not built.outcomes:
            return built
        header = built.block.header
        new = {name: how(getattr(header, name)) for name, how in self.changes.items()}
        block = replace(built.block, header=replace(header, **new))
        chain.chain.blocks[-1] = block
        sealed = {"hash": bytes(keccak256(rlp.encode(block.header))), "rlp": bytes(rlp.encode(block))}
        return replace(built, block=block, **sealed)


class Outcome(Bug):
    """What is compared about transactions of one kind."""

    def __init__(self, wanted, **changes):
        self.wanted, self.changes = wanted, changes

    def change(self, chain, built):
        outcomes = [
            replace(one, **{name: how(getattr(one, name)) for name, how in self.changes.items()})
            if self.wanted(one)
            else one
            for one in built.outcomes
        ]
        return replace(built, outcomes=outcomes)


class Balance(Bug):
    """One wei at an address after a block."""

    def change(self, chain, built):
        return replace(built, balances={address: value + 1 for address, value in built.balances.items()})


class Rule(Bug):
    """A number in EELS."""

    def __init__(self, module, name, how):
        self.module, self.name, self.how = module, name, how

    def patch(self, chain):
        module = importlib.import_module(f"ethereum.forks.{chain.name}.{self.module}")
        old = getattr(module, self.name)
        setattr(module, self.name, self.how(old))
        return lambda: setattr(module, self.name, old)


class Verdict(Bug):
    """What EELS says of blocks with one thing wrong."""

    def __init__(self, said, invalid):
        self.said, self.invalid = said, invalid

    def patch(self, chain):
        chain.verdict = lambda encoded: self.said


def more(number):
    return type(number)(int(number) + 1)


def flipped(data):
    return type(data)(bytes([data[0] ^ 1]) + data[1:])


def other_log(logs):
    return [replace(logs[0], data=logs[0].data + b"\0"), *logs[1:]]


PLANTED = {
    "gas of a cold slot": Rule("vm.instructions.storage", "GAS_COLD_SLOAD", more),
    "gas of a log's byte": Rule("vm.instructions.log", "GAS_LOG_DATA", more),
    "gas of a deployed byte": Rule("vm.interpreter", "GAS_CODE_DEPOSIT", more),
    "refund of a cleared slot": Rule("vm.instructions.storage", "GAS_STORAGE_CLEAR_REFUND", more),
    "gas used in the header": Header(gas_used=more),
    "root of receipts": Header(receipt_root=flipped),
    "root of the state": Header(state_root=flipped),
    "bloom": Header(bloom=flipped),
    "gas in a receipt": Outcome(lambda one: one.kind == 1, gas_used=more),
    "status in a receipt": Outcome(lambda one: not one.succeeded, succeeded=lambda one: True),
    "data of a log": Outcome(lambda one: one.logs, logs=other_log),
    "address of a contract": Outcome(lambda one: one.created, created=flipped),
    "price of gas": Outcome(lambda one: one.kind == 2, price=more),
    "balance": Balance(),
    "refuses blocks that are valid": Verdict("planted", 1000),
    "takes blocks that are not": Verdict(None, 10),
}
