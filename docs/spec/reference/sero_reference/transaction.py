"""Transactions of type 0x53: encoding, digest, what `from` signs. Spec 07."""

from dataclasses import dataclass, field, replace

from . import SpecError, bundle, rlp
from .assets import COIN
from .curve import point_from_bytes
from .fields import field_from_bytes, to_bytes
from .hashes import keccak256

TYPE = b"\x53"
MAX_OUTS = MAX_ATTACHED = 16
MAX_MEMO = 64


@dataclass
class Call:
    """`to` is empty for a creation; access_list: [(address, [key])]; attached: [(asset, amount)];
    signature: (y_parity, r, s)."""
    sender: bytes
    nonce: int
    to: bytes
    value: int
    input: bytes
    access_list: list
    attached: list
    refund: bytes
    signature: tuple = (0, 0, 0)

    def items(self, signed):
        unsigned = [self.sender, rlp.number(self.nonce), self.to, rlp.number(self.value), self.input,
                    [[address, list(keys)] for address, keys in self.access_list],
                    [[to_bytes(asset), rlp.number(amount)] for asset, amount in self.attached], self.refund]
        return unsigned + [rlp.number(n) for n in self.signature] if signed else unsigned


@dataclass
class Out:
    to: bytes
    asset: int
    amount: int
    memo: bytes = b""

    def items(self):
        return [self.to, to_bytes(self.asset), rlp.number(self.amount), self.memo]


@dataclass
class Transaction:
    chain_id: int
    expiry: int
    max_fee: int
    max_priority_fee: int
    gas_limit: int
    bundle: bundle.Bundle
    call: Call = None
    outs: list = field(default_factory=list)

    def _items(self, with_bundle, signed):
        head = [rlp.number(n) for n in (self.chain_id, self.expiry, self.max_fee, self.max_priority_fee,
                                        self.gas_limit)]
        body = [self.bundle.encode()] if with_bundle else []
        return head + body + [[self.call.items(signed)] if self.call else [], [out.items() for out in self.outs]]

    def encode(self):
        return TYPE + rlp.encode(self._items(True, True))

    def hash(self):
        return keccak256(self.encode())

    def digest(self):
        return keccak256(rlp.encode(self._items(False, False)))

    def from_signature_hash(self):
        return keccak256(TYPE + rlp.encode(self._items(True, False)))

    def signed(self, sign):
        return replace(self, call=replace(self.call, signature=sign(self.from_signature_hash())))


def _number(item, bits):
    if isinstance(item, list) or item[:1] == b"\x00" or len(item) * 8 > bits:
        raise SpecError("number")
    return int.from_bytes(item, "big")


def _bytes(item, *lengths):
    if isinstance(item, list) or lengths and len(item) not in lengths:
        raise SpecError("bytes")
    return item


def _list(item, length=None):
    if not isinstance(item, list) or length is not None and len(item) != length:
        raise SpecError("list")
    return item


def _pkr(item):
    data = _bytes(item, 128)
    field_from_bytes(data[:32])
    point_from_bytes(data[32:64])
    return data


def _amount(item):
    amount = _number(item, 128)
    if amount == 0:
        raise SpecError("zero-amount")
    return amount


def _asset(item):
    return field_from_bytes(_bytes(item, 32))


def _call(item):
    sender, nonce, to, value, data, access, attached, refund, parity, r, s = _list(item, 11)
    entries = [_list(entry, 2) for entry in _list(access)]
    pairs = [_list(entry, 2) for entry in _list(attached)]
    call = Call(_bytes(sender, 20), _number(nonce, 64), _bytes(to, 0, 20), _number(value, 256), _bytes(data),
                [(_bytes(address, 20), [_bytes(key, 32) for key in _list(keys)]) for address, keys in entries],
                [(_asset(asset), _amount(amount)) for asset, amount in pairs], _pkr(refund),
                (_number(parity, 8), _number(r, 256), _number(s, 256)))
    if call.signature[0] > 1:
        raise SpecError("parity")
    assets = [asset for asset, _ in call.attached]
    for bad, reason in ((len(assets) > MAX_ATTACHED, "attached"), (COIN in assets, "coin-attached"),
                        (any(a >= b for a, b in zip(assets, assets[1:])), "attached-order")):
        if bad:
            raise SpecError(reason)
    return call


def _out(item):
    to, asset, amount, memo = _list(item, 4)
    if len(_bytes(memo)) > MAX_MEMO:
        raise SpecError("memo")
    return Out(_pkr(to), _asset(asset), _amount(amount), memo)


def decode(data):
    """Reads a transaction; SpecError with a reason if chapter 07 refuses its bytes."""
    if data[:1] != TYPE:
        raise SpecError("type")
    chain_id, expiry, fee, priority, gas, bundle_bytes, calls, outs = _list(rlp.decode(data[1:]), 8)
    tx = Transaction(_number(chain_id, 64), _number(expiry, 64), _number(fee, 128), _number(priority, 128),
                     _number(gas, 64), bundle.decode(_bytes(bundle_bytes)), None, [_out(out) for out in _list(outs)])
    for bad, reason in ((len(_list(calls)) > 1, "calls"), (len(tx.outs) > MAX_OUTS, "outs"),
                        (calls and tx.outs, "outs-and-call"),
                        (not calls and tx.max_priority_fee, "priority-without-call"),
                        (tx.max_priority_fee > tx.max_fee, "priority-above-fee")):
        if bad:
            raise SpecError(reason)
    tx.call = _call(calls[0]) if calls else None
    assert tx.encode() == data
    return tx
