"""Bundles: encoding, effects, sighash, binding signature. Spec 06."""

from dataclasses import dataclass, field

from . import SpecError
from .assets import COIN, generator
from .curve import IDENTITY, add, mul, point_from_bytes, point_to_bytes, sub
from .fields import field_from_bytes, to_bytes
from .hashes import keccak256

VERSION, POOLS = 1, 8
MAX_ITEMS, MAX_PACKAGES = 16, 8
CREATE, OPEN = 0, 1
CIPHERTEXT_LENS = 128, 256, 512, 1024
INWARD, IS_COIN = 1, 2


@dataclass
class Spend:
    nf: int
    rk: tuple
    cv: tuple
    proof: bytes = bytes(128)
    auth_sig: bytes = bytes(64)

    def effects(self):
        return to_bytes(self.nf) + point_to_bytes(self.rk) + point_to_bytes(self.cv)

    def encode(self):
        return self.effects() + self.proof + self.auth_sig


@dataclass
class Output:
    cm: int
    cv: tuple
    epk: tuple
    view_tag: bytes
    enc_note: bytes
    out_ct: bytes
    proof: bytes = bytes(128)

    def effects(self):
        return (to_bytes(self.cm) + point_to_bytes(self.cv) + point_to_bytes(self.epk)
                + self.view_tag + self.enc_note + self.out_ct)

    def encode(self):
        return self.effects() + self.proof


@dataclass
class Create:
    cm: int
    cv: tuple
    owner: bytes
    tag: bytes
    ciphertext: bytes
    proof: bytes = bytes(128)

    def effects(self):
        return (bytes([CREATE]) + to_bytes(self.cm) + point_to_bytes(self.cv) + self.owner + self.tag
                + len(self.ciphertext).to_bytes(2, "big") + self.ciphertext)

    def encode(self):
        return self.effects() + self.proof


@dataclass
class Open:
    id: int
    cm: int
    cv: tuple
    proof: bytes = bytes(128)

    def effects(self):
        return bytes([OPEN]) + to_bytes(self.id) + to_bytes(self.cm) + point_to_bytes(self.cv)

    def encode(self):
        return self.effects() + self.proof


@dataclass
class Balance:
    asset: int
    amount: int
    inward: bool

    def encode(self):
        coin = self.asset == COIN
        flags = INWARD * self.inward | IS_COIN * coin
        return (bytes([flags]) + (b"" if coin else to_bytes(self.asset))
                + self.amount.to_bytes(16, "big"))


@dataclass
class Bundle:
    anchor: int
    spends: list
    outputs: list
    balance: list
    binding_sig: bytes = bytes(64)
    packages: list = field(default_factory=list)
    pool: int = 0

    def _header(self):
        return bytes([VERSION, self.pool, len(self.spends), len(self.outputs), len(self.packages),
                      len(self.balance)]) + to_bytes(self.anchor)

    def effects(self):
        parts = *self.spends, *self.outputs, *self.packages
        return (self._header() + b"".join(p.effects() for p in parts)
                + b"".join(b.encode() for b in self.balance))

    def encode(self):
        parts = *self.spends, *self.outputs, *self.packages, *self.balance
        return self._header() + b"".join(p.encode() for p in parts) + self.binding_sig

    def sighash(self, chain_id, genesis_hash, transaction_digest):
        return keccak256(b"SERO.sighash.transaction" + chain_id.to_bytes(8, "big") + genesis_hash
                         + bytes([self.pool, VERSION]) + keccak256(self.effects())
                         + transaction_digest)

    def contract_sighash(self, chain_id, genesis_hash, caller, context, expiry):
        return keccak256(b"SERO.sighash.contract" + chain_id.to_bytes(8, "big") + genesis_hash
                         + bytes([self.pool, VERSION]) + keccak256(self.effects())
                         + caller + context + expiry.to_bytes(8, "big"))

    def binding_message(self, sighash):
        return keccak256(b"SERO.binding" + sighash
                         + b"".join(s.proof + s.auth_sig for s in self.spends)
                         + b"".join(o.proof for o in self.outputs)
                         + b"".join(p.proof for p in self.packages))

    def bvk(self):
        total = IDENTITY
        for s in self.spends:
            total = add(total, s.cv)
        for o in self.outputs:
            total = sub(total, o.cv)
        for p in self.packages:
            total = add(total, p.cv) if isinstance(p, Open) else sub(total, p.cv)
        for b in self.balance:
            value = mul(b.amount, generator(b.asset))
            total = add(total, value) if b.inward else sub(total, value)
        if total == IDENTITY:
            raise SpecError("bvk-identity")
        return total


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if self.at + n > len(self.data):
            raise SpecError("truncated")
        self.at += n
        return self.data[self.at - n:self.at]


def _read_balance(reader):
    flags = reader.take(1)[0]
    if flags & ~(INWARD | IS_COIN):
        raise SpecError("flags")
    asset = COIN if flags & IS_COIN else field_from_bytes(reader.take(32))
    if asset == COIN and not flags & IS_COIN:
        raise SpecError("coin-not-flagged")
    amount = int.from_bytes(reader.take(16), "big")
    if amount == 0:
        raise SpecError("zero-amount")
    return Balance(asset, amount, bool(flags & INWARD))


def _read_package(r):
    kind = r.take(1)[0]
    if kind == CREATE:
        cm, cv = field_from_bytes(r.take(32)), point_from_bytes(r.take(32))
        owner, tag, length = r.take(20), r.take(32), int.from_bytes(r.take(2), "big")
        if length not in CIPHERTEXT_LENS:
            raise SpecError("ciphertext-length")
        return Create(cm, cv, owner, tag, r.take(length), r.take(128))
    if kind == OPEN:
        return Open(field_from_bytes(r.take(32)), field_from_bytes(r.take(32)), point_from_bytes(r.take(32)),
                    r.take(128))
    raise SpecError("package-kind")


def _check_packages(outputs, packages):
    commitments = [o.cm for o in outputs]
    for i, p in enumerate(packages):
        if isinstance(p, Create) and p.cm in commitments + [q.cm for q in packages[:i]]:
            raise SpecError("commitment-twice")
        if isinstance(p, Open) and p.id in [q.id for q in packages[:i] if isinstance(q, Open)]:
            raise SpecError("opened-twice")


def decode(data):
    """Reads a bundle; SpecError with a reason if the text of chapter 06 refuses it.
    Proofs are not looked into."""
    r = _Reader(data)
    version, pool, n_spends, n_outputs, n_packages, n_balance = r.take(6)
    for bad, reason in ((version != VERSION, "version"), (pool >= POOLS, "pool"),
                        (n_packages > MAX_PACKAGES, "packages"),
                        (max(n_spends, n_outputs, n_balance) > MAX_ITEMS, "too-many")):
        if bad:
            raise SpecError(reason)
    felt, point = (lambda: field_from_bytes(r.take(32))), (lambda: point_from_bytes(r.take(32)))
    anchor = felt()
    if (anchor == 0) != (n_spends == 0):
        raise SpecError("anchor")
    spends = [Spend(felt(), point(), point(), r.take(128), r.take(64)) for _ in range(n_spends)]
    if len({s.nf for s in spends}) != len(spends):
        raise SpecError("nullifier-twice")
    outputs = [Output(felt(), point(), point(), r.take(2), r.take(194), r.take(80), r.take(128))
               for _ in range(n_outputs)]
    packages = [_read_package(r) for _ in range(n_packages)]
    _check_packages(outputs, packages)
    balance = [_read_balance(r) for _ in range(n_balance)]
    order = [-1 if b.asset == COIN else b.asset for b in balance]
    if len(set(order)) != len(order):
        raise SpecError("asset-twice")
    if order != sorted(order):
        raise SpecError("balance-order")
    bundle = Bundle(anchor, spends, outputs, balance, r.take(64), packages, pool)
    if r.at != len(data):
        raise SpecError("trailing")
    return bundle
