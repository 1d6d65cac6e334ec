"""Vectors of chapter 04 (tree) and chapter 06 (bundles)."""

from dataclasses import replace

from sero_reference import assets, bundle, notes, tree
from sero_reference.bundle import Balance, Bundle, Create, Open, Output, Spend
from sero_reference.curve import add, mul, point_to_bytes
from sero_reference.fields import L, to_bytes
from sero_reference.hashes import G_AUTH, keccak256
from sero_reference.notes import Note
from sero_reference.signature import sign, verify, verifying_key

from .common import document, hb, hf, hp, key_inputs, label, label_field, label_scalar, reason, wallet
from .values import note_json, some_assets


def tree_cases():
    leaves = [label_field(f"leaf {i}") for i in range(100)]
    rows = [{"kind": "empty", "level": k, "root": hf(e)} for k, e in enumerate(tree.EMPTY)]
    rows.append({"kind": "leaves", "leaves": [hf(x) for x in leaves]})
    for n in (0, 1, 7, 8, 9, 63, 64, 65, 100):
        rows.append({"kind": "root", "count": n, "root": hf(tree.root(leaves[:n]))})
    for n, position in ((1, 0), (8, 7), (9, 8), (65, 3), (100, 64), (100, 99)):
        rows.append({"kind": "path", "count": n, "position": position,
                     "siblings": [[hf(x) for x in level] for level in tree.path(leaves[:n], position)]})
    return document("04-notes", "Level 0 is the empty leaf, level 11 the root of the empty tree. Roots and paths "
                    "are of the first `count` of `leaves`; siblings go upwards, 7 a level, own place left out.", rows)


def _build(name, leaves, spends, outputs, balance, ovk):
    """spends: (key name, key, note, position); outputs: (note, memo)."""
    anchor = tree.root(leaves) if spends else 0
    spend_rows, output_rows, parts_s, parts_o, signers = [], [], [], [], []
    for i, (who, key, note, position) in enumerate(spends):
        assert leaves[position] == note.cm
        alpha, rcv = label_scalar(f"{name} alpha {i}"), label_scalar(f"{name} spend rcv {i}")
        rk, cv = add(key.ak, mul(alpha, G_AUTH)), notes.value_commitment(note.v, note.asset, rcv)
        nf, fresh = notes.nullifier(key.nk, note.cm, position), label(f"{name} fresh {i}")
        parts_s.append((Spend(nf, rk, cv, label(f"{name} spend proof {i}", 128)), rcv))
        signers.append(((key.ask + alpha) % L, fresh))
        spend_rows.append({"key": key_inputs(who), "ask": hf(key.ask), "nk": hf(key.nk), "note": note_json(note),
                           "position": str(position), "cm": hf(note.cm), "nf": hf(nf), "alpha": hf(alpha),
                           "rk": hp(rk), "rcv": hf(rcv), "cv": hp(cv), "fresh": hb(fresh),
                           "proof": hb(parts_s[-1][0].proof)})
    for i, (note, memo) in enumerate(outputs):
        rcv = label_scalar(f"{name} output rcv {i}")
        cv = notes.value_commitment(note.v, note.asset, rcv)
        e = notes.encrypt(note, memo, cv, ovk)
        out = Output(note.cm, cv, e.epk, e.view_tag, e.enc_note, e.out_ct, label(f"{name} output proof {i}", 128))
        parts_o.append((out, rcv))
        output_rows.append({"note": note_json(note), "memo": hb(memo), "rcv": hf(rcv), "cv": hp(cv),
                            "cm": hf(note.cm), "proof": hb(out.proof)})
    b = Bundle(anchor, [s for s, _ in parts_s], [o for o, _ in parts_o], balance)
    chain_id, genesis, digest = 0x5E20, label("genesis hash"), label(f"{name} transaction digest")
    sighash = b.sighash(chain_id, genesis, digest)
    for row, spend, (secret, fresh) in zip(spend_rows, b.spends, signers):
        assert verifying_key("auth", secret) == spend.rk
        spend.auth_sig = sign("auth", secret, sighash, fresh)
        row["auth_sig"] = hb(spend.auth_sig)
    message = b.binding_message(sighash)
    bsk = (sum(rcv for _, rcv in parts_s) - sum(rcv for _, rcv in parts_o)) % L
    fresh = label(f"{name} binding fresh")
    assert verifying_key("binding", bsk) == b.bvk()
    b.binding_sig = sign("binding", bsk, message, fresh)
    assert verify("binding", point_to_bytes(b.bvk()), message, b.binding_sig)
    assert bundle.decode(b.encode()) == b
    row = {"kind": "bundle", "name": name, "leaves": [hf(x) for x in leaves], "anchor": hf(anchor), "ovk": hb(ovk),
           "spends": spend_rows, "outputs": output_rows,
           "balance": [{"asset": hf(x.asset), "amount": str(x.amount), "inward": x.inward} for x in balance],
           "chain_id": chain_id, "genesis_hash": hb(genesis), "transaction_digest": hb(digest),
           "effects": hb(b.effects()), "effects_hash": hb(keccak256(b.effects())), "sighash": hb(sighash),
           "binding_message": hb(message), "bsk": hf(bsk), "bvk": hp(b.bvk()), "binding_fresh": hb(fresh),
           "binding_sig": hb(b.binding_sig), "encoded": hb(b.encode())}
    return row, b


def bundle_cases():
    alice, bob = wallet("alice"), wallet("bob")
    coin, token, _ = some_assets()
    e18 = 10 ** 18
    old_coin = Note(alice.address(0), coin, 100 * e18, label("old coin rseed"))
    old_token = Note(alice.address(3), token, 500, label("old token rseed"))
    leaves = [label_field(f"bundle leaf {i}") for i in range(10)]
    leaves[3], leaves[9] = old_coin.cm, old_token.cm
    full, b_full = _build(
        "full", leaves, [("alice", alice, old_coin, 3), ("alice", alice, old_token, 9)],
        [(Note(bob.address(0), coin, 60 * e18, label("out 0")), b"rent"),
         (Note(alice.address(1), coin, 39 * e18, label("out 1")), b""),
         (Note(bob.address(1), token, 700, label("out 2")), label("long memo", 64))],
        [Balance(coin, e18, False), Balance(token, 200, True)], alice.ovk)
    shield, b_shield = _build("shield", [], [], [(Note(bob.address(5), coin, 5, label("shield out")), b"in")],
                              [Balance(coin, 5, True)], alice.ovk)
    spend_note = Note(bob.address(2), token, 9, label("unshield"))
    unshield, b_unshield = _build("unshield", [spend_note.cm], [("bob", bob, spend_note, 0)], [],
                                  [Balance(token, 9, False)], bob.ovk)
    packages, broken_packages = _with_packages(b_shield)
    rows = [full, shield, unshield, packages] + [
        {"kind": "refused-bvk", "name": name, "encoded": hb(b.encode()), "reason": reason(b.bvk)}
        for name, b in _identity_bvk()] + [
        {"kind": "invalid", "name": name, "encoded": hb(data), "reason": reason(bundle.decode, data)}
        for name, data in _broken(b_shield, b_unshield) + broken_packages]
    return document("06-bundle", "Bundles built from secrets; proofs are placeholders that no proof check would "
                    "accept. kind invalid: encodings that reading refuses whatever the proofs are (reason as in "
                    "the reference model, first of several).", rows)


def _identity_bvk():
    """Nothing at all; and an output whose cv has rcv = 0."""
    empty = Bundle(0, [], [], [])
    note = Note(wallet("bob").address(5), assets.COIN, 5, label("shield out"))
    cv = notes.value_commitment(5, assets.COIN, 0)
    e = notes.encrypt(note, b"", cv, wallet("alice").ovk)
    plain = Bundle(0, [], [Output(note.cm, cv, e.epk, e.view_tag, e.enc_note, e.out_ct)],
                   [Balance(assets.COIN, 5, True)])
    for b in (empty, plain):
        assert bundle.decode(b.encode()) == b
    return [("empty bundle", empty), ("rcv = 0", plain)]


def _with_packages(shield):
    """A bundle of pool 3 with creations and an opening, and what reading refuses about them."""
    point = shield.outputs[0].cv
    create = [Create(label_field(f"pkg cm {i}"), point, label(f"pkg owner {i}", 20), label(f"pkg tag {i}"),
                     label(f"pkg ciphertext {i}", n), label(f"pkg proof {i}", 128))
              for i, n in enumerate((128, 1024))]
    opened = Open(label_field("pkg id"), label_field("pkg cm 9"), point, label("pkg open proof", 128))

    def with_(packages, outputs=shield.outputs):
        return Bundle(0, [], outputs, shield.balance, shield.binding_sig, packages, 3)

    good = with_([create[0], opened, create[1]])
    assert bundle.decode(good.encode()) == good
    chain_id, genesis = 0x5E20, label("genesis hash")
    caller, context, expiry = label("caller", 20), label("context"), 77
    sighash = good.contract_sighash(chain_id, genesis, caller, context, expiry)
    row = {"kind": "packages", "name": "packages", "encoded": hb(good.encode()), "effects": hb(good.effects()),
           "chain_id": chain_id, "genesis_hash": hb(genesis), "caller": hb(caller), "context": hb(context),
           "expiry": expiry, "sighash": hb(sighash), "binding_message": hb(good.binding_message(sighash)),
           "bvk": hp(good.bvk())}
    same = replace(create[1], cm=create[0].cm)
    at = 38 + 500 + 1 + 64 + 20 + 32
    data = good.encode()
    return row, [
        ("ciphertext of 129 bytes", data[:at] + (129).to_bytes(2, "big") + data[at + 2:]),
        ("cut in a ciphertext", data[:at + 100]),
        ("pkg_cm twice", with_([create[0], same]).encode()),
        ("pkg_cm of an output", with_([replace(create[0], cm=shield.outputs[0].cm)]).encode()),
        ("pkg_cm of an opening before", with_([opened, replace(create[0], cm=opened.cm)]).encode()),
        ("opened twice", with_([opened, replace(opened, cm=label_field("pkg cm 8"))]).encode()),
        ("id not canonical", with_([opened]).encode().replace(to_bytes(opened.id), b"\xff" * 32)),
    ]


def _broken(shield, unshield):
    good, spent = shield.encode(), unshield.encode()

    def put(data, at, new):
        return data[:at] + new + data[at + len(new):]

    def with_balance(entries, count):
        head = put(spent[:38 + 288], 5, bytes([count]))
        return head + entries + unshield.binding_sig

    amount = (1).to_bytes(16, "big")
    low, high = b"\x00" + to_bytes(5) + amount, b"\x01" + to_bytes(6) + amount
    twice = Bundle(unshield.anchor, unshield.spends * 2, [], unshield.balance).encode()
    out, sp = 38, 38  # first output of `shield`, first spend of `unshield`
    identity = to_bytes(1)
    return [
        ("empty", b""), ("truncated", good[:-1]), ("trailing", good + b"\x00"),
        ("version 0", put(good, 0, b"\x00")), ("version 2", put(good, 0, b"\x02")), ("pool 8", put(good, 1, b"\x08")),
        ("9 packages", put(good, 4, b"\x09")), ("package kind", put(good, 4, b"\x01")), ("17 spends", put(good, 2, b"\x11")), ("17 outputs", put(good, 3, b"\x11")),
        ("17 balance entries", put(good, 5, b"\x11")), ("anchor without spends", put(good, 37, b"\x01")),
        ("zero anchor with a spend", put(spent, 6, bytes(32))), ("anchor not canonical", put(spent, 6, b"\xff" * 32)),
        ("nf not canonical", put(spent, sp, b"\xff" * 32)), ("rk identity", put(spent, sp + 32, identity)),
        ("cv identity", put(spent, sp + 64, identity)), ("nullifier twice", twice),
        ("cm not canonical", put(good, out, b"\xff" * 32)), ("output cv small order", put(good, out + 32, bytes(32))),
        ("epk identity", put(good, out + 64, identity)), ("flag bit 2", put(good, 38 + 500, b"\x07")),
        ("flag bit 7", put(good, 38 + 500, b"\x83")), ("zero amount", put(good, 38 + 501, bytes(16))),
        ("coin by id", with_balance(b"\x00" + to_bytes(assets.COIN) + amount, 1)),
        ("asset not canonical", with_balance(b"\x00" + b"\xff" * 32 + amount, 1)),
        ("asset twice", with_balance(low + low, 2)), ("asset in and out", with_balance(low + b"\x01" + low[1:], 2)),
        ("descending", with_balance(high + low, 2)), ("coin second", with_balance(low + b"\x02" + amount, 2)),
        ("coin twice", with_balance(b"\x02" + amount + b"\x03" + amount, 2)),
    ]
