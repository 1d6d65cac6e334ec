"""Field F, scalars modulo l, their encodings, two-adic logarithm. Spec 01, "Fields and
curve", "Encodings", "Elligator 2"."""

from . import SpecError

R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
L = 2736030358979909402780800718157159386076813972158567259200215660948447373041
TWO_ADICITY = 28
ODD = (R - 1) >> TWO_ADICITY
NON_RESIDUE = 5  # Z
assert ODD % 2 == 1 and ODD << TWO_ADICITY == R - 1


def inv(a):
    if a % R == 0:
        raise ZeroDivisionError("inverse of zero")
    return pow(a, R - 2, R)


def is_square(a):
    """Zero counts as a square."""
    return pow(a, (R - 1) // 2, R) <= 1


G_TWO_ADIC = pow(NON_RESIDUE, ODD, R)  # g = 5^((r-1)/2^28), of order 2^28


def two_adic_log(y):
    """The k with y = g^k z, z of odd order, 0 <= k < 2^28."""
    y %= R
    if y == 0:
        raise ZeroDivisionError("zero has no two-adic logarithm")
    # Raising to ODD kills z: h = (g^ODD)^k. Then read k bit by bit.
    base_inv = inv(pow(G_TWO_ADIC, ODD, R))
    h, k = pow(y, ODD, R), 0
    for bit in range(TWO_ADICITY):
        if pow(h, 1 << (TWO_ADICITY - 1 - bit), R) != 1:
            k |= 1 << bit
            h = h * base_inv % R
        base_inv = base_inv * base_inv % R
    assert h == 1
    return k


def sqrt(a):
    """Some square root of `a`, or None (Tonelli-Shanks)."""
    a %= R
    if a == 0:
        return 0
    if not is_square(a):
        return None
    m, c = TWO_ADICITY, G_TWO_ADIC
    t, root = pow(a, ODD, R), pow(a, (ODD + 1) // 2, R)
    while t != 1:
        i, t2 = 0, t
        while t2 != 1:
            t2 = t2 * t2 % R
            i += 1
        b = pow(c, 1 << (m - i - 1), R)
        m, c = i, b * b % R
        t, root = t * c % R, root * b % R
    return root


def to_bytes(a):
    """Field element or scalar: 32 bytes, big-endian."""
    return a.to_bytes(32, "big")


def _from_bytes(data, modulus):
    if len(data) != 32:
        raise SpecError("length", f"{len(data)} bytes instead of 32")
    value = int.from_bytes(data, "big")
    if value >= modulus:
        raise SpecError("not-canonical", "at or above the modulus")
    return value


def field_from_bytes(data):
    return _from_bytes(data, R)


def scalar_from_bytes(data):
    return _from_bytes(data, L)
