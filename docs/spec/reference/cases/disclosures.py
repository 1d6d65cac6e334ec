"""Vectors of chapter 12."""

from dataclasses import replace

from sero_reference import assets, notes, tree
from sero_reference.disclosure import (HIDDEN, PUBLIC, Disclosure, decode, payer_secret, rseed)
from sero_reference.curve import mul
from sero_reference.fields import R, to_bytes
from sero_reference.hashes import G_AUTH
from sero_reference.keys import derive_pkr

from .common import document, hb, hf, hp, key_inputs, label, label_field, label_scalar, reason, wallet

SPEC = "12-disclosure"
CHAIN, GENESIS = 5301, label("genesis of a chain")


def _leaf(kind, address, asset, v, seed, position):
    """A disclosure without claim: the note among eleven other leaves."""
    if kind == HIDDEN:
        cm = notes.Note(address, asset, v, seed).cm
    else:
        cm = notes.public_commitment(derive_pkr(address, seed).o_r, asset, v)
    leaves = [label_field(f"leaf {i}") for i in range(12)]
    leaves[position] = cm
    return Disclosure(CHAIN, GENESIS, kind, position, cm, address, asset, v, seed, tree.root(leaves),
                      tree.path(leaves, position))


def _payment(i, memo):
    """What alice pays bob, as her wallet makes it."""
    alice, bob, asset, v = wallet("alice"), wallet("bob"), assets.COIN, 10 ** 18 + i
    address, cv = bob.address(i), notes.value_commitment(v, asset, label_scalar(f"rcv {i}"))
    x = payer_secret(alice.payer_key, address, asset, v, memo, cv)
    row = {"kind": "payer", **key_inputs("alice"), "payer_key": hb(alice.payer_key), "to": hb(address.to_bytes()),
           "asset": hf(asset), "v": str(v), "memo": hb(memo), "cv": hp(cv), "x": hf(x), "X": hp(mul(x, G_AUTH)),
           "rseed": hb(rseed(mul(x, G_AUTH)))}
    return row, x, _leaf(HIDDEN, address, asset, v, rseed(mul(x, G_AUTH)), 3 + 4 * i)


def _valid(name, disclosure, challenge, signing):
    disclosure.verify(CHAIN, GENESIS, challenge)
    assert decode(disclosure.encode()) == disclosure
    return {"kind": "valid", "name": name, "chain_id": CHAIN, "genesis_hash": hb(GENESIS),
            "challenge": challenge and hb(challenge), "message": challenge and hb(disclosure.message(challenge)),
            **signing, "bytes": hb(disclosure.encode())}


def _refused(name, data, challenge, chain=CHAIN, genesis=GENESIS):
    row = {"kind": "refused", "name": name, "chain_id": chain, "genesis_hash": hb(genesis),
           "challenge": None if challenge is None else hb(challenge), "bytes": hb(data)}
    return {**row, "reason": reason(lambda: decode(data).verify(chain, genesis, challenge))}


def disclosure_cases():
    bob, challenge, fresh = wallet("bob"), b"Who received 1 SERO? 2026-11-25", label("fresh")
    first, x, hidden = _payment(0, b"rent")
    second, _, other = _payment(1, b"")
    public = _leaf(PUBLIC, bob.address(2), assets.token_id(label("issuer", 20), b"GOLD"), 7, label("rho"), 9)
    internal = _leaf(HIDDEN, bob.address(1 << 63), assets.COIN, 5, label("rseed"), 0)
    nobody = {"secret": None, "fresh": None}
    signing = lambda secret: {"secret": hf(secret), "fresh": hb(fresh)}
    payee, payer = hidden.as_payee(bob.ivk, challenge, fresh), hidden.as_payer(x, challenge, fresh)
    rows = [first, second]
    rows += [_valid("hidden, content", hidden, None, nobody), _valid("public, content", public, None, nobody),
             _valid("hidden, payee", payee, challenge, signing(bob.ivk)),
             _valid("hidden, payer", payer, challenge, signing(x)),
             _valid("public, payee", public.as_payee(bob.ivk, challenge, fresh), challenge, signing(bob.ivk)),
             _valid("internal address, payee", internal.as_payee(bob.ivk_internal, b"\0", fresh), b"\0",
                    signing(bob.ivk_internal))]
    longest = label("longest challenge", 1024)
    rows.append(_valid("longest challenge", payer.as_payer(x, longest, fresh), longest, signing(x)))
    rows += _all_refused(hidden, other, payee, payer, public, challenge, x)
    return document(SPEC, "Payer keys; disclosures that hold, with the message that a claim signs; and ones that "
                    "are refused, by name.", rows)


def _all_refused(hidden, other, payee, payer, public, challenge, x):
    alice, fresh = wallet("alice"), label("fresh")
    data = hidden.encode()
    by_byte = [("version 0", 0, 0), ("version 2", 0, 2), ("pool 8", 1, 8), ("kind 2", 2, 2), ("claim 3", 3, 3)]
    rows = [_refused(name, data[:at] + bytes([value]) + data[at + 1:], None) for name, at, value in by_byte]
    rows += [_refused("empty", b"", None), _refused("one byte short", data[:-1], None),
             _refused("one byte long", data + b"\0", None), _refused("claim without signature", b"\1\0\0\1" + data[4:], None)]
    swapped = [("position", dict(position=hidden.position + 1)), ("position beyond the tree", dict(position=8 ** 11 - 1)),
               ("commitment", dict(cm=other.cm)), ("owner tag", dict(address=replace(hidden.address, o=other.address.o))),
               ("E", dict(address=replace(hidden.address, e=other.address.e))), ("amount", dict(v=hidden.v + 1)),
               ("amount zero", dict(v=0)), ("asset", dict(asset=assets.ticket_id(assets.COIN, bytes(32)))),
               ("seed", dict(seed=other.seed)), ("anchor", dict(anchor=other.anchor)),
               ("siblings", dict(siblings=other.siblings)), ("kind", dict(kind=PUBLIC))]
    rows += [_refused(f"other {name}", replace(hidden, **change).encode(), None) for name, change in swapped]
    at = 4 + 8 + 32 + 8
    for name, offset in (("commitment", at), ("O", at + 32), ("E", at + 64), ("asset", at + 96),
                         ("anchor", at + 176), ("last sibling", len(data) - 32)):
        rows.append(_refused(f"{name} = r", data[:offset] + R.to_bytes(32, "big") + data[offset + 32:], None))
    rows += [_refused("another chain id", data, None, chain=CHAIN + 1),
             _refused("another genesis", data, None, genesis=label("another genesis")),
             _refused("challenge without claim", data, challenge),
             _refused("claim without challenge", payee.encode(), None),
             _refused("empty challenge", payee.encode(), b""), _refused("long challenge", payee.encode(), bytes(1025)),
             _refused("payee, other challenge", payee.encode(), challenge + b"!"),
             _refused("payer, other challenge", payer.encode(), challenge + b"!"),
             _refused("payer who is the payee", hidden.as_payer(wallet("bob").ivk, challenge, fresh).encode(), challenge),
             _refused("payee who is the payer", hidden.as_payee(x, challenge, fresh).encode(), challenge),
             _refused("payee of another account", hidden.as_payee(alice.ivk, challenge, fresh).encode(), challenge),
             _refused("payee's claim on another note", replace(other, claim=1, signature=payee.signature).encode(),
                      challenge),
             _refused("payer's signature as the payee's", replace(payee, signature=payer.signature).encode(), challenge),
             _refused("payer of a public note", public.as_payer(x, challenge, fresh).encode(), challenge)]
    return rows
