"""Vectors of chapter 07."""

from dataclasses import replace

from sero_reference import bundle, ecdsa, rlp, transaction
from sero_reference.assets import COIN
from sero_reference.fields import R, to_bytes
from sero_reference.keys import derive_pkr
from sero_reference.transaction import Call, Out, Transaction

from .common import document, hb, hf, label, reason, wallet
from .ledger import bundle_cases
from .values import some_assets

GENESIS = label("transaction genesis hash")
KEY = int.from_bytes(label("from key"), "big") % ecdsa.N


def _sign(digest):
    return ecdsa.sign(KEY, digest, int.from_bytes(label("from nonce " + digest.hex()), "big") % ecdsa.N)


def _row(name, tx):
    encoded = tx.encode()
    assert transaction.decode(encoded) == tx
    call = tx.call and {
        "from": hb(tx.call.sender), "nonce": str(tx.call.nonce), "to": hb(tx.call.to), "value": str(tx.call.value),
        "input": hb(tx.call.input),
        "access_list": [{"address": hb(a), "keys": [hb(k) for k in keys]} for a, keys in tx.call.access_list],
        "attached": [{"asset": hf(a), "amount": str(v)} for a, v in tx.call.attached],
        "refund": hb(tx.call.refund), "y_parity": tx.call.signature[0],
        "r": hb(tx.call.signature[1].to_bytes(32, "big")), "s": hb(tx.call.signature[2].to_bytes(32, "big"))}
    outs = [{"to": hb(o.to), "asset": hf(o.asset), "amount": str(o.amount), "memo": hb(o.memo)} for o in tx.outs]
    return {"kind": "transaction", "name": name, "chain_id": tx.chain_id, "expiry": str(tx.expiry),
            "max_fee": str(tx.max_fee), "max_priority_fee": str(tx.max_priority_fee), "gas_limit": str(tx.gas_limit),
            "bundle": hb(tx.bundle.encode()), "call": call, "outs": outs, "encoded": hb(encoded),
            "hash": hb(tx.hash()), "digest": hb(tx.digest()),
            "from_key": hb(KEY.to_bytes(32, "big")) if call else None,
            "from_signature_hash": hb(tx.from_signature_hash()) if call else None,
            "genesis_hash": hb(GENESIS),
            "sighash": hb(tx.bundle.sighash(tx.chain_id, GENESIS, tx.digest()))}


def _pkr(name):
    return derive_pkr(wallet("bob").address(0), label(name)).to_bytes()


def transaction_cases():
    bundles = {row["name"]: bundle.decode(bytes.fromhex(row["encoded"][2:]))
               for row in bundle_cases()["cases"] if row["kind"] == "bundle"}
    coin, token, ticket = some_assets()
    low, high = sorted((token, ticket))
    outs = [Out(_pkr("out 0"), token, 9), Out(_pkr("out 1"), coin, (1 << 128) - 1, label("memo", 64)),
            Out(_pkr("out 2"), coin, 128, b"\x01")]
    pure = Transaction(0x5E20, 77, 10 ** 9, 0, 400_000, bundles["unshield"], None, outs)
    call = Call(ecdsa.address(KEY), 0, b"\x53" * 20, 0, b"", [], [], _pkr("refund"))
    plain = Transaction(1337, 1, 7, 7, 21_000, bundles["shield"], call).signed(_sign)
    full = Transaction(0x5E20, 43_200, 300 * 10 ** 9, 10 ** 9, 30_000_000, bundles["full"], replace(
        call, nonce=1 << 63, value=10 ** 18, input=label("input", 300), attached=[(low, 1), (high, (1 << 128) - 1)],
        access_list=[(b"\x01" * 20, []), (b"\x02" * 20, [bytes(32), label("key")])])).signed(_sign)
    creation = Transaction(1337, (1 << 64) - 1, (1 << 128) - 1, 0, (1 << 64) - 1, bundles["boxes in a call"], replace(
        call, nonce=(1 << 64) - 1, to=b"", value=(1 << 256) - 1, input=b"\x7f")).signed(_sign)
    empty = Transaction(0, 0, 0, 0, 0, bundles["opened to the public"])
    rows = [_row(name, tx) for name, tx in (
        ("pure transfer", pure), ("nothing but a bundle", empty), ("call", plain),
        ("call with everything", full), ("creation", creation))]
    rows += [{"kind": "invalid", "name": name, "encoded": hb(data), "reason": reason(transaction.decode, data)}
             for name, data in _broken(pure, full, plain, empty)]
    return document("07-transactions", "Shielded transactions around bundles of bundle.json; from_key signs, with a "
                    "nonce of its own choice. kind invalid: bytes that reading refuses (the reason is the first of "
                    "several).", rows)


def _broken(pure, full, plain, empty):
    def raw(tx, change):
        """The encoding after `change` of its RLP items."""
        items = rlp.decode(tx.encode()[1:])
        change(items)
        return transaction.TYPE + rlp.encode(items)

    def put(tx, value, *path):
        def change(items):
            for step in path[:-1]:
                items = items[step]
            items[path[-1]] = value
        return raw(tx, change)

    def respelled(tx, old, new):
        """The encoding with the bytes of an item written in another way."""
        body = tx.encode()[4:]
        assert tx.encode()[1] == 0xF9 and body.count(old) >= 1
        body = body.replace(old, new, 1)
        return transaction.TYPE + b"\xf9" + len(body).to_bytes(2, "big") + body

    bundle_length = len(plain.bundle.encode()).to_bytes(2, "big")
    one, coin, high = b"\x01", to_bytes(COIN), to_bytes(R)
    call, out = (6, 0), (7, 1)
    attached = rlp.decode(full.encode()[1:])[6][0][6]
    good, refund = pure.encode(), full.call.refund
    identity = refund[:32] + to_bytes(1) + refund[64:]
    many_outs = rlp.decode(good[1:])[7] * 6
    sorted_ids = [[to_bytes(i), one] for i in range(17)]
    return [
        ("empty", b""), ("type 2", b"\x02" + good[1:]), ("only a type", good[:1]), ("truncated", good[:-1]),
        ("trailing", good + b"\x00"), ("a string", b"\x53\x83abc"), ("no fields", b"\x53\xc0"),
        ("one field more", raw(pure, lambda items: items.append(b""))),
        ("one field less", raw(pure, lambda items: items.pop())),
        ("long form of a short list", b"\x53\xf8\x00"), ("length with a leading zero", b"\x53\xf9\x00\x38" + bytes(56)),
        ("byte with a length", respelled(plain, b"\x82\x05\x39\x01", b"\x82\x05\x39\x81\x01")),
        ("long form of a short string", respelled(plain, b"\x82\x05\x39\x01", b"\xb8\x02\x05\x39\x01")),
        ("longer length than needed", respelled(plain, b"\xb9" + bundle_length, b"\xba\x00" + bundle_length)),
        ("long form of an empty list", respelled(empty, b"\xc0\xc0", b"\xc0\xf8\x00")),
        ("chain id with a leading zero", put(pure, b"\x00\x01", 0)), ("chain id zero byte", put(pure, b"\x00", 0)),
        ("chain id of 9 bytes", put(pure, b"\x01" + bytes(8), 0)), ("chain id is a list", put(pure, [], 0)),
        ("expiry of 9 bytes", put(pure, b"\x01" + bytes(8), 1)), ("fee of 17 bytes", put(pure, b"\x01" + bytes(16), 2)),
        ("priority without a call", put(pure, one, 3)), ("priority above the fee", put(full, b"\xff" * 9, 3)),
        ("gas of 9 bytes", put(pure, b"\x01" + bytes(8), 4)), ("no bundle", put(pure, b"", 5)),
        ("bundle with a byte more", put(pure, pure.bundle.encode() + b"\x00", 5)),
        ("calls are bytes", put(pure, b"", 6)), ("two calls", raw(full, lambda items: items[6].append(items[6][0]))),
        ("call of 10 fields", raw(full, lambda items: items[6][0].pop())),
        ("outs beside a call", put(full, rlp.decode(good[1:])[7], 7)), ("17 outs", put(pure, many_outs[:17], 7)),
        ("from of 19 bytes", put(full, bytes(19), *call, 0)), ("nonce of 9 bytes", put(full, one + bytes(8), *call, 1)),
        ("to of 19 bytes", put(full, bytes(19), *call, 2)), ("value of 33 bytes", put(full, one + bytes(32), *call, 3)),
        ("input is a list", put(full, [], *call, 4)), ("access list is bytes", put(full, b"", *call, 5)),
        ("access list address", put(full, [[bytes(19), []]], *call, 5)),
        ("access list key", put(full, [[bytes(20), [bytes(31)]]], *call, 5)),
        ("attached twice", put(full, [attached[0]] * 2, *call, 6)), ("attached order", put(full, attached[::-1], *call, 6)),
        ("coin attached", put(full, [[coin, one]], *call, 6)), ("attached nothing", put(full, [[to_bytes(5), b""]], *call, 6)),
        ("attached asset not canonical", put(full, [[high, one]], *call, 6)),
        ("attached asset of 31 bytes", put(full, [[bytes(31), one]], *call, 6)),
        ("17 attached", put(full, sorted_ids, *call, 6)), ("refund of 127 bytes", put(full, refund[:-1], *call, 7)),
        ("refund with an identity", put(full, identity, *call, 7)),
        ("refund not canonical", put(full, high + refund[32:], *call, 7)),
        ("parity 2", put(full, b"\x02", *call, 8)), ("parity zero byte", put(plain, b"\x00", *call, 8)),
        ("r of 33 bytes", put(full, one + bytes(32), *call, 9)), ("s with a leading zero", put(full, b"\x00\x01", *call, 10)),
        ("out of 3 fields", raw(pure, lambda items: items[7][1].pop())),
        ("out to 129 bytes", put(pure, refund + one, *out, 0)), ("out asset not canonical", put(pure, high, *out, 1)),
        ("out amount zero", put(pure, b"", *out, 2)), ("out amount of 17 bytes", put(pure, one + bytes(16), *out, 2)),
        ("memo of 65 bytes", put(pure, bytes(65), *out, 3)),
    ]
