"""Cases that chance would not find: states and numbers at their ends. One block each, on an otherwise small state."""

from ethereum.crypto.hash import keccak256
from ethereum_rlp import rlp
from ethereum_types.bytes import Bytes20
from ethereum_types.numeric import Uint

from bytecode import assemble
from generate import CODES, text
from reference import SENDERS

MOST = 2**64 - 1
FACTORY = b"\xfa" * 20
CREATES = "0x0 0x0 MSTORE 0x0 0x0 0x0 CREATE 0x1 SSTORE RETURNDATASIZE 0x2 SSTORE GAS 0x3 SSTORE STOP"
# Code that keeps six at slot zero, and leaves nothing.
KEEPS = "0x600660005500"
HELD = {"0x1": "0x2"}


def cases():
    """Pairs of a name and a case."""
    first, second, third = (text(one) for one in SENDERS[:3])
    made, inner = created(SENDERS[0], 5), created(FACTORY, 1)
    factory = text(FACTORY)
    call = tx(to=factory)
    creation = tx(data=KEEPS)
    rich = {"balance": hex(10**22)}
    coded = {"balance": "0x0", "code": ["0x00"]}
    # Anvil does not know EIP-7610: accounts with nothing but storage.
    yield "creation where storage is", case({made: {"balance": "0x0", "storage": HELD}}, [creation], portable=False)
    yield (
        "creation where storage and a balance are",
        case({made: {"balance": "0x5", "storage": HELD}}, [creation], portable=False),
    )
    yield "CREATE where storage is", case({inner: {"balance": "0x0", "storage": HELD}}, [call], portable=False)
    yield "creation where code is", case({made: coded}, [creation])
    yield "creation where a nonce is", case({made: {"balance": "0x0", "nonce": 1}}, [creation])
    yield "creation where a balance is", case({made: {"balance": "0x7"}}, [creation])
    yield "CREATE where code is", case({inner: coded}, [call])
    yield "CREATE with the last nonce", case({factory: factory_account(MOST - 1)}, [call, call])
    yield "sender with the last nonce", case({first: {**rich, "nonce": MOST - 1}}, [call, call])
    yield "creation with the last nonce", case({first: {**rich, "nonce": MOST - 1}}, [creation])
    last = {second: {"balance": "0x1", "nonce": MOST - 1}, third: {"balance": "0x1", "nonce": MOST}}
    signs = [{"key": key, "address": factory} for key in (1, 1, 2)]
    yield "authority with the last nonce", case(last, [tx(to=factory, type=4, authorizations=signs)])
    mine = [{"key": 1, "address": factory}]
    other = {second: {"balance": "0x1", "nonce": 1, "code": ["0x00"]}}
    yield "authority with code", case(other, [tx(to=factory, type=4, authorizations=mine)])
    own = [{"key": 0, "address": factory, "nonceChange": 1}]
    yield "sender that delegates itself", case({}, [tx(to=first, type=4, authorizations=own), tx(to=first)])
    loop = {second: delegated(third), third: delegated(second)}
    yield "delegations that go round", case(loop, [tx(to=second), tx(to=third)])
    yield (
        "delegation to a precompile",
        case({second: delegated("0x" + "00" * 19 + "02")}, [tx(to=second, data="0x1234")]),
    )
    yield (
        "sender of everything",
        case({first: {"balance": hex(2**256 - 1), "nonce": 5}}, [tx(to=factory, value=hex(2**255))]),
    )
    yield "gas for a transfer and no more", case({}, [tx(to="0x" + "77" * 20, value="0x1", gas=21_000)])
    yield "creation without code", case({}, [tx(data="0x")])
    yield "creation of as much code as may be", case({}, [tx(data=zeros(0x6000), gas=10_000_000)])
    yield "creation of one byte more", case({}, [tx(data=zeros(0x6001), gas=10_000_000)])
    yield "as much initial code as may be", case({}, [tx(data="0x" + "5b" * 0xC000, gas=10_000_000)])
    yield "the most gas of a transaction", case({}, [tx(to=factory, gas=2**24)])


def forbidden():
    """Pairs of a name and a case whose transaction no block may hold."""
    first, rich = text(SENDERS[0]), hex(10**22)
    call = tx(to=text(FACTORY))
    yield "sender with code", case({first: {"balance": rich, "nonce": 5, "code": ["0x00"]}}, [call])
    yield "sender after the last nonce", case({first: {"balance": rich, "nonce": MOST}}, [call])
    yield (
        "sender with a wei too little",
        case({first: {"balance": hex(300_000 * 876 - 1), "nonce": 5}}, [{**call, "over": 1}]),
    )
    yield "initial code of one byte more", case({}, [tx(data="0x" + "5b" * 0xC001, gas=10_000_000)])
    yield "a unit of gas more than a transaction may have", case({}, [tx(to=first, gas=2**24 + 1)])


def tx(**given):
    one = {"type": 2, "from": 0, "to": None, "data": "0x", "value": "0x0", "gas": 300_000}
    return {**one, "over": 10**9, "tip": 1, "accessList": [], **given}


def case(alloc, txs, portable=True):
    whole = {text(sender): {"balance": hex(10**22), "nonce": 5} for sender in SENDERS}
    for address, code in CODES.items():
        whole[address] = {"balance": "0x0", "nonce": 1, "code": [text(assemble(code))]}
    whole[text(FACTORY)] = factory_account(1)
    whole.update(alloc)
    genesis = {
        "coinbase": text(bytes(20)),
        "gasLimit": 36_000_000,
        "timestamp": 1_700_000_000,
        "extraData": "0x",
        "mixHash": text(bytes(32)),
        "baseFeePerGas": 1000,
        "blobGasUsed": 0,
        "excessBlobGas": 0,
    }
    block = {
        "seconds": 12,
        "coinbase": text(b"\xc0" * 20),
        "mixHash": text(b"\x01" * 32),
        "beaconRoot": text(b"\x02" * 32),
        "extraData": "0x",
        "gasLimitChange": 0,
        "withdrawals": [],
        "txs": txs,
    }
    return {"fork": "osaka", "portable": portable, "alloc": whole, "genesis": genesis, "blocks": [block]}


def factory_account(nonce):
    return {"balance": "0x0", "nonce": nonce, "code": [text(assemble(CREATES))]}


def delegated(to):
    return {"balance": "0x1", "nonce": 1, "code": ["0xef0100" + to[2:]]}


def zeros(size):
    """Code that leaves so many zeros."""
    return text(assemble(f"0x{size:x} 0x0 RETURN"))


def created(sender, nonce):
    return text(keccak256(rlp.encode([Bytes20(sender), Uint(nonce)]))[12:])
