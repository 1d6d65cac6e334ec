"""Vectors of chapter 02."""

from sero_reference.curve import mul, point_to_bytes
from sero_reference.encoding import (KINDS, NETWORKS, bech32m_encode, decode_text, encode_text,
                                     to_five_bits)
from sero_reference.fields import R, to_bytes
from sero_reference.hashes import G_AUTH
from sero_reference.keys import derive_pkr, open_pkr

from .common import address_json, document, hb, hf, hp, key_inputs, label, reason, wallet

SPEC = "02-keys"


def _key_row(name, index):
    key = wallet(name, index)
    return {"kind": "keys", **key_inputs(name, index), "seed": hb(key.seed), "ask": hf(key.ask), "nk": hf(key.nk),
            "sk": hb(key.sk), "ak": hp(key.ak), "tk": hb(key.tk), "ovk": hb(key.ovk), "dk": hb(key.dk),
            "ivk": hf(key.ivk), "ivk_internal": hf(key.ivk_internal),
            "addresses": [{"i": str(i), "d": hf(key.diversifier(i)), **address_json(key.address(i))}
                          for i in (0, 1, 2, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)],
            "from_keys": [{"i": str(i), "scalar": hb(key.from_key(i).to_bytes(32, "big"))}
                          for i in (0, 1, (1 << 64) - 1)]}


def _payloads():
    key = wallet("alice")
    pkr = derive_pkr(key.address(0), label("text rho")).to_bytes()
    return {"payment-address": key.address(0).to_bytes(), "one-time-address": pkr, "tracing-key": key.tk,
            "incoming-key": to_bytes(key.ivk), "spending-key": key.sk}


def _bad_texts(payloads):
    good = {k: encode_text("main", k, p) for k, p in payloads.items()}
    pk, text = "payment-address", good["payment-address"]
    payload = payloads[pk]
    padded = to_five_bits(b"\x01" + payloads["one-time-address"])
    padded[-1] |= 1
    flipped = text[:-1] + ("q" if text[-1] != "q" else "p")
    rows = [("checksum", pk, flipped), ("mixed case", pk, text[:10] + text[10:].upper()),
            ("no separator", pk, text.replace("1", "", 1)), ("blank", pk, text + " "), ("empty", pk, ""),
            ("test network", pk, encode_text("test", pk, payload)),
            ("development network", pk, encode_text("development", pk, payload)),
            ("unknown prefix", pk, bech32m_encode("xsero", to_five_bits(b"\x01" + payload))),
            ("version 0", pk, encode_text("main", pk, payload, version=0)),
            ("version 2", pk, encode_text("main", pk, payload, version=2)),
            ("one byte short", pk, encode_text("main", pk, payload[:-1])),
            ("one byte long", pk, encode_text("main", pk, payload + b"\x00")),
            ("only a version", pk, encode_text("main", pk, b"")),
            ("padding bit set", "one-time-address", bech32m_encode("seropkr", padded))]
    rows += [(f"{found} for {wanted}", wanted, good[found]) for found, wanted in
             zip(KINDS, [*list(KINDS)[1:], list(KINDS)[0]])]
    return rows


def key_cases():
    rows = [_key_row(n, i) for n, i in (("alice", 0), ("alice", 1), ("bob", 0), ("bob", (1 << 32) - 1))]
    payloads = _payloads()
    for network in NETWORKS:
        for kind, payload in payloads.items():
            text = encode_text(network, kind, payload)
            rows.append({"kind": "text", "valid": True, "network": network, "type": kind, "payload": hb(payload),
                         "text": text, "upper": text.upper()})
    rows += [{"kind": "text", "valid": False, "name": name, "network": "main", "type": wanted, "text": text,
              "reason": reason(decode_text, "main", wanted, text)} for name, wanted, text in _bad_texts(payloads)]
    return document(SPEC, "kind keys: everything from a BIP-39 seed. kind text: bech32m; an invalid one is "
                    "refused when read as `type` on `network`.", rows)


def _open_row(name, data, key):
    found = open_pkr(key.ivk, data)
    return {"kind": "open", "name": name, "pkr": hb(data), "ivk": hf(key.ivk),
            "mine": found and {**address_json(found[0]), "rho": hb(found[1])}}


def pkr_cases():
    alice, bob = wallet("alice"), wallet("bob")
    rows, last = [], None
    for i, rho in ((0, label("rho 0")), (1, bytes(32)), (2, b"\xff" * 32), (7, label("rho 3"))):
        address = alice.address(i)
        last = o = derive_pkr(address, rho)
        rows.append({"kind": "derive", **address_json(address), "rho": hb(rho), "esk": hf(o.esk), "s": hf(o.s),
                     "epk": hp(o.epk), "S": hp(o.shared), "O_r": hf(o.o_r), "c": hb(o.c), "pkr": hb(o.to_bytes())})
        rows.append(_open_row("right key", o.to_bytes(), alice))
    data = last.to_bytes()
    rows.append(_open_row("wrong key", data, bob))

    def flip(at):
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]

    epk2 = point_to_bytes(mul(2, last.epk))
    tampered = [("O_r changed", flip(31)), ("O_r not canonical", to_bytes(last.o_r + R) + data[32:]),
                ("epk sign changed", data[:32] + bytes([data[32] ^ 0x80]) + data[33:]),
                ("epk doubled", data[:32] + epk2 + data[64:]),
                ("epk = G_auth", data[:32] + point_to_bytes(G_AUTH) + data[64:]),
                ("epk identity", data[:32] + to_bytes(1) + data[64:]),
                ("c first byte", flip(64)), ("c end of O", flip(95)), ("c start of rho", flip(96)),
                ("c last byte", flip(127)), ("short", data[:-1]), ("long", data + b"\x00"),
                ("O_r of another", to_bytes(derive_pkr(alice.address(8), label("rho 3")).o_r) + data[32:])]
    rows += [_open_row(name, changed, alice) for name, changed in tampered]
    return document(SPEC, "One-time addresses. kind open: `mine` is the address found with ivk, or null.", rows)
