"""Vectors of chapter 08."""

from sero_reference import assets, package
from sero_reference.bundle import CIPHERTEXT_LENS
from sero_reference.fields import R, to_bytes
from sero_reference.notes import MAX_AMOUNT
from sero_reference.package import Content, Sealed

from .common import document, hb, hf, label, label_field, reason
from .values import some_assets

COUNTS = (0, 46, 47, 174, 175, 430, 431, 942)  # data lengths at which the box grows


def _ids():
    rows = []
    for pool, name, index in ((0, "a", 0), (0, "a", 1), (0, "a", 7), (1, "a", 0), (7, "a", 0), (0, "b", 0)):
        nf = label_field(f"package nf {name}")
        rows.append({"kind": "id", "pool": pool, "nf": hf(nf), "index": index,
                     "id": hf(package.id_of_spend(pool, nf, index))})
    rows += [{"kind": "id", "pool": 0, "nf": hf(nf), "index": 0, "id": hf(package.id_of_spend(0, nf, 0))}
             for nf in (0, R - 1)]
    sender = label("package from", 20)
    for who, nonce, index in ((sender, 0, 0), (sender, 0, 7), (sender, 1, 0), (sender, (1 << 64) - 1, 0),
                              (bytes(20), 0, 0), (b"\xff" * 20, 1 << 32, 3)):
        rows.append({"kind": "id-call", "from": hb(who), "nonce": str(nonce), "index": index,
                     "id": hf(package.id_of_call(who, nonce, index))})
    assert len({r["id"] for r in rows}) == len(rows)
    return rows


def _box_row(name, content, size=None):
    k, id_ = label(f"package k {name}"), package.id_of_spend(0, label_field(f"package nf {name}"), 0)
    plain, box = content.encode(size), package.seal(k, id_, content, size)
    assert package.open_(k, id_, content.commitment(id_), box) == content
    return {"kind": "box", "name": name, "k": hb(k), "id": hf(id_), "asset": hf(content.asset),
            "v": str(content.v), "rcm": hf(content.rcm), "data": hb(content.data), "size": len(plain),
            "smallest": size is None, "content": hb(plain), "stream_key": hb(package.stream_key(k, id_)),
            "ciphertext": hb(box.ciphertext), "tag": hb(box.tag), "pkg_cm": hf(content.commitment(id_))}


def _boxes():
    coin, token, ticket = some_assets()
    rcm = label_field("package rcm")
    rows = [_box_row(f"{n} bytes", Content(coin, 10 ** 18 + n, rcm, label(f"package data {n}", n))) for n in COUNTS]
    rows += [_box_row(f"no data in {size}", Content(token, 5, rcm), size) for size in CIPHERTEXT_LENS[1:]]
    rows += [_box_row("46 bytes in 1024", Content(token, 5, rcm, label("package data", 46)), 1024),
             _box_row("zeros are data", Content(token, 5, rcm, bytes(3))),
             _box_row("amount 0", Content(coin, 0, rcm, b"only data")),
             _box_row("largest amount", Content(coin, MAX_AMOUNT, rcm)),
             _box_row("a ticket", Content(ticket, 1, rcm)),
             _box_row("no asset at all", Content(R - 1, 1, R - 1)),
             _box_row("rcm 0", Content(token, 7, 0))]
    return rows


def _refused():
    """(name, reason, k, id, pkg_cm, box). Where a careless reader could go on, `pkg_cm` is what it would find."""
    coin, token, _ = some_assets()
    k, nf = label("package k refused"), label_field("package nf refused")
    id_ = package.id_of_spend(0, nf, 0)
    good = Content(token, 5, label_field("package rcm"), b"a sealed bid")
    cm, box, plain = good.commitment(id_), package.seal(k, id_, good), good.encode()
    end = package.HEAD + len(good.data)

    def flip(data, at, bit=1):
        return data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]

    def put(at, new):
        return plain[:at] + new + plain[at + len(new):]

    def outer(name, k=k, id_=id_, ciphertext=box.ciphertext, tag=box.tag):
        return name, "tag", k, id_, cm, Sealed(ciphertext, tag)

    def inner(name, why, content, cm=cm):
        return name, why, k, id_, cm, package.seal_bytes(k, id_, content)

    other = package.id_of_spend(0, nf, 1)
    rows = [outer("another key", k=label("package k other")), outer("key, first bit", k=flip(k, 0, 0x80)),
            outer("key, last bit", k=flip(k, 31)), outer("another id", id_=other),
            outer("tag, first bit", tag=flip(box.tag, 0, 0x80)), outer("tag, last bit", tag=flip(box.tag, 31)),
            outer("tag of nothing", tag=bytes(32)),
            outer("ciphertext cut", ciphertext=box.ciphertext[:-1]), outer("ciphertext empty", ciphertext=b""),
            outer("tag of another box", tag=package.seal(k, other, good).tag)]
    rows += [outer(f"ciphertext, byte {at}", ciphertext=flip(box.ciphertext, at)) for at in (0, 48, 81, end, 127)]
    rows += [inner("length too long by 1", "data-length", put(80, (47).to_bytes(2, "big"))),
             inner("length 65535", "data-length", put(80, b"\xff\xff")),
             inner("length of the box", "data-length", put(80, (128).to_bytes(2, "big"))),
             inner("length over the largest box", "data-length",
                   good.encode(1024)[:80] + (943).to_bytes(2, "big") + good.encode(1024)[82:]),
             inner("length too short", "padding", put(80, (len(good.data) - 1).to_bytes(2, "big"))),
             inner("length 0", "padding", put(80, bytes(2))),
             inner("padding, first byte", "padding", put(end, b"\x01")),
             inner("padding, last byte", "padding", put(127, b"\x80")),
             inner("padding, last byte of 1024", "padding", good.encode(1024)[:-1] + b"\x01")]
    rows += [inner(f"{name} = {shown}", name, put(at, to_bytes(value)), changed(value % R).commitment(id_))
             for at, name, changed in ((0, "asset", lambda a: Content(a, 5, good.rcm, good.data)),
                                       (48, "rcm", lambda r: Content(token, 5, r, good.data)))
             for shown, value in (("r", R), ("r + 1", R + 1), ("2^256 - 1", (1 << 256) - 1))]
    rows += [inner("asset + r", "asset", put(0, to_bytes(token + R))),
             inner("rcm + r", "rcm", put(48, to_bytes(good.rcm + R)))]
    rows += [inner(f"commitment: {name}", "commitment", plain, changed) for name, changed in (
        ("last bit", cm ^ 1), ("of another id", good.commitment(other)), ("zero", 0),
        ("amount + 1", Content(token, 6, good.rcm, good.data).commitment(id_)),
        ("another asset", Content(coin, 5, good.rcm, good.data).commitment(id_)),
        ("another rcm", Content(token, 5, good.rcm + 1, good.data).commitment(id_)))]
    rows += [inner(f"commitment: content says {name}", "commitment", content) for name, content in (
        ("more", put(32, MAX_AMOUNT.to_bytes(16, "big"))), ("the coin", put(0, to_bytes(assets.COIN))),
        ("rcm 0", put(48, bytes(32))))]
    rows += [(f"a box of {n} bytes", "ciphertext-length", k, id_, cm, package.seal_bytes(k, id_, content))
             for n, content in ((0, b""), (82 + 12, plain[:end]), (127, plain[:-1]), (129, plain + b"\0"),
                                (2048, plain.ljust(2048, b"\0")))]
    return rows


def package_cases():
    rows = _ids() + _boxes()
    for name, why, k, id_, cm, box in _refused():
        assert reason(package.open_, k, id_, cm, box) == why, name
        rows.append({"kind": "refused", "name": name, "reason": why, "k": hb(k), "id": hf(id_), "pkg_cm": hf(cm),
                     "ciphertext": hb(box.ciphertext), "tag": hb(box.tag)})
    content = Content(assets.COIN, 1, 2, label("package data 943", package.MAX_DATA + 1))
    rows.append({"kind": "refused-seal", "reason": reason(content.encode), "data": hb(content.data)})
    return document("08-packages", "kind id, id-call: ids. kind box: a sealed box; `smallest` if no smaller size "
                    "holds the data. kind refused: a box that does not open in public, with the one reason; where a "
                    "reader that reduces would go on, `pkg_cm` is what it would compute. kind refused-seal: data "
                    "that no box holds.", rows)
