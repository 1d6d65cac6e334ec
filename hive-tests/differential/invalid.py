"""Blocks with one thing wrong, made of a block that is right."""

import random
from dataclasses import replace

from ethereum.crypto.hash import keccak256
from ethereum_rlp import rlp
from ethereum_types.bytes import Bytes, Bytes20
from ethereum_types.numeric import U256, Uint

from generate import BREAKS, DEPOSIT_EVENT, DEPOSITS, WITHDRAWALS
from inputs import word
from reference import SENDERS, header_fields

LEAST = {
    "type": 2,
    "from": 0,
    "to": "0x" + "77" * 20,
    "value": "0x0",
    "data": "0x",
    "over": 10**9,
    "tip": 1,
    "gas": 100_000,
}
# One thing that no block may hold, by what it is to be refused for.
FORBIDDEN = {
    "nonce too high": {"nonceChange": 1},
    "nonce too low": {"nonceChange": -1},
    "nonce too low, legacy": {"type": 0, "nonceChange": -1},
    "another chain": {"chainChange": 1},
    "another chain, legacy": {"type": 0, "chainChange": 1},
    "fee below the base fee": {"over": -1, "tip": 0},
    "price below the base fee": {"type": 1, "over": -1},
    "tip above the fee": {"tipAboveFee": True},
    "more than it has": {"value": hex(2**200)},
    "gas below the least": {"gas": 20_999},
    "gas below the floor": {"gas": 25_000, "data": "0x" + "11" * 150},
    "gas of more than a block": {"gas": 2**40},
    "gas above 2^24": {"gas": 2**24 + 1},
    "too much code": {"to": None, "data": "0x" + "5b" * (2 * 0x6000 + 1), "gas": 3_000_000},
    "no blobs": {"type": 3, "blobs": [], "blobOver": 1},
    "blob hash of another version": {"type": 3, "blobs": ["0x02" + "11" * 31], "blobOver": 1},
    "many blobs": {"type": 3, "blobs": ["0x01" + "11" * 31] * 22, "blobOver": 1},
    "blob fee too low": {"type": 3, "blobs": ["0x01" + "11" * 31], "blobOver": -1},
    "no authorizations": {"type": 4, "authorizations": []},
}


def mutants(parent, built, seed):
    """Pairs of a name and a block in RLP, in a random order. `parent` is the chain that the block is behind."""
    rng = random.Random(seed)
    block = built.block
    made = [*headers(parent, block, rng), *bodies(parent, built, rng), *transactions(parent, block), *flips(built, rng)]
    made += requests(parent, block)
    rng.shuffle(made)
    return made


def headers(parent, block, rng):
    header = block.header
    for name in header_fields(parent):
        value = getattr(header, name)
        if isinstance(value, bytes):
            if name == "extra_data":
                changed = Bytes(bytes(33))
            else:
                place = rng.randrange(len(value))
                changed = type(value)(
                    value[:place] + bytes([value[place] ^ 1 << rng.randrange(8)]) + value[place + 1 :]
                )
            yield f"header.{name}", encoded(block, **{name: changed})
        else:
            for step in (1, -1):
                if int(value) + step >= 0:
                    yield f"header.{name} {step:+}", encoded(block, **{name: type(value)(int(value) + step)})
    yield "header.timestamp of the parent", encoded(block, timestamp=parent.head.timestamp)
    yield "header.gas_limit", encoded(block, gas_limit=header.gas_limit + header.gas_limit // Uint(1024))
    items = list(rlp.decode(rlp.encode(block)))
    yield "header without its last field", rlp.encode([items[0][:-1], *items[1:]])
    yield "header with one more field", rlp.encode([[*items[0], bytes(32)], *items[1:]])
    yield "block without withdrawals", rlp.encode(items[:3])
    yield "block with one more field", rlp.encode([*items, []])


def bodies(parent, built, rng):
    block, types = built.block, parent.blocks_module
    ommers = (parent.head,)
    yield "an ommer", rlp.encode(replace(block, ommers=ommers))
    yield "an ommer in its root", encoded(replace(block, ommers=ommers), ommers_hash=keccak256(rlp.encode(ommers)))
    one = types.Withdrawal(
        index=parent.fork.U64(77), validator_index=parent.fork.U64(1), address=Bytes20(SENDERS[3]), amount=U256(5)
    )
    more = replace(block, withdrawals=(*block.withdrawals, one))
    yield "a withdrawal", rlp.encode(more)
    yield "a withdrawal in its root", encoded(more, withdrawals_root=withdrawals_root(parent, more.withdrawals))
    if len(block.transactions) > 1:
        turned = replace(block, transactions=block.transactions[::-1])
        yield "transactions turned round", rlp.encode(turned)
        yield "transactions turned round in their root", rooted(parent, turned)
    if block.transactions:
        fewer = replace(block, transactions=block.transactions[:-1])
        yield "a transaction less", rlp.encode(fewer)
        yield "a transaction less in their root", rooted(parent, fewer)
        twice = replace(block, transactions=(*block.transactions, rng.choice(block.transactions)))
        yield "a transaction twice in their root", rooted(parent, twice)


def transactions(parent, block):
    """The block's first place is for the one that may not be there, so that nothing else is wrong before it."""
    env = parent.environment(asked(parent, block))
    for name, change in FORBIDDEN.items():
        tx = parent.signed({**LEAST, **change}, env)
        if tx is None:
            continue
        other = replace(block, transactions=(parent.tx.encode_transaction(tx), *block.transactions))
        yield f"transaction: {name}", rooted(parent, other)
    tx = parent.signed(LEAST, env)
    for name, change in (("s is 0", {"s": U256(0)}), ("r is 0", {"r": U256(0)}), ("y is 2", {"y_parity": U256(2)})):
        other = replace(block, transactions=(parent.tx.encode_transaction(replace(tx, **change)), *block.transactions))
        yield f"transaction: {name}", rooted(parent, other)


def asked(parent, block):
    """What a block like this one is made of, without what is in it."""
    return {
        "coinbase": "0x" + block.header.coinbase.hex(),
        "seconds": int(block.header.timestamp - parent.head.timestamp),
        "mixHash": "0x" + block.header.prev_randao.hex(),
        "beaconRoot": "0x" + block.header.parent_beacon_block_root.hex(),
        "extraData": "0x",
        "gasLimitChange": int(block.header.gas_limit) - int(parent.head.gas_limit),
        "withdrawals": [],
        "txs": [],
    }


def requests(parent, block):
    """Blocks that are right but for their requests: what EELS makes of them when it does not look."""
    if not parent.has_requests:
        return
    fork = parent.fork
    checked, parsed = fork.process_checked_system_transaction, fork.parse_deposit_requests
    deposit = word(DEPOSIT_EVENT) + b"".join(word(at) for at in (161, 256, 320, 384, 512)) + bytes(416)
    calls = {"a deposit of another layout": (DEPOSITS, deposit), "a system contract that fails": (WITHDRAWALS, BREAKS)}
    fork.parse_deposit_requests = lambda block_output: b""
    fork.process_checked_system_transaction = fork.process_unchecked_system_transaction
    try:
        for name, (to, data) in calls.items():
            tx = {**LEAST, "to": to, "data": "0x" + data.hex(), "gas": 200_000}
            yield name, parent.snapshot().build({**asked(parent, block), "txs": [tx]}).rlp
    finally:
        fork.process_checked_system_transaction, fork.parse_deposit_requests = checked, parsed


def flips(built, rng):
    for _ in range(6):
        data = bytearray(built.rlp)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        yield "a bit", bytes(data)


def encoded(block, **changes):
    return rlp.encode(replace(block, header=replace(block.header, **changes)))


def rooted(parent, block):
    trie = parent.trie.Trie(secured=False, default=None)
    for index, one in enumerate(block.transactions):
        parent.trie.trie_set(trie, rlp.encode(Uint(index)), one)
    return encoded(block, transactions_root=parent.trie.root(trie))


def withdrawals_root(parent, withdrawals):
    trie = parent.trie.Trie(secured=False, default=None)
    for index, one in enumerate(withdrawals):
        parent.trie.trie_set(trie, rlp.encode(Uint(index)), rlp.encode(one))
    return parent.trie.root(trie)
