"""The curve J, point encoding, Elligator 2. Spec 01. A point is an affine pair (x, y)."""

from . import SpecError
from .fields import L, R, NON_RESIDUE, inv, is_square, sqrt, to_bytes, two_adic_log

A, B = 168698, 168700
D = 168696 * inv(168700) % R
IDENTITY = (0, 1)
TOP_BIT = 1 << 255


def on_curve(p):
    x, y = p
    return (x * x + y * y - 1 - D * x * x % R * y * y) % R == 0


def _add_projective(p, q):
    (x1, y1, z1), (x2, y2, z2) = p, q
    a = z1 * z2 % R
    b, c, d = a * a % R, x1 * x2 % R, y1 * y2 % R
    e = D * c % R * d % R
    f, g = b - e, b + e
    x3 = a * f % R * ((x1 + y1) * (x2 + y2) - c - d) % R
    return x3, a * g % R * (d - c) % R, f * g % R


def _affine(p):
    x, y, z = p
    z = inv(z)
    return x * z % R, y * z % R


def add(p, q):
    return _affine(_add_projective((*p, 1), (*q, 1)))


def neg(p):
    return -p[0] % R, p[1]


def sub(p, q):
    return add(p, neg(q))


def mul(k, p):
    acc, base = (0, 1, 1), (*p, 1)
    for bit in bin(k)[2:]:
        acc = _add_projective(acc, acc)
        if bit == "1":
            acc = _add_projective(acc, base)
    return _affine(acc)


def point_to_bytes(p):
    """y big-endian, the parity of x in the top bit. Also writes points that reading refuses."""
    return to_bytes(p[1] | (p[0] & 1) * TOP_BIT)


def point_from_bytes(data):
    """Reads a point of the prime-order subgroup other than the identity."""
    if len(data) != 32:
        raise SpecError("length", f"{len(data)} bytes instead of 32")
    value = int.from_bytes(data, "big")
    y, parity = value % TOP_BIT, value // TOP_BIT
    if y >= R:
        raise SpecError("not-canonical", "y at or above the modulus")
    x = sqrt((1 - y * y) * inv(1 - D * y * y))
    if x is None:
        raise SpecError("off-curve")
    if x == 0 and parity:
        raise SpecError("not-canonical", "x = 0 with the parity bit")
    if x & 1 != parity:
        x = R - x
    if (x, y) == IDENTITY:
        raise SpecError("identity")
    if mul(L, (x, y)) != IDENTITY:
        raise SpecError("wrong-subgroup")
    return x, y


def montgomery_rhs(s):
    """q(s) = s (s^2 + A s + 1) / B"""
    return s * (s * s + A * s + 1) % R * inv(B) % R


def elligator(u):
    """Steps 1 to 3 of `map`: (s, t), or None if t = 0."""
    s = -A * inv(1 + NON_RESIDUE * u * u) % R
    if not is_square(montgomery_rhs(s)):
        s = (-A - s) % R
    t = sqrt(montgomery_rhs(s))
    assert t is not None
    if t == 0:
        return None
    return s, (t if two_adic_log(t) < 1 << 27 else R - t)


def from_montgomery(s, t):
    return s * inv(t) % R, (s - 1) * inv(s + 1) % R


def map_to_curve(u):
    """map(u), or None where it gives no point."""
    st = elligator(u)
    if st is None:
        return None
    p = mul(8, from_montgomery(*st))
    return None if p == IDENTITY else p
