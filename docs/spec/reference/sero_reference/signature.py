"""Signatures on J. Spec 01, "Signatures on J"."""

from . import SpecError
from .curve import add, mul, point_from_bytes, point_to_bytes
from .fields import L, scalar_from_bytes, to_bytes
from .hashes import G_AUTH, VALUE_R, h2s

DOMAINS = {"auth": (G_AUTH, "SERO_auth_sig"), "binding": (VALUE_R, "SERO_bind_sig"),
           "payer": (G_AUTH, "SERO_payer_sig")}


def payee(base):
    """The domain of a payee's claim, on the base of the address that was paid."""
    return base, "SERO_payee_sig"


def _domain(domain):
    """(base, personalisation) of a name, or of what `payee` gives."""
    return DOMAINS[domain] if isinstance(domain, str) else domain


def verifying_key(domain, secret):
    return mul(secret, _domain(domain)[0])


def sign(domain, secret, message, fresh):
    assert len(fresh) == 32 and 0 < secret < L
    base, personal = _domain(domain)
    vk = point_to_bytes(mul(secret, base))
    for counter in range(256):
        n = h2s("SERO_sig_nonce", personal.encode(), fresh, to_bytes(secret), vk, message,
                bytes([counter]))
        if n:
            break
    rp = point_to_bytes(mul(n, base))
    c = h2s(personal, rp, vk, message)
    return rp + to_bytes((n + c * secret) % L)


def check(domain, vk, message, signature):
    """`vk` is 32 bytes. Raises SpecError with the reason of the refusal."""
    if len(signature) != 64:
        raise SpecError("length")
    base, personal = _domain(domain)
    try:
        vk_point = point_from_bytes(vk)
    except SpecError as e:
        raise SpecError("verifying-key", e.reason)
    try:
        rp = point_from_bytes(signature[:32])
    except SpecError as e:
        raise SpecError("nonce-point", e.reason)
    try:
        sigma = scalar_from_bytes(signature[32:])
    except SpecError as e:
        raise SpecError("sigma", e.reason)
    c = h2s(personal, signature[:32], vk, message)
    if mul(sigma, base) != add(rp, mul(c, vk_point)):
        raise SpecError("equation")


def verify(domain, vk, message, signature):
    try:
        check(domain, vk, message, signature)
    except SpecError:
        return False
    return True
