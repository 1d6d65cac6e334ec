"""Assets, names, generators. Spec 03."""

import unicodedata
from functools import lru_cache

from . import SpecError
from .curve import map_to_curve
from .fields import to_bytes
from .hashes import k2f
from .poseidon import poseidon

COIN = k2f("SERO.asset.coin")

SOFT_HYPHEN = {0x00AD}
ZERO_WIDTH = {0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}
BIDIRECTIONAL = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
VARIATION = {*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
LANGUAGE_TAGS = set(range(0xE0000, 0xE0080))
INVISIBLE = SOFT_HYPHEN | ZERO_WIDTH | BIDIRECTIONAL | VARIATION | LANGUAGE_TAGS


def check_name(name):
    """`name` is bytes. Raises SpecError with the first reason found."""
    if not 1 <= len(name) <= 32:
        raise SpecError("length")
    try:
        text = name.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise SpecError("utf-8")
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise SpecError("control")
    if any(ord(c) in INVISIBLE for c in text):
        raise SpecError("invisible")
    if text != text.strip():
        raise SpecError("white-space")
    if unicodedata.normalize("NFC", text) != text:
        raise SpecError("not-nfc")


def token_id(issuer, name):
    assert len(issuer) == 20
    check_name(name)
    return k2f("SERO.asset.token", issuer, name)


def category_id(issuer, name):
    assert len(issuer) == 20
    check_name(name)
    return k2f("SERO.asset.category", issuer, name)


def ticket_id(category, number):
    """`category` a field element, `number` 32 bytes"""
    assert len(number) == 32
    return k2f("SERO.asset.ticket", to_bytes(category), number)


@lru_cache(maxsize=None)
def generator(asset):
    """V(a). An asset whose map gives no point does not occur."""
    point = map_to_curve(poseidon("gen", asset))
    if point is None:
        raise SpecError("no-generator")
    return point
