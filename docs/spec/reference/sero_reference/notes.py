"""Notes, their encryption, value commitments, nullifiers. Spec 04."""

from dataclasses import dataclass

from . import SpecError, aead
from .assets import generator
from .curve import add, mul, point_from_bytes, point_to_bytes
from .fields import field_from_bytes, scalar_from_bytes, to_bytes
from .hashes import VALUE_R, b32, blake, h2f, h2s
from .keys import Address, base
from .poseidon import poseidon

MAX_AMOUNT = (1 << 128) - 1
MEMO_LENGTH = 64


def commitment(o_r, asset, v, rcm):
    return poseidon("cm", o_r, *generator(asset), v, rcm)


def public_commitment(o_r, asset, v):
    return commitment(o_r, asset, v, 0)


def value_commitment(v, asset, rcv):
    return add(mul(v, generator(asset)), mul(rcv, VALUE_R))


def nullifier(nk, cm, position):
    return poseidon("nf", nk, cm, position)


@dataclass(frozen=True)
class Note:
    address: Address
    asset: int
    v: int
    rseed: bytes

    def __post_init__(self):
        assert 0 <= self.v <= MAX_AMOUNT and len(self.rseed) == 32

    def _parts(self):
        return (self.rseed, to_bytes(self.address.o), point_to_bytes(self.address.e),
                to_bytes(self.asset), self.v.to_bytes(16, "big"))

    @property
    def rcm(self):
        return h2f("SERO_note_rcm", *self._parts())

    @property
    def s(self):
        return h2f("SERO_note_s", *self._parts())

    @property
    def esk(self):
        esk = h2s("SERO_note_esk", *self._parts())
        if esk == 0:
            raise SpecError("zero-secret")
        return esk

    @property
    def epk(self):
        return mul(self.esk, base(self.address.o))

    @property
    def o_r(self):
        return poseidon("pkr", self.address.o, self.s)

    @property
    def shared(self):
        return mul(self.esk, self.address.e)

    @property
    def cm(self):
        return commitment(self.o_r, self.asset, self.v, self.rcm)


@dataclass(frozen=True)
class Encrypted:
    """What an output carries for the receiver and the sender."""
    epk: tuple
    view_tag: bytes
    enc_note: bytes
    out_ct: bytes


def view_tag(shared, epk):
    return blake("SERO_note_tag", point_to_bytes(shared), point_to_bytes(epk))[:2]


def note_key(shared, epk):
    return b32("SERO_note_key", point_to_bytes(shared), point_to_bytes(epk))


def outgoing_key(ovk, cv, cm, epk):
    return b32("SERO_note_ock", ovk, point_to_bytes(cv), to_bytes(cm), point_to_bytes(epk))


def encode_plaintext(note, memo):
    assert len(memo) <= MEMO_LENGTH
    return (b"\x01" + to_bytes(note.address.o) + to_bytes(note.asset) + note.v.to_bytes(16, "big")
            + note.rseed + bytes([len(memo)]) + memo.ljust(MEMO_LENGTH, b"\0"))


def encrypt(note, memo, cv, ovk):
    epk, shared, cm = note.epk, note.shared, note.cm
    aad = to_bytes(cm)
    enc_note = aead.seal(note_key(shared, epk), aad, encode_plaintext(note, memo))
    out_ct = aead.seal(outgoing_key(ovk, cv, cm, epk), aad,
                       point_to_bytes(note.address.e) + to_bytes(note.esk))
    return Encrypted(epk, view_tag(shared, epk), enc_note, out_ct)


def _read(shared, e_of, cm, encrypted):
    """Common end of both ways: decrypt under `shared`, rebuild, compare. `e_of` gives E
    from O. (note, memo) or None."""
    plain = aead.open_(note_key(shared, encrypted.epk), to_bytes(cm), encrypted.enc_note)
    if plain is None or plain[0] != 1:
        return None
    length, padded = plain[113], plain[114:]
    if length > MEMO_LENGTH or any(padded[length:]):
        return None
    o = field_from_bytes(plain[1:33])
    note = Note(Address(o, e_of(o)), field_from_bytes(plain[33:65]),
                int.from_bytes(plain[65:81], "big"), plain[81:113])
    if note.v == 0 or note.epk != encrypted.epk or note.cm != cm:
        return None
    return note, padded[:length]


def decrypt_incoming(ivk, cm, encrypted):
    """(note, memo) if the output is for `ivk`, else None."""
    shared = mul(ivk, encrypted.epk)
    if view_tag(shared, encrypted.epk) != encrypted.view_tag:
        return None
    try:
        return _read(shared, lambda o: mul(ivk, base(o)), cm, encrypted)
    except SpecError:
        return None


def decrypt_outgoing(ovk, cv, cm, encrypted):
    """(note, memo) if the output was sent by the owner of `ovk`, else None."""
    plain = aead.open_(outgoing_key(ovk, cv, cm, encrypted.epk), to_bytes(cm), encrypted.out_ct)
    if plain is None:
        return None
    try:
        e, esk = point_from_bytes(plain[:32]), scalar_from_bytes(plain[32:])
        found = _read(mul(esk, e), lambda o: e, cm, encrypted)
    except SpecError:
        return None
    return found if found and found[0].esk == esk else None
