"""Ethereum's RLP: byte strings and lists. Reading accepts the one encoding of each."""

from . import SpecError


def encode(item):
    """`item`: bytes, or a list of items."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _length(len(item), 0x80) + item
    body = b"".join(map(encode, item))
    return _length(len(body), 0xC0) + body


def _length(n, base):
    if n < 56:
        return bytes([base + n])
    digits = number(n)
    return bytes([base + 55 + len(digits)]) + digits


def number(n):
    """Big-endian without leading zeros; 0 is empty."""
    return n.to_bytes((n.bit_length() + 7) // 8, "big")


def decode(data):
    item, end = _read(data, 0)
    if end != len(data):
        raise SpecError("rlp", "bytes after the end")
    return item


def _read(data, at):
    first, at = _take(data, at, 1)
    first = first[0]
    if first < 0x80:
        return bytes([first]), at
    base = 0x80 if first < 0xC0 else 0xC0
    size = first - base
    if size > 55:
        digits, at = _take(data, at, size - 55)
        size = int.from_bytes(digits, "big")
        if digits[0] == 0 or size < 56:
            raise SpecError("rlp", "length")
    body, at = _take(data, at, size)
    if base == 0x80:
        if size == 1 and body[0] < 0x80:
            raise SpecError("rlp", "a byte that needs no length")
        return body, at
    items, inside = [], 0
    while inside < size:
        item, inside = _read(body, inside)
        items.append(item)
    return items, at


def _take(data, at, n):
    if at + n > len(data):
        raise SpecError("rlp", "truncated")
    return data[at:at + n], at + n
