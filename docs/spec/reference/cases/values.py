"""Vectors of chapters 03 and 04."""

from sero_reference import assets, notes
from sero_reference.fields import L, R, to_bytes
from sero_reference.keys import derive_pkr
from sero_reference.notes import Encrypted, Note

from .common import (address_json, document, hb, hf, hp, key_inputs, label, label_field, label_scalar, reason,
                     wallet, xy)

VALID_NAMES = ["A", "a", "Sero", "two words", "x" * 32, "\u00e9", "\u00e9" * 16, "\u4e2d\u6587", "\U0001f600",
               "-", "0", "a\u00a0b", "\uac00"]
INVALID_NAMES = ["", "x" * 33, "\u00e9" * 17, " a", "a ", "\u00a0a", "a\u3000", " ", "a\nb", "\ta", "a\x00", "\x7f",
                 "a\u0085b", "e\u0301", "\u212b", "\u1100\u1161", "a\u00adb", "a\u200bb", "a\u200cb", "a\u200db",
                 "a\u2060b", "\ufeffa", "a\u200eb", "a\u200fb", "a\u061cb", "a\u202ab", "a\u202eb", "a\u2066b",
                 "a\u2069b", "a\ufe0f", "a\ufe00b", "a\U000e0100", "a\U000e0041", "a\U000e007f"]
INVALID_BYTES = [b"\xff", b"a\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"]


def asset_cases():
    def row(kind, asset, **more):
        return {"kind": kind, **more, "id": hf(asset), "generator": hp(assets.generator(asset)),
                **{"V." + k: v for k, v in xy(assets.generator(asset)).items()}}

    rows = [row("coin", assets.COIN)]
    issuers = [bytes(20), b"\xff" * 20, label("issuer", 20)]
    for issuer in issuers:
        for name in ("A", "Sero", "\u4e2d\u6587", "x" * 32):
            raw = name.encode()
            given = {"issuer": hb(issuer), "name": hb(raw)}
            rows.append(row("token", assets.token_id(issuer, raw), **given))
            rows.append({"kind": "category", **given, "id": hf(assets.category_id(issuer, raw))})
    category = assets.category_id(issuers[2], b"Sero")
    for number in (bytes(32), to_bytes(1), b"\xff" * 32, label("ticket")):
        rows.append(row("ticket", assets.ticket_id(category, number), category=hf(category), number=hb(number)))
    rows += [row("any", a) for a in (0, 1, R - 1)]
    for name in VALID_NAMES:
        assets.check_name(name.encode())
        rows.append({"kind": "name", "name": hb(name.encode()), "valid": True})
    for raw in [n.encode() for n in INVALID_NAMES] + INVALID_BYTES:
        rows.append({"kind": "name", "name": hb(raw), "valid": False, "reason": reason(assets.check_name, raw)})
    return document("03-assets", "Asset ids with their generators (kind any: ids that stand for no asset); names "
                    "as bytes. The reason is the first of several.", rows)


def some_assets():
    token = assets.token_id(label("issuer", 20), b"Sero")
    return [assets.COIN, token, assets.ticket_id(assets.category_id(label("issuer", 20), b"Show"), to_bytes(7))]


def note_json(note):
    return {**address_json(note.address), "asset": hf(note.asset), "v": str(note.v), "rseed": hb(note.rseed)}


def secrets_json(note):
    return {"rcm": hf(note.rcm), "s": hf(note.s), "esk": hf(note.esk), "epk": hp(note.epk), "O_r": hf(note.o_r),
            "S": hp(note.shared), "cm": hf(note.cm)}


def note_cases():
    alice, bob = wallet("alice"), wallet("bob")
    rows = []
    coin, token, ticket = some_assets()
    amounts = [(coin, 10 ** 18), (coin, notes.MAX_AMOUNT), (token, 1), (token, 1 << 64), (ticket, 1), (coin, 0)]
    for i, (asset, v) in enumerate(amounts):
        note = Note((alice, bob)[i % 2].address(i), asset, v, label(f"rseed {i}"))
        rows.append({"kind": "hidden", **note_json(note), **secrets_json(note)})
    for i, (asset, v) in enumerate(amounts[:5]):
        pkr = derive_pkr(bob.address(i), label(f"public {i}"))
        rows.append({"kind": "public", "pkr": hb(pkr.to_bytes()), "asset": hf(asset), "v": str(v),
                     "cm": hf(notes.public_commitment(pkr.o_r, asset, v))})
    for i, (asset, v) in enumerate(amounts):
        for rcv in (label_scalar(f"rcv {i}"), (1, L - 1)[i % 2]):
            rows.append({"kind": "value", "asset": hf(asset), "v": str(v), "rcv": hf(rcv),
                         "cv": hp(notes.value_commitment(v, asset, rcv))})
    for i, position in enumerate((0, 1, 8, (1 << 32) - 1, 1 << 32, 8 ** 11 - 2)):
        cm = label_field(f"cm {i // 2}")
        rows.append({"kind": "nullifier", "nk": hf(alice.nk), "cm": hf(cm), "position": str(position),
                     "nf": hf(notes.nullifier(alice.nk, cm, position))})
    return document("04-notes", "Note commitments, hidden and public; value commitments; nullifiers.", rows)


def _found(result):
    return result and {**note_json(result[0]), "memo": hb(result[1])}


def encryption_cases():
    alice, bob = wallet("alice"), wallet("bob")
    rows = []
    memos = [b"", b"hello", label("memo", 64), b"\x00\x00"]
    for i, memo in enumerate(memos):
        asset = some_assets()[i % 3]
        note = Note(bob.address(i), asset, 0 if i == 3 else 1000 + i, label(f"encryption rseed {i}"))
        rcv = label_scalar(f"encryption rcv {i}")
        cv = notes.value_commitment(note.v, asset, rcv)
        e = notes.encrypt(note, memo, cv, alice.ovk)
        row = {"kind": "encrypt", **note_json(note), "memo": hb(memo), "rcv": hf(rcv), "cv": hp(cv),
               "ovk": hb(alice.ovk), "ivk": hf(bob.ivk), "cm": hf(note.cm), "epk": hp(e.epk),
               "view_tag": hb(e.view_tag), "enc_note": hb(e.enc_note), "out_ct": hb(e.out_ct),
               "incoming": _found(notes.decrypt_incoming(bob.ivk, note.cm, e)),
               "incoming_wrong_ivk": _found(notes.decrypt_incoming(alice.ivk, note.cm, e)),
               "outgoing": _found(notes.decrypt_outgoing(alice.ovk, cv, note.cm, e)),
               "outgoing_wrong_ovk": _found(notes.decrypt_outgoing(bob.ovk, cv, note.cm, e))}
        rows.append(row)
        if i == 1:
            rows += _tampered(alice, bob, note, memo, cv, e)
    rows[0] = {**key_inputs("bob"), **rows[0]}
    return document("04-notes", "Output encryption and what each key reads from it (null: nothing). The last note "
                    "has amount 0 and is never shown. kind decrypt: changed outputs.", rows)


def _tampered(alice, bob, note, memo, cv, e):
    def flip(data, at):
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]

    other = Note(note.address, note.asset, note.v + 1, note.rseed)
    wrong_seed = Note(note.address, note.asset, note.v, label("not the rseed"))
    relabelled = notes.aead.seal(notes.note_key(note.shared, e.epk), to_bytes(note.cm),
                                 notes.encode_plaintext(wrong_seed, memo))
    richer = notes.aead.seal(notes.note_key(note.shared, e.epk), to_bytes(note.cm),
                             notes.encode_plaintext(other, memo))
    cv2 = notes.value_commitment(note.v, note.asset, 1)
    tries = [("view tag", note.cm, cv, Encrypted(e.epk, flip(e.view_tag, 0), e.enc_note, bytes(80))),
             ("enc_note", note.cm, cv, Encrypted(e.epk, e.view_tag, flip(e.enc_note, 0), e.out_ct)),
             ("enc_note tag", note.cm, cv, Encrypted(e.epk, e.view_tag, flip(e.enc_note, 193), e.out_ct)),
             ("out_ct", note.cm, cv, Encrypted(e.epk, e.view_tag, e.enc_note, flip(e.out_ct, 5))),
             ("other cm", other.cm, cv, e), ("other cv", note.cm, cv2, e),
             ("other epk", note.cm, cv, Encrypted(other.epk, e.view_tag, e.enc_note, e.out_ct)),
             ("well sealed, wrong rseed", note.cm, cv, Encrypted(e.epk, e.view_tag, relabelled, e.out_ct)),
             ("well sealed, wrong amount", note.cm, cv, Encrypted(e.epk, e.view_tag, richer, e.out_ct))]
    return [{"kind": "decrypt", "name": name, "cm": hf(cm), "cv": hp(value), "epk": hp(x.epk),
             "view_tag": hb(x.view_tag), "enc_note": hb(x.enc_note), "out_ct": hb(x.out_ct), "ivk": hf(bob.ivk),
             "ovk": hb(alice.ovk), "incoming": _found(notes.decrypt_incoming(bob.ivk, cm, x)),
             "outgoing": _found(notes.decrypt_outgoing(alice.ovk, value, cm, x))} for name, cm, value, x in tries]
