"""Calldata for precompiles: valid most times, and else broken at one place."""

from functools import cache
from hashlib import sha256

import coincurve
from py_ecc import optimized_bls12_381 as bls
from py_ecc import optimized_bn128 as bn

P256 = 0x100
# Pairings and the like, which take EELS longest.
SLOW = {0x08, 0x0A, 0x0E, 0x0F, 0x11}
BLS_FIELD = bls.field_modulus
BLS_ORDER = bls.curve_order
P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P256_POINT = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# What a blob of zeros commits to, and its proof at any point: the point at infinity.
INFINITY = b"\xc0" + bytes(47)
ZERO_BLOB_HASH = b"\x01" + sha256(INFINITY).digest()[1:]


def word(number, size=32):
    return number.to_bytes(size, "big")


def affine(curve, point, size):
    """A point's coordinates; of two-part ones the imaginary part is first on bn254 only."""
    if curve.is_inf(point):
        parts = 2 if isinstance(point[0], (bn.FQ, bls.FQ)) else 4
        return bytes(size * parts)
    out = b""
    for number in curve.normalize(point):
        if hasattr(number, "coeffs"):
            low, high = (int(part) for part in number.coeffs)
            out += word(high, size) + word(low, size) if curve is bn else word(low, size) + word(high, size)
        else:
            out += word(int(number), size)
    return out


@cache
def bn_point(second, factor):
    return affine(bn, bn.multiply(bn.G2 if second else bn.G1, factor % bn.curve_order), 32)


@cache
def bls_point(second, factor):
    return affine(bls, bls.multiply(bls.G2 if second else bls.G1, factor % BLS_ORDER), 64)


def p256_add(a, b):
    if a is None or b is None:
        return a or b
    (ax, ay), (bx, by) = a, b
    if ax == bx and (ay + by) % P256_PRIME == 0:
        return None
    if a == b:
        slope = (3 * ax * ax - 3) * pow(2 * ay, -1, P256_PRIME)
    else:
        slope = (by - ay) * pow(bx - ax, -1, P256_PRIME)
    x = (slope * slope - ax - bx) % P256_PRIME
    return x, (slope * (ax - x) - ay) % P256_PRIME


def p256_multiply(factor):
    point, total = P256_POINT, None
    while factor:
        if factor & 1:
            total = p256_add(total, point)
        point, factor = p256_add(point, point), factor >> 1
    return total


def p256(rng):
    secret, once, message = (rng.randrange(1, P256_ORDER) for _ in range(3))
    r = p256_multiply(once)[0] % P256_ORDER
    s = pow(once, -1, P256_ORDER) * (message + r * secret) % P256_ORDER
    return b"".join(word(number) for number in (message, r, s, *p256_multiply(secret)))


def ecrecover(rng):
    message = rng.randbytes(32)
    made = coincurve.PrivateKey(rng.randbytes(31) + b"\x01").sign_recoverable(message, hasher=None)
    return message + word(27 + made[64]) + made[:64]


def modexp(rng):
    sizes = [rng.choice((0, 1, 2, 8, 31, 32, 33, 64, 100)) for _ in range(3)]
    if rng.random() < 0.05:
        sizes[rng.randrange(3)] = rng.choice((1024, 1025, 2**32, 2**255))
    parts = [rng.randbytes(size) if size < 2000 else b"\x03" for size in sizes]
    if rng.random() < 0.2:
        parts[2] = bytes(min(sizes[2], 2000))
    return b"".join(word(size) for size in sizes) + b"".join(parts)


def pairs(rng, point, order):
    """Pairs of points whose pairings multiply to one, or nearly."""
    a, b = rng.randrange(1, 6), rng.randrange(1, 6)
    sign = -1 if rng.random() < 0.7 else 1
    if rng.random() < 0.2:
        return point(False, 0) + point(True, b)
    return point(False, a) + point(True, b) + point(False, sign * a % order) + point(True, b)


def multi(rng, second):
    out = b""
    for _ in range(rng.choice((1, 1, 2, 3))):
        scalar = rng.choice((0, 1, rng.randrange(1000), BLS_ORDER, 2**256 - 1))
        out += bls_point(second, rng.randrange(0, 6)) + word(scalar)
    return out


def blake(rng):
    rounds = rng.choice((0, 1, 12, 60))
    return word(rounds, 4) + rng.randbytes(192) + rng.randbytes(16) + bytes([rng.choice((0, 1, 1, 2))])


def evaluation(rng):
    point = word(rng.randrange(BLS_ORDER))
    return ZERO_BLOB_HASH + point + bytes(32) + INFINITY + INFINITY


def valid(rng, number):
    small = rng.randrange(0, 6)
    if number == 0x01:
        return ecrecover(rng)
    if number == 0x05:
        return modexp(rng)
    if number == 0x06:
        return bn_point(False, small) + bn_point(False, rng.randrange(1, 6))
    if number == 0x07:
        return bn_point(False, small) + word(rng.getrandbits(rng.choice((1, 8, 64, 256))))
    if number == 0x08:
        return pairs(rng, bn_point, bn.curve_order) if rng.random() < 0.9 else b""
    if number == 0x09:
        return blake(rng)
    if number == 0x0A:
        return evaluation(rng)
    if number in (0x0B, 0x0D):
        second = number == 0x0D
        return bls_point(second, small) + bls_point(second, rng.randrange(1, 6))
    if number in (0x0C, 0x0E):
        return multi(rng, number == 0x0E)
    if number == 0x0F:
        return pairs(rng, bls_point, BLS_ORDER)
    if number == 0x10:
        return word(rng.randrange(BLS_FIELD), 64)
    if number == 0x11:
        return word(rng.randrange(BLS_FIELD), 64) + word(rng.randrange(BLS_FIELD), 64)
    if number == P256:
        return p256(rng)
    return rng.randbytes(rng.choice((0, 1, 31, 32, 33, 64, 200)))


def calldata(rng, number):
    data = bytearray(valid(rng, number))
    if rng.random() < 0.15 and data:
        place = rng.randrange(len(data))
        way = rng.randrange(3)
        if way == 0:
            data[place] ^= 1 << rng.randrange(8)
        elif way == 1:
            del data[place:]
        else:
            data += rng.randbytes(rng.randrange(1, 40))
    return bytes(data)
