"""Assets, names, generators. Spec 03."""

import unicodedata
from functools import lru_cache

from . import SpecError
from .curve import map_to_curve
from .fields import to_bytes
from .hashes import k2f
from .poseidon import poseidon

COIN = k2f("SERO.asset.coin")

# Inclusive ranges of chapter 03.
INVISIBLE_RANGES = [
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0xE0000, 0xE0FFF),
]
INVISIBLE = {code for first, last in INVISIBLE_RANGES for code in range(first, last + 1)}


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
