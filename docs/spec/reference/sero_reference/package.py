"""Packages: ids, the sealed box, opening in public. Spec 08."""

from dataclasses import dataclass

from . import SpecError
from .aead import chacha20
from .bundle import CIPHERTEXT_LENS, Create
from .fields import field_from_bytes, to_bytes
from .hashes import k2f, keccak256
from .notes import MAX_AMOUNT, commitment

HEAD = 32 + 16 + 32 + 2  # asset, v, rcm, data length
MAX_DATA = max(CIPHERTEXT_LENS) - HEAD


def id_of_spend(pool, nf, index):
    """`nf` is the nullifier of the bundle's first spend."""
    return k2f("SERO.package.id", bytes([pool]), to_bytes(nf), bytes([index]))


def id_of_call(sender, nonce, index):
    """In a bundle without spends: `from` and nonce of the transaction."""
    assert len(sender) == 20
    return k2f("SERO.package.id.call", sender, nonce.to_bytes(8, "big"), bytes([index]))


def ids_of_creates(bundle, sender=None, nonce=None):
    """One entry for each package action of the bundle: the id that it makes, None for an opening."""
    def make(index):
        if bundle.spends:
            return id_of_spend(bundle.pool, bundle.spends[0].nf, index)
        return id_of_call(sender, nonce, index)

    return [make(i) if isinstance(p, Create) else None for i, p in enumerate(bundle.packages)]


@dataclass(frozen=True)
class Content:
    asset: int
    v: int
    rcm: int
    data: bytes = b""

    def commitment(self, id_):
        """pkg_cm: the id stands where a note has its owner."""
        return commitment(id_, self.asset, self.v, self.rcm)

    def encode(self, size=None):
        """Zero padded to `size`, by default the smallest that holds the data."""
        assert 0 <= self.v <= MAX_AMOUNT
        fits = [n for n in CIPHERTEXT_LENS if n >= HEAD + len(self.data)]
        if not fits or size is not None and size not in fits:
            raise SpecError("data-length", f"{len(self.data)} bytes")
        head = (to_bytes(self.asset) + self.v.to_bytes(16, "big") + to_bytes(self.rcm)
                + len(self.data).to_bytes(2, "big"))
        return (head + self.data).ljust(size or fits[0], b"\0")


def decode_content(content):
    """Every byte is checked. The reasons: ciphertext-length, asset, rcm, data-length, padding."""
    if len(content) not in CIPHERTEXT_LENS:
        raise SpecError("ciphertext-length", f"{len(content)} bytes")

    def felt(start, name):
        try:
            return field_from_bytes(content[start:start + 32])
        except SpecError as e:
            raise SpecError(name, e.reason)

    asset, v, rcm = felt(0, "asset"), int.from_bytes(content[32:48], "big"), felt(48, "rcm")
    length, rest = int.from_bytes(content[80:82], "big"), content[82:]
    if length > len(rest):
        raise SpecError("data-length", f"{length} bytes")
    if any(rest[length:]):
        raise SpecError("padding")
    return Content(asset, v, rcm, rest[:length])


def stream_key(k, id_):
    assert len(k) == 32
    return keccak256(b"SERO.package.key" + k + to_bytes(id_))


def tag_of(k, id_, ciphertext):
    assert len(k) == 32
    return keccak256(b"SERO.package.tag" + k + to_bytes(id_) + ciphertext)


def cipher(k, id_, data):
    """Encrypts and decrypts."""
    return chacha20(stream_key(k, id_), 0, bytes(12), data)


@dataclass(frozen=True)
class Sealed:
    ciphertext: bytes
    tag: bytes


def seal_bytes(k, id_, content):
    """Seals any content, also one that no reader accepts: a box's maker may do that."""
    ciphertext = cipher(k, id_, content)
    return Sealed(ciphertext, tag_of(k, id_, ciphertext))


def seal(k, id_, content, size=None):
    return seal_bytes(k, id_, content.encode(size))


def open_(k, id_, cm, sealed):
    """Opening in public: tag, content, commitment. `cm` is what the chain keeps."""
    if tag_of(k, id_, sealed.ciphertext) != sealed.tag:
        raise SpecError("tag")
    content = decode_content(cipher(k, id_, sealed.ciphertext))
    if content.commitment(id_) != cm:
        raise SpecError("commitment")
    return content
