"""Text forms: bech32m (BIP-350) with network and kind. Spec 02, "Text"."""

from . import SpecError

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
BECH32M = 0x2BC830A3
MAX_LENGTH = 1023
VERSION = 1

NETWORKS = {"main": "sero", "test": "tsero", "development": "dsero"}
KINDS = {  # kind: (suffix, payload length)
    "payment-address": ("", 64),
    "one-time-address": ("pkr", 128),
    "tracing-key": ("tk", 64),
    "incoming-key": ("ivk", 32),
    "spending-key": ("sk", 64),
}
HRPS = {n + suffix: (network, kind) for network, n in NETWORKS.items()
        for kind, (suffix, _) in KINDS.items()}


def _polymod(values):
    generator = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    chk = 1
    for v in values:
        top = chk >> 25
        chk = (chk & 0x1FFFFFF) << 5 ^ v
        for i in range(5):
            chk ^= generator[i] if top >> i & 1 else 0
    return chk


def _expand(hrp):
    return [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]


def bech32m_encode(hrp, data):
    """`data` is a list of 5-bit numbers."""
    chk = _polymod(_expand(hrp) + data + [0] * 6) ^ BECH32M
    data = data + [chk >> 5 * (5 - i) & 31 for i in range(6)]
    return hrp + "1" + "".join(CHARSET[d] for d in data)


def bech32m_decode(text, max_length=MAX_LENGTH):
    """(hrp, 5-bit numbers without the checksum)"""
    if any(not 33 <= ord(c) <= 126 for c in text) or len(text) > max_length:
        raise SpecError("bech32m", "character or length")
    if text.lower() != text and text.upper() != text:
        raise SpecError("bech32m", "mixed case")
    hrp, separator, rest = text.lower().rpartition("1")
    if not separator or not hrp or len(rest) < 6 or any(c not in CHARSET for c in rest):
        raise SpecError("bech32m", "form")
    data = [CHARSET.index(c) for c in rest]
    if _polymod(_expand(hrp) + data) != BECH32M:
        raise SpecError("bech32m", "checksum")
    return hrp, data[:-6]


def to_five_bits(data):
    bits = len(data) * 8
    pad = -bits % 5
    value = int.from_bytes(data, "big") << pad
    return [value >> shift & 31 for shift in range(bits + pad - 5, -5, -5)]


def from_five_bits(numbers):
    bits = len(numbers) * 5
    value, pad = 0, bits % 8
    for n in numbers:
        value = value << 5 | n
    if pad >= 5 or value & ((1 << pad) - 1):
        raise SpecError("bech32m", "padding")
    return (value >> pad).to_bytes(bits // 8, "big")


def encode_text(network, kind, payload, version=VERSION):
    hrp = NETWORKS[network] + KINDS[kind][0]
    return bech32m_encode(hrp, to_five_bits(bytes([version]) + payload))


def decode_text(network, kind, text):
    """The payload. Refusals are named: bech32m, network, kind, version, length."""
    hrp, numbers = bech32m_decode(text)
    if hrp not in HRPS:
        raise SpecError("prefix", hrp)
    found_network, found_kind = HRPS[hrp]
    if found_network != network:
        raise SpecError("network", found_network)
    if found_kind != kind:
        raise SpecError("kind", found_kind)
    data = from_five_bits(numbers)
    if not data or data[0] != VERSION:
        raise SpecError("version")
    if len(data) - 1 != KINDS[kind][1]:
        raise SpecError("length")
    return data[1:]
