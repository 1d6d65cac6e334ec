"""Deterministic inputs and hex forms shared by the vector files."""

import hashlib

from sero_reference import SpecError
from sero_reference.curve import point_to_bytes
from sero_reference.fields import L, R, to_bytes
from sero_reference.keys import SpendingKey


def label(name, size=32):
    """`size` bytes from a label: BLAKE2b-512(label | block number), cut off."""
    blocks = (hashlib.blake2b(name.encode() + bytes([i])).digest() for i in range(size // 64 + 1))
    return b"".join(blocks)[:size]


def label_field(name):
    return int.from_bytes(label(name, 64), "big") % R


def label_scalar(name):
    return int.from_bytes(label(name, 64), "big") % L


def hb(data):
    return "0x" + data.hex()


def hf(value):
    """Field element or scalar, 32 bytes."""
    return hb(to_bytes(value))


def hp(point):
    return hb(point_to_bytes(point))


def xy(point):
    return {"x": hf(point[0]), "y": hf(point[1])}


def reason(function, *args):
    """The reason for which `function` refuses."""
    try:
        function(*args)
    except SpecError as e:
        return e.reason
    raise AssertionError("expected a refusal")


def document(spec, description, cases):
    return {"description": description, "spec": f"docs/spec/{spec}.md", "cases": cases}


def wallet(name, index=0):
    return SpendingKey.from_seed(label(f"bip39 seed of {name}", 64), index)


def key_inputs(name, index=0):
    return {"bip39_seed": hb(label(f"bip39 seed of {name}", 64)), "index": index}


def address_json(address):
    return {"O": hf(address.o), "E": hp(address.e), "PK": hb(address.to_bytes())}


def carriers(name, bundle):
    """Both sighashes of a bundle with their contexts; the one in a transaction."""
    chain_id, genesis, digest = 0x5E20, label("genesis hash"), label(f"{name} transaction digest")
    caller, context, expiry = label(f"{name} caller", 20), label(f"{name} context"), 77
    sighash = bundle.sighash(chain_id, genesis, digest)
    return {"chain_id": chain_id, "genesis_hash": hb(genesis), "transaction_digest": hb(digest),
            "sighash": hb(sighash), "caller": hb(caller), "context": hb(context), "expiry": expiry,
            "contract_sighash": hb(bundle.contract_sighash(chain_id, genesis, caller, context, expiry))}, sighash
