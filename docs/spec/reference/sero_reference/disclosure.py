"""Disclosures of one payment, and the payer's one-time keys. Spec 12."""

from dataclasses import dataclass, replace

from . import SpecError, notes, signature, tree
from .curve import mul, point_from_bytes, point_to_bytes
from .fields import field_from_bytes, to_bytes
from .hashes import G_AUTH, b32, blake, h2s
from .keys import Address, base, derive_pkr

HIDDEN, PUBLIC = 0, 1
NOBODY, PAYEE, PAYER = 0, 1, 2
LEAVES = 8 ** 11 - 1
CHALLENGE_LENGTH = 1024
LENGTHS = {NOBODY: 52 + 176 + 32 + 77 * 32, PAYEE: 52 + 176 + 32 + 77 * 32 + 64,
           PAYER: 52 + 176 + 32 + 77 * 32 + 96}


def payer_secret(payer_key, address, asset, v, memo, cv):
    """`x` of an output."""
    x = h2s("SERO_payer_x", payer_key, point_to_bytes(cv), to_bytes(address.o), point_to_bytes(address.e),
            to_bytes(asset), v.to_bytes(16, "big"), memo)
    if x == 0:
        raise SpecError("zero-secret")
    return x


def rseed(x_point):
    return b32("SERO_rseed", point_to_bytes(x_point))


@dataclass(frozen=True)
class Disclosure:
    chain_id: int
    genesis_hash: bytes
    kind: int
    position: int
    cm: int
    address: Address
    asset: int
    v: int
    seed: bytes
    anchor: int
    siblings: list
    claim: int = NOBODY
    payer: tuple = None
    signature: bytes = b""

    def statement(self):
        head = (bytes([1, 0, self.kind, self.claim]) + self.chain_id.to_bytes(8, "big") + self.genesis_hash
                + self.position.to_bytes(8, "big"))
        content = (to_bytes(self.cm) + self.address.to_bytes() + to_bytes(self.asset)
                   + self.v.to_bytes(16, "big") + self.seed)
        return head + content + (point_to_bytes(self.payer) if self.claim == PAYER else b"")

    def encode(self):
        path = b"".join(to_bytes(node) for level in self.siblings for node in level)
        return self.statement() + to_bytes(self.anchor) + path + self.signature

    def message(self, challenge):
        if not 1 <= len(challenge) <= CHALLENGE_LENGTH:
            raise SpecError("challenge")
        return blake("SERO_disclosure", self.statement(), challenge)

    def opened(self):
        """The leaf that the content makes."""
        if self.kind == HIDDEN:
            return notes.Note(self.address, self.asset, self.v, self.seed).cm
        return notes.public_commitment(derive_pkr(self.address, self.seed).o_r, self.asset, self.v)

    def as_payee(self, ivk, challenge, fresh):
        claim = replace(self, claim=PAYEE)
        domain = signature.payee(base(self.address.o))
        return replace(claim, signature=signature.sign(domain, ivk, claim.message(challenge), fresh))

    def as_payer(self, x, challenge, fresh):
        claim = replace(self, claim=PAYER, payer=mul(x, G_AUTH))
        return replace(claim, signature=signature.sign("payer", x, claim.message(challenge), fresh))

    def verify(self, chain_id, genesis_hash, challenge):
        """Raises SpecError with the name of what is wrong. `challenge` is bytes or None."""
        for name, good in (("chain-id", self.chain_id == chain_id), ("genesis-hash", self.genesis_hash == genesis_hash),
                           ("commitment", self.opened() == self.cm),
                           ("path", tree.root_from_path(self.cm, self.position, self.siblings) == self.anchor)):
            if not good:
                raise SpecError(name)
        if self.claim == NOBODY:
            if challenge is not None:
                raise SpecError("claim-missing")
            return
        if challenge is None:
            raise SpecError("challenge-missing")
        message = self.message(challenge)
        if self.claim == PAYEE:
            domain, key = signature.payee(base(self.address.o)), self.address.e
        else:
            if rseed(self.payer) != self.seed:
                raise SpecError("payer-key")
            domain, key = "payer", self.payer
        if not signature.verify(domain, point_to_bytes(key), message, self.signature):
            raise SpecError("signature")


def decode(data):
    """Canonical: what it accepts, `encode` gives again."""
    if len(data) < 4:
        raise SpecError("length")
    version, pool, kind, claim = data[:4]
    for name, good in (("version", version == 1), ("pool", pool < 8), ("kind", kind in (HIDDEN, PUBLIC)),
                       ("claim", claim in LENGTHS)):
        if not good:
            raise SpecError(name)
    if len(data) != LENGTHS[claim]:
        raise SpecError("length")
    at = 4

    def take(size):
        nonlocal at
        at += size
        return data[at - size:at]

    def named(name, read):
        try:
            return read(take(32))
        except SpecError:
            raise SpecError(name)

    chain_id, genesis_hash = int.from_bytes(take(8), "big"), take(32)
    position = int.from_bytes(take(8), "big")
    cm = named("commitment", field_from_bytes)
    address = Address(named("address", field_from_bytes), named("address", point_from_bytes))
    asset = named("asset", field_from_bytes)
    v, seed = int.from_bytes(take(16), "big"), take(32)
    payer = named("payer-key", point_from_bytes) if claim == PAYER else None
    anchor = named("anchor", field_from_bytes)
    siblings = [[named("path", field_from_bytes) for _ in range(7)] for _ in range(11)]
    for name, good in (("position", position < LEAVES), ("amount", v > 0),
                       ("claim", not (kind == PUBLIC and claim == PAYER))):
        if not good:
            raise SpecError(name)
    return Disclosure(chain_id, genesis_hash, kind, position, cm, address, asset, v, seed, anchor, siblings, claim,
                      payer, data[at:])
