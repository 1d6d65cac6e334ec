"""Vectors of chapter 01, hashes and encodings."""

from sero_reference import hashes
from sero_reference.curve import (D, IDENTITY, add, elligator, map_to_curve, mul, neg,
                                  point_from_bytes, point_to_bytes)
from sero_reference.fields import (L, NON_RESIDUE, R, field_from_bytes, inv, is_square,
                                   scalar_from_bytes, sqrt, two_adic_log)
from sero_reference.poseidon import TAGS, poseidon

from .common import document, hb, hf, hp, label, label_field, label_scalar, reason, xy

SPEC = "01-primitives"


def poseidon_cases():
    rows = []
    for n in range(1, 9):
        for tag in TAGS.values():
            rows.append((tag, [label_field(f"poseidon {n} {tag} {i}") for i in range(n)]))
        rows += [(0, list(range(1, n + 1))), (0, [0] * n), (0, [R - 1] * n), (6, [R - 1] * n)]
    return document(SPEC, "P[tag](inputs). Tag 0 is circomlib's poseidon.", [
        {"tag": tag, "inputs": [hf(x) for x in inputs], "output": hf(poseidon(tag, *inputs))}
        for tag, inputs in rows])


def hash_cases():
    part_lists = [[], [b""], [b"", b""], [b"ab", b"c"], [b"a", b"bc"], [label("hash part", 32)],
                  [label("hash long", 300), b"\x00", label("hash part", 64)]]
    rows = []
    for kind, function in (("blake2b", hashes.blake), ("h2s", hashes.h2s), ("h2f", hashes.h2f),
                           ("b32", hashes.b32), ("k2f", hashes.k2f)):
        names = ["SERO.asset.coin", "x"] if kind == "k2f" else ["SERO_ask", "0123456789abcdef"]
        for name in names:
            for parts in part_lists:
                out = function(name, *parts)
                rows.append({"kind": kind, "personal_or_domain": name,
                             "parts": [hb(p) for p in parts],
                             "output": hf(out) if isinstance(out, int) else hb(out)})
    for data in (b"", b"abc", label("keccak", 135), label("keccak", 136), label("keccak", 300)):
        rows.append({"kind": "keccak256", "personal_or_domain": "", "parts": [hb(data)],
                     "output": hb(hashes.keccak256(data))})
    return document(SPEC, "blake2b is B, 64 bytes; h2s, h2f and k2f give a number in 32 bytes; "
                    "keccak256 hashes its only part as it is, without a length.", rows)


def torsion():
    """The seven points of small order other than the identity, as multiples of one of order 8."""
    u = 1
    while True:
        s, t = elligator(u)
        p = mul(L, (s * inv(t) % R, (s - 1) * inv(s + 1) % R))
        if mul(4, p) != IDENTITY:
            return [mul(k, p) for k in range(1, 8)]
        u += 1


def point_cases():
    valid = [hashes.G_AUTH, hashes.VALUE_R, neg(hashes.G_AUTH), mul(L - 1, hashes.VALUE_R)]
    valid += [mul(label_scalar(f"point {i}"), hashes.G_AUTH) for i in range(8)]
    rows = [{"encoding": hp(p), "valid": True, **xy(p)} for p in valid]
    top = 1 << 255
    bad = [(0).to_bytes(31, "big") + b"\x01", (top | 1).to_bytes(32, "big"), (top | R - 1).to_bytes(32, "big")]
    bad += [n.to_bytes(32, "big") for n in (R, R + 1, R + 2, 2 * R - 1, (1 << 254), top - 1, top | R, 2 * top - 1)]
    bad += [(p[1] + R | (p[0] & 1) * top).to_bytes(32, "big") for p in valid[:2]]
    bad += [point_to_bytes(t) for t in torsion()]
    bad += [point_to_bytes(add(valid[4], t)) for t in torsion()]
    found = 0
    y = 2
    while found < 4:
        if not is_square((1 - y * y) * inv(1 - D * y * y)):
            bad += [y.to_bytes(32, "big"), (top | y).to_bytes(32, "big")]
            found += 1
        y += 1
    rows += [{"encoding": hb(b), "valid": False, "reason": reason(point_from_bytes, b)} for b in bad]
    return document(SPEC, "Encodings of points. x = 0 with the parity bit is not-canonical.", rows)


def field_cases():
    rows = []
    for kind, m, read in (("field", R, field_from_bytes), ("scalar", L, scalar_from_bytes)):
        values = [0, 1, 2, m - 1, m, m + 1, 2 * m - 1, 2 * m, (1 << 256) - 1, 1 << 255, 1 << 253, R, L]
        values += [label_scalar(f"field case {kind} {i}") for i in range(3)]
        for v in values:
            data = v.to_bytes(32, "big")
            row = {"kind": kind, "bytes": hb(data), "valid": v < m}
            row.update({"value": str(v)} if v < m else {"reason": reason(read, data)})
            rows.append(row)
    return document(SPEC, "32-byte encodings of elements of F and scalars modulo l.", rows)


def special_inputs():
    """u for which map(u) is of small order, hence no point, besides 0."""
    out = []
    for x, y in torsion():
        if x == 0:
            continue
        s = (1 + y) * inv(1 - y) % R
        for square in (-(168698 + s) * inv(NON_RESIDUE * s), -s * inv(NON_RESIDUE * (168698 + s))):
            u = sqrt(square)
            if u:
                out += [u, R - u]
    return sorted(set(out))


def map_cases():
    rows = []
    inputs = [0, 1, R - 1, 2, 5, R - 5] + [label_field(f"map {i}") for i in range(12)]
    for u in inputs + special_inputs():
        st, p = elligator(u), map_to_curve(u)
        rows.append({"kind": "map", "u": hf(u), "s": st and hf(st[0]), "t": st and hf(st[1]),
                     "point": p and hp(p)})
    values = [1, R - 1, 5, R - 5, 2, pow(5, (R - 1) >> 28, R), pow(5, 1 << 28, R), sqrt(R - 1)]
    for y in values + [label_field(f"log {i}") for i in range(8)]:
        rows.append({"kind": "two_adic_log", "y": hf(y), "log": two_adic_log(y)})
    h2c = [("SERO.G_auth", b""), ("SERO.R", b""), ("SERO.base", label("base", 32)), ("x", b""), ("x", b"\x00")]
    h2c += [("SERO.test", label(f"h2c {i}", 7 * i)) for i in range(6)]
    for domain, message in h2c:
        p, c = hashes.hash_to_curve_counted(domain, message)
        rows.append({"kind": "hash_to_curve", "domain": domain, "message": hb(message),
                     "counter": c, "point": hp(p)})
    rows.append({"kind": "generator", "name": "G_auth", "point": hp(hashes.G_AUTH), **xy(hashes.G_AUTH)})
    rows.append({"kind": "generator", "name": "R", "point": hp(hashes.VALUE_R), **xy(hashes.VALUE_R)})
    return document(SPEC, "map(u) with the Montgomery point of steps 1 to 3 (null: t = 0) and the result "
                    "(null: no point); two-adic logarithms; H2C; the fixed generators.", rows)
