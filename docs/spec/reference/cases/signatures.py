"""Vectors of chapter 01, signatures."""

from sero_reference.curve import IDENTITY, add, mul, neg, point_to_bytes
from sero_reference.fields import L, to_bytes
from sero_reference.hashes import h2s
from sero_reference.signature import DOMAINS, check, sign, verify, verifying_key

from .common import document, hb, hf, label, label_scalar, reason
from .primitives import torsion


def _forge(domain, vk_point, secret, rp_point, n, message):
    """A signature made by hand, with points that an honest signer never writes."""
    rp, vk = point_to_bytes(rp_point), point_to_bytes(vk_point)
    c = h2s(DOMAINS[domain][1], rp, vk, message)
    return vk, rp + to_bytes((n + c * secret) % L)


def signature_cases():
    rows = []
    for domain in DOMAINS:
        messages = [b"", b"\x00", label("message 32"), label("message 100", 100)]
        for i, message in enumerate(messages):
            for secret in (label_scalar(f"signer {domain} {i}"), 1, L - 1)[:1 if i else 3]:
                fresh = label(f"fresh {domain} {i}")
                sig = sign(domain, secret, message, fresh)
                rows.append({"domain": domain, "valid": True, "secret": hf(secret), "message": hb(message),
                             "fresh": hb(fresh), "vk": hb(point_to_bytes(verifying_key(domain, secret))),
                             "signature": hb(sig)})
        rows += _invalid(domain)
    return document("01-primitives", "Signatures. The reason of an invalid one is about: verifying-key, "
                    "nonce-point, sigma (encodings), length, or equation.", rows)


def _invalid(domain):
    other = "binding" if domain == "auth" else "auth"
    base = DOMAINS[domain][0]
    secret, message, fresh = label_scalar(f"invalid {domain}"), label("message 32"), label("fresh")
    n = label_scalar("nonce")
    vk_point = mul(secret, base)
    vk, sig = point_to_bytes(vk_point), sign(domain, secret, message, fresh)
    rp, sigma = sig[:32], int.from_bytes(sig[32:], "big")
    tries = [
        ("other message", vk, label("another"), sig),
        ("message cut", vk, message[:-1], sig),
        ("other key", point_to_bytes(mul(secret + 1, base)), message, sig),
        ("negated key", point_to_bytes(neg(vk_point)), message, sig),
        ("other domain", vk, message, sign(other, secret, message, fresh)),
        ("sigma + 1", vk, message, rp + to_bytes((sigma + 1) % L)),
        ("sigma + l", vk, message, rp + to_bytes(sigma + L)),
        ("sigma = 2^256 - 1", vk, message, rp + b"\xff" * 32),
        ("sign of Rp", vk, message, bytes([rp[0] ^ 0x80]) + sig[1:]),
        ("Rp all ones", vk, message, b"\xff" * 32 + sig[32:]),
        ("all zero", vk, message, bytes(64)),
        ("63 bytes", vk, message, sig[:-1]),
        ("65 bytes", vk, message, sig + b"\x00"),
    ]
    forged = [("identity Rp", vk_point, secret, IDENTITY, 0), ("identity key", IDENTITY, 0, mul(n, base), n)]
    for t in torsion()[3:5]:
        forged += [("Rp plus small order", vk_point, secret, add(mul(n, base), t), n),
                   ("key plus small order", add(vk_point, t), secret, mul(n, base), n)]
    for name, key_point, x, rp_point, nonce in forged:
        key, s = _forge(domain, key_point, x, rp_point, nonce, message)
        tries.append((name, key, message, s))
    for _, key, m, s in tries:
        assert not verify(domain, key, m, s)
    return [{"domain": domain, "valid": False, "name": name, "vk": hb(key), "message": hb(m),
             "signature": hb(s), "reason": reason(check, domain, key, m, s)} for name, key, m, s in tries]
