"""Signatures of Ethereum accounts: ECDSA on secp256k1 with a low s. The nonce is the caller's."""

from .hashes import keccak256

P = 2 ** 256 - 2 ** 32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)


def _add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def mul(k, point=G):
    total = None
    while k:
        total = _add(total, point) if k & 1 else total
        point, k = _add(point, point), k >> 1
    return total


def address(secret):
    x, y = mul(secret)
    return keccak256(x.to_bytes(32, "big") + y.to_bytes(32, "big"))[12:]


def sign(secret, digest, nonce):
    """(y_parity, r, s)"""
    x, y = mul(nonce)
    r = x % N
    s = pow(nonce, -1, N) * (int.from_bytes(digest, "big") + r * secret) % N
    assert r and s and x < N
    return (y & 1, r, s) if s <= N // 2 else (y & 1 ^ 1, r, N - s)
