"""BLAKE2b, keccak256, hash to curve, the two fixed generators. Spec 01, "Hashes"."""

import hashlib
from functools import lru_cache

from .curve import map_to_curve
from .fields import L, R


def length_prefixed(parts):
    return b"".join(len(p).to_bytes(4, "big") + p for p in parts)


def blake(personal, *parts):
    """B(p; ..): 64 bytes."""
    personal = personal.encode("ascii")
    assert len(personal) <= 16
    return hashlib.blake2b(length_prefixed(parts), digest_size=64, person=personal).digest()


def h2s(personal, *parts):
    return int.from_bytes(blake(personal, *parts), "big") % L


def h2f(personal, *parts):
    return int.from_bytes(blake(personal, *parts), "big") % R


def b32(personal, *parts):
    return blake(personal, *parts)[:32]


# keccak256: Keccak[512] with the original padding (0x01), not SHA-3's.
_MASK = (1 << 64) - 1


def _rotl(v, n):
    n %= 64
    return (v << n | v >> (64 - n)) & _MASK


def _round_constants():
    out, lfsr = [], 1
    for _ in range(24):
        rc = 0
        for j in range(7):
            if lfsr & 1:
                rc ^= 1 << ((1 << j) - 1)
            lfsr <<= 1
            if lfsr & 0x100:
                lfsr ^= 0x171
        out.append(rc)
    return out


_RC = _round_constants()


def _keccak_f(a):
    """`a[x][y]`, 5 by 5 lanes of 64 bits."""
    for rc in _RC:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[(x - 1) % 5] ^ _rotl(c[(x + 1) % 5], 1) for x in range(5)]
        a = [[a[x][y] ^ d[x] for y in range(5)] for x in range(5)]
        x, y, lane = 1, 0, a[1][0]  # rho and pi
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            lane, a[x][y] = a[x][y], _rotl(lane, (t + 1) * (t + 2) // 2)
        a = [[a[x][y] ^ (~a[(x + 1) % 5][y] & a[(x + 2) % 5][y]) for y in range(5)]
             for x in range(5)]
        a[0][0] ^= rc
    return a


def keccak256(data):
    rate = 136
    padded = bytearray(data + bytes(rate - len(data) % rate))
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    a = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), rate):
        for i in range(rate // 8):
            lane = padded[start + 8 * i:start + 8 * i + 8]
            a[i % 5][i // 5] ^= int.from_bytes(lane, "little")
        a = _keccak_f(a)
    return b"".join(a[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def k2f(domain, *parts):
    m = length_prefixed((domain.encode("ascii"), *parts))
    wide = keccak256(b"\x00" + m) + keccak256(b"\x01" + m)
    return int.from_bytes(wide, "big") % R


@lru_cache(maxsize=None)
def hash_to_curve_counted(domain, message):
    """(point, counter byte that gave it)"""
    for c in range(256):
        p = map_to_curve(h2f("SERO_h2c", domain.encode("ascii"), message, bytes([c])))
        if p is not None:
            return p, c
    raise AssertionError("unreachable in practice")


def hash_to_curve(domain, message):
    """H2C(domain, message)"""
    return hash_to_curve_counted(domain, message)[0]


G_AUTH = hash_to_curve("SERO.G_auth", b"")
VALUE_R = hash_to_curve("SERO.R", b"")
