"""Vectors of chapter 04 (tree) and chapter 06 (bundles)."""

from sero_reference import assets, bundle, notes, tree
from sero_reference.bundle import Balance, Bundle, Create, Open, Output, Spend
from sero_reference.curve import add, mul, point_to_bytes
from sero_reference.fields import L, to_bytes
from sero_reference.hashes import G_AUTH, keccak256
from sero_reference.notes import Note
from sero_reference.package import Content
from sero_reference.signature import sign, verify, verifying_key

from .boxed import actions, hand_made
from .common import carriers, document, hb, hf, hp, key_inputs, label, label_field, label_scalar, reason, wallet
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


def _build(name, leaves, spends, outputs, balance, ovk, packages=(), pool=0):
    """spends: (key name, key, note, position); outputs: (note, memo); packages: see boxed.actions."""
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
    nf = parts_s[0][0].nf if parts_s else None
    parts_p, package_rows, package_rcv = actions(name, pool, nf, packages)
    b = Bundle(anchor, [s for s, _ in parts_s], [o for o, _ in parts_o], balance, packages=parts_p, pool=pool)
    carried, sighash = carriers(name, b)
    for row, spend, (secret, fresh) in zip(spend_rows, b.spends, signers):
        assert verifying_key("auth", secret) == spend.rk
        spend.auth_sig = sign("auth", secret, sighash, fresh)
        row["auth_sig"] = hb(spend.auth_sig)
    message = b.binding_message(sighash)
    bsk = (sum(rcv for _, rcv in parts_s) - sum(rcv for _, rcv in parts_o) + package_rcv) % L
    fresh = label(f"{name} binding fresh")
    assert verifying_key("binding", bsk) == b.bvk()
    b.binding_sig = sign("binding", bsk, message, fresh)
    assert verify("binding", point_to_bytes(b.bvk()), message, b.binding_sig)
    assert bundle.decode(b.encode()) == b
    row = {"kind": "bundle", "name": name, "pool": pool, "leaves": [hf(x) for x in leaves], "anchor": hf(anchor),
           "ovk": hb(ovk), "spends": spend_rows, "outputs": output_rows, "packages": package_rows,
           "balance": [{"asset": hf(x.asset), "amount": str(x.amount), "inward": x.inward} for x in balance],
           "effects": hb(b.effects()), "effects_hash": hb(keccak256(b.effects())), **carried,
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
    accepted, broken_packages = hand_made(b_shield)
    rows = [full, shield, unshield, *_boxes(alice, bob)] + accepted + [
        {"kind": "refused-bvk", "name": name, "encoded": hb(b.encode()), "reason": reason(b.bvk)}
        for name, b in _identity_bvk()] + [
        {"kind": "invalid", "name": name, "encoded": hb(data), "reason": reason(bundle.decode, data)}
        for name, data in _broken(b_shield, b_unshield) + broken_packages]
    return document("06-bundle", "Bundles built from secrets; proofs are placeholders that no proof check would "
                    "accept. kind invalid: encodings that reading refuses whatever the proofs are (reason as in "
                    "the reference model, first of several).", rows)


def _boxes(alice, bob):
    """Packages closed and opened: beside a spend, in a call without spends, and nothing but an opening."""
    coin, token, ticket = some_assets()
    e18, rcm = 10 ** 18, label_field("box rcm")
    note = Note(alice.address(2), coin, 40 * e18, label("boxes coin rseed"))
    owner, kept = label("box owner", 20), [label_field(f"box kept {i}") for i in range(2)]
    boxes = [
        ("boxes", 0, [note.cm], [("alice", alice, note, 0)],
         [(Note(alice.address(0), coin, 9 * e18, label("boxes out 0")), b""),
          (Note(alice.address(0), token, 500, label("boxes out 1")), b"opened")],
         [("create", owner, Content(coin, 30 * e18, rcm, label("box data", 942)), None),
          ("open", kept[0], Content(token, 500, rcm)),
          ("create", b"\xff" * 20, Content(coin, 0, rcm, b"data only"), 512)],
         [Balance(coin, e18, False)]),
        ("boxes in a call", 3, [], [], [],
         [("open", kept[0], Content(token, 2, rcm)), ("create", owner, Content(coin, 5, rcm), None),
          ("create", owner, Content(ticket, 1, rcm, b"x" * 174), None)],
         [Balance(coin, 5, True), *sorted((Balance(ticket, 1, True), Balance(token, 2, False)),
                                          key=lambda b: b.asset)]),
        ("opened to the public", 7, [], [], [], [("open", kept[1], Content(token, notes.MAX_AMOUNT, rcm))],
         [Balance(token, notes.MAX_AMOUNT, False)])]
    return [_build(name, leaves, spends, outputs, balance, alice.ovk, packages, pool)[0]
            for name, pool, leaves, spends, outputs, packages, balance in boxes]


def _identity_bvk():
    """Nothing at all; an output whose cv has rcv = 0; a package closed and opened with one cv."""
    empty = Bundle(0, [], [], [])
    note = Note(wallet("bob").address(5), assets.COIN, 5, label("shield out"))
    cv = notes.value_commitment(5, assets.COIN, 0)
    e = notes.encrypt(note, b"", cv, wallet("alice").ovk)
    plain = Bundle(0, [], [Output(note.cm, cv, e.epk, e.view_tag, e.enc_note, e.out_ct)],
                   [Balance(assets.COIN, 5, True)])
    create = Create(note.cm, cv, label("pkg owner", 20), label("pkg tag"), label("pkg ciphertext", 128))
    copied = Bundle(0, [], [], [], packages=[create, Open(label_field("pkg id"), note.cm, cv)])
    for b in (empty, plain, copied):
        assert bundle.decode(b.encode()) == b
    return [("empty bundle", empty), ("rcv = 0", plain), ("closed and opened with one cv", copied)]


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
        ("9 packages", put(good, 4, b"\x09")), ("package kind", put(good, 4, b"\x01")),
        ("17 spends", put(good, 2, b"\x11")), ("17 outputs", put(good, 3, b"\x11")),
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
