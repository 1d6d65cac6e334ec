"""ChaCha20-Poly1305 (RFC 8439), used by spec 04."""

from struct import pack, unpack

_MASK = 0xFFFFFFFF


def _quarter(s, a, b, c, d):
    for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & _MASK
        v = s[z] ^ s[x]
        s[z] = (v << n | v >> (32 - n)) & _MASK


def chacha20_block(key, counter, nonce):
    init = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574,
            *unpack("<8I", key), counter, *unpack("<3I", nonce)]
    s = list(init)
    for _ in range(10):
        for i in range(4):
            _quarter(s, i, i + 4, i + 8, i + 12)
        for i in range(4):
            _quarter(s, i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12)
    return pack("<16I", *((x + y) & _MASK for x, y in zip(s, init)))


def chacha20(key, counter, nonce, data):
    out = bytearray()
    for i in range(0, len(data), 64):
        block = chacha20_block(key, counter + i // 64, nonce)
        out += bytes(x ^ y for x, y in zip(data[i:i + 64], block))
    return bytes(out)


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    acc = 0
    for i in range(0, len(message), 16):
        acc = (acc + int.from_bytes(message[i:i + 16] + b"\x01", "little")) * r % ((1 << 130) - 5)
    return ((acc + int.from_bytes(key[16:], "little")) % (1 << 128)).to_bytes(16, "little")


def _tag(key, nonce, aad, ciphertext):
    def padded(b):
        return b + bytes(-len(b) % 16)

    return poly1305(chacha20_block(key, 0, nonce)[:32],
                    padded(aad) + padded(ciphertext) + pack("<QQ", len(aad), len(ciphertext)))


def seal(key, aad, plaintext, nonce=bytes(12)):
    ciphertext = chacha20(key, 1, nonce, plaintext)
    return ciphertext + _tag(key, nonce, aad, ciphertext)


def open_(key, aad, sealed, nonce=bytes(12)):
    """The plaintext, or None."""
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if len(sealed) < 16 or _tag(key, nonce, aad, ciphertext) != tag:
        return None
    return chacha20(key, 1, nonce, ciphertext)
