"""Keys, addresses, one-time addresses. Spec 02."""

from dataclasses import dataclass

from . import SpecError
from .curve import mul, point_from_bytes, point_to_bytes
from .fields import field_from_bytes, to_bytes
from .hashes import G_AUTH, b32, blake, h2f, h2s, hash_to_curve
from .poseidon import poseidon

INTERNAL = 1 << 63
SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def base(o):
    """base(O), `o` a field element"""
    return hash_to_curve("SERO.base", to_bytes(o))


@dataclass(frozen=True)
class Address:
    """PK = O[32] | E[32]; `e` is a point."""
    o: int
    e: tuple

    def to_bytes(self):
        return to_bytes(self.o) + point_to_bytes(self.e)

    @staticmethod
    def from_bytes(data):
        if len(data) != 64:
            raise SpecError("length")
        return Address(field_from_bytes(data[:32]), point_from_bytes(data[32:]))


class ViewingKey:
    """What TK = ak | nk can do."""

    def __init__(self, ak, nk):
        self.ak, self.nk = ak, nk
        parts = point_to_bytes(ak), to_bytes(nk)
        self.tk = b"".join(parts)
        self.ovk = b32("SERO_ovk", *parts)
        self.dk = b32("SERO_dk", *parts)
        self.ivk = h2s("SERO_ivk", *parts)
        self.ivk_internal = h2s("SERO_ivk_int", *parts)

    def diversifier(self, i):
        return h2f("SERO_div", self.dk, i.to_bytes(8, "big"))

    def owner(self, i):
        return poseidon("owner", *self.ak, self.nk, self.diversifier(i))

    def address(self, i):
        o = self.owner(i)
        return Address(o, mul(self.ivk if i < INTERNAL else self.ivk_internal, base(o)))


class SpendingKey(ViewingKey):
    def __init__(self, ask, nk):
        assert ask != 0
        self.ask, self.sk = ask, to_bytes(ask) + to_bytes(nk)
        super().__init__(mul(ask, G_AUTH), nk)

    @staticmethod
    def from_seed(bip39_seed, index):
        assert len(bip39_seed) == 64
        seed = b32("SERO_seed", bip39_seed, index.to_bytes(4, "big"))
        key = SpendingKey(h2s("SERO_ask", seed), h2f("SERO_nk", seed))
        key.seed = seed
        return key

    @property
    def payer_key(self):
        return b32("SERO_payer", self.sk)

    def from_key(self, i):
        """Scalar of the secp256k1 `From` key number i."""
        wide = int.from_bytes(blake("SERO_from", self.sk, i.to_bytes(8, "big")), "big")
        return wide % (SECP256K1_ORDER - 1) + 1


def xor(a, b):
    assert len(a) == len(b)
    return bytes(x ^ y for x, y in zip(a, b))


@dataclass(frozen=True)
class OneTime:
    """A derived one-time address with what went into it."""
    esk: int
    s: int
    epk: tuple
    o_r: int
    shared: tuple
    c: bytes

    def to_bytes(self):
        return to_bytes(self.o_r) + point_to_bytes(self.epk) + self.c


def mask(shared, epk):
    return blake("SERO_pkr_mask", point_to_bytes(shared), point_to_bytes(epk))


def derive_pkr(address, rho):
    parts = rho, to_bytes(address.o), point_to_bytes(address.e)
    esk, s = h2s("SERO_pkr_esk", *parts), h2f("SERO_pkr_s", *parts)
    if esk == 0:
        raise SpecError("zero-secret")
    epk, shared = mul(esk, base(address.o)), mul(esk, address.e)
    c = xor(to_bytes(address.o) + rho, mask(shared, epk))
    return OneTime(esk, s, epk, poseidon("pkr", address.o, s), shared, c)


def parse_pkr(data):
    """(O_r, epk, c); refuses what is not well formed."""
    if len(data) != 128:
        raise SpecError("length")
    return field_from_bytes(data[:32]), point_from_bytes(data[32:64]), data[64:]


def open_pkr(ivk, data):
    """(address, rho) if the one-time address belongs to `ivk`, else None."""
    try:
        _, epk, c = parse_pkr(data)
        plain = xor(c, mask(mul(ivk, epk), epk))
        o, rho = field_from_bytes(plain[:32]), plain[32:]
        address = Address(o, mul(ivk, base(o)))
        return (address, rho) if derive_pkr(address, rho).to_bytes() == data else None
    except SpecError:
        return None
