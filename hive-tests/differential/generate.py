"""Random cases from a seed: a first state and what its blocks are to hold."""

import json
import random

from ethereum.crypto.hash import keccak256

from bytecode import Writer, assemble, op, push
from inputs import P256, SLOW, ZERO_BLOB_HASH, calldata, word
from reference import FORKS, SENDERS

SYSTEM = "0xfffffffffffffffffffffffffffffffffffffffe"
ROOTS = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"
HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"
WITHDRAWALS = "0x00000961ef480eb55e80d19ad83579a64c007002"
CONSOLIDATIONS = "0x0000bbddc7ce488642fb579f8b00f3a590007251"
DEPOSITS = "0x00000000219ab540356cbb839cbe05303d7705fa"
DEPOSIT_EVENT = 0x649BBC62D0E31342AFEA4E5CD82D4049E7E1EE912FC0889AA790803BE39038C5
PROBE = "0x" + "9b" * 20

# What stands at the system addresses is our own: the rules only say that the block calls it, with what, and what is done with the answer.
REMEMBER = f"CALLER {SYSTEM} EQ @system JUMPI 0x0 CALLDATALOAD SLOAD 0x0 MSTORE 0x20 0x0 RETURN system: "
BREAKS = bytes.fromhex("b4ea" * 16)
QUEUE = f"""
    CALLER {SYSTEM} EQ @system JUMPI
    0x0 CALLDATALOAD 0x{BREAKS.hex()} EQ @break JUMPI
    0x0 SLOAD 0x1 ADD DUP1 0x0 SSTORE 0x0 CALLDATALOAD SWAP1 SSTORE STOP
    break: 0x1 0xff SSTORE STOP
    fail: 0x0 0x0 REVERT
    system: 0xff SLOAD @fail JUMPI
    0x0 SLOAD 0x0 0x0 SSTORE
    next: DUP1 ISZERO @done JUMPI
    DUP1 SLOAD 0x1 DUP3 SUB 0x20 MUL MSTORE 0x0 DUP2 SSTORE
    0x1 SWAP1 SUB @next JUMP
    done: MSIZE 0x0 RETURN
"""
CODES = {
    ROOTS: REMEMBER + "0x0 CALLDATALOAD TIMESTAMP 0x1fff AND SSTORE STOP",
    HISTORY: REMEMBER + "0x0 CALLDATALOAD NUMBER 0x1fff AND SSTORE STOP",
    WITHDRAWALS: QUEUE,
    CONSOLIDATIONS: QUEUE,
    # Says what it is told: the first word is the topic, the rest the data.
    DEPOSITS: "0x20 CALLDATASIZE SUB DUP1 0x20 0x0 CALLDATACOPY 0x0 CALLDATALOAD SWAP1 0x0 LOG1 STOP",
    # Calls the address in the first word with the rest, and keeps and logs the answer.
    PROBE: """
        0x20 CALLDATASIZE SUB DUP1 0x20 0x0 CALLDATACOPY
        0x0 0x0 SWAP2 0x0 0x0 CALLDATALOAD GAS STATICCALL
        RETURNDATASIZE 0x0 0x0 RETURNDATACOPY
        RETURNDATASIZE 0x0 KECCAK ADD 0x1 SSTORE
        RETURNDATASIZE 0x0 LOG0 STOP
    """,
}
SYSTEMS = (ROOTS, HISTORY, WITHDRAWALS, CONSOLIDATIONS, DEPOSITS)
# Calls itself for as long as there is gas.
WELL = "0x" + "3e" * 20
CODES[WELL] = "0x1 SLOAD 0x1 ADD 0x1 SSTORE PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL POP STOP"
CODES["0x" + "bd" * 20] = "0x3 JUMP"
CODES["0x" + "fd" * 20] = "CALLDATASIZE 0x0 0x0 CALLDATACOPY CALLDATASIZE 0x0 REVERT"
CODES["0x" + "00" * 19 + "ff"] = "CALLER SELFDESTRUCT"
SWEEP = "0x" + "5e" * 20
ARTIFACTS = ("PlainToken", "Counter", "NaiveBox", "SolidityZkp")


def text(data):
    return "0x" + data.hex()


class Generator:
    """One case: a fork, a first state, blocks."""

    def __init__(self, seed, artifacts, portable, blocks, fork=None, blobs=None):
        rng = self.rng = random.Random(seed)
        self.portable, self.count = portable, blocks
        weights = (1, 2, 8, 0, 0) if portable else (1, 2, 6, 1, 1)
        self.fork = fork or rng.choices(FORKS, weights)[0]
        # The first blob costs anvil three seconds.
        self.blobs = not portable or rng.random() < 0.2 if blobs is None else blobs
        self.precompiles = list(range(0x01, 0x0B))
        if self.fork != "cancun":
            self.precompiles += range(0x0B, 0x12)
        if self.fork not in ("cancun", "prague"):
            self.precompiles.append(P256)
        self.quick = [one for one in self.precompiles if one not in SLOW]
        self.contracts = [rng.randbytes(20) for _ in range(rng.randrange(8, 13))]
        self.strangers = [rng.randbytes(20) for _ in range(4)]
        self.miners = [text(rng.randbytes(20)) for _ in range(2)] + [text(SENDERS[0]), text(self.contracts[0])]
        self.miners.append(text(word(4, 20)))
        self.interfaces = {}
        self.artifacts = artifacts
        self.alloc = self.state()

    def case(self):
        rng = self.rng
        genesis = {
            "coinbase": text(bytes(20)),
            "gasLimit": rng.choice((6_000_000, 12_000_000, 30_000_000, 36_000_000)),
            "timestamp": 1_700_000_000 + rng.randrange(10**6),
            "extraData": text(rng.randbytes(rng.choice((0, 7, 32)))),
            "mixHash": text(rng.randbytes(32)),
            "baseFeePerGas": rng.choice((7, 1_000, 10**9, 123_456_789_012)),
            "blobGasUsed": 0,
            "excessBlobGas": 0 if self.portable else 2**17 * rng.choice((0, 0, 3, 30, 200)),
        }
        self.gas_limit = genesis["gasLimit"]
        blocks = [self.block(index) for index in range(self.count)]
        return {
            "fork": self.fork,
            "portable": self.portable,
            "alloc": self.alloc,
            "genesis": genesis,
            "blocks": blocks,
        }

    def state(self):
        rng, alloc = self.rng, {}
        for sender in SENDERS:
            alloc[text(sender)] = {"balance": hex(10**22 + rng.getrandbits(70)), "nonce": rng.choice((0, 0, 1, 5))}
        if self.fork != "cancun":  # one that has been delegated before
            alloc[text(SENDERS[9])]["code"] = [text(b"\xef\x01\x00" + self.contracts[1])]
            alloc[text(SENDERS[9])]["nonce"] = 1
        alloc[text(self.strangers[0])] = {"balance": "0x1"}
        pool = SENDERS + self.contracts + self.strangers + [word(one, 20) for one in (1, 2, 4, 9)]
        pool.append(bytes.fromhex(PROBE[2:]))
        if not self.portable:
            pool += [bytes.fromhex(one[2:]) for one in SYSTEMS]
        self.pool = pool
        ends = self.strangers + SENDERS[:3] + [word(2, 20), word(4, 20)]
        for index, address in enumerate(self.contracts):
            later = self.contracts[index + 1 :]
            writer = Writer(rng, pool, later, ends, self.quick, self.fork, self.portable)
            chunks = writer.body(rng.randrange(6, 24)) + [writer.end()]
            nonce = rng.choice((1, 1, 1, 1, 2**64 - 2, 2**64 - 1))  # the last may create no more
            account = {"balance": hex(rng.choice((0, 10**6, 10**18))), "nonce": nonce}
            account["code"] = [text(chunk) for chunk in chunks]
            slots = rng.sample(range(6), rng.randrange(0, 6))
            account["storage"] = {hex(slot): hex(rng.getrandbits(rng.choice((1, 64, 256))) or 1) for slot in slots}
            alloc[text(address)] = account
        self.writer = Writer(rng, pool, self.contracts, ends, self.quick, self.fork, self.portable)
        wild = rng.randbytes(20)
        alloc[text(wild)] = {"balance": "0x10", "code": [text(rng.randbytes(rng.randrange(1, 60)))], "nonce": 1}
        pool.append(wild)
        for address, code in CODES.items():
            alloc[address] = {"balance": "0x0", "nonce": 1, "code": [text(assemble(code))]}
        alloc[SWEEP] = {"balance": "0x0", "nonce": 1, "code": [text(chunk) for chunk in self.writer.sweep()]}
        for name in ARTIFACTS:
            self.artifact(alloc, name)
        return alloc

    def artifact(self, alloc, name):
        """A compiled contract of this repository, as if it had been there before."""
        made = json.loads((self.artifacts / f"{name}.json").read_text())
        address = text(self.rng.randbytes(20))
        alloc[address] = {"balance": "0x0", "nonce": 1, "code": [made["deployedBytecode"]]}
        if name == "PlainToken":  # balanceOf is at slot 0
            held = {text(keccak256(sender.rjust(32, b"\0") + bytes(32))): hex(10**24) for sender in SENDERS[:6]}
            alloc[address]["storage"] = held
        functions = [one for one in made["abi"] if one["type"] == "function"]
        self.interfaces[address] = (name, functions)

    def block(self, index):
        rng = self.rng
        room, txs, moved = self.gas_limit * 95 // 100, [], set()
        if index == 0:  # what every chain is to have
            for to, data in ((SWEEP, "0x01"), *((one, "0x02") for one in CODES if one not in SYSTEMS)):
                txs.append(self.plain(to, data))
            txs.append(self.plain(PROBE, text(bytes.fromhex(WELL[2:]).rjust(32, b"\0"))))
            room -= sum(tx["gas"] for tx in txs)
        for _ in range(rng.choice((0, 1, 2, 3, 4, 5, 6, 8, 10))):
            tx = self.transaction()
            # An authorization moves its signer's nonce within the block, and anvil's pool would wait for what is between.
            if tx["gas"] > room or (self.portable and tx["from"] in moved):
                continue
            moved |= {one["key"] for one in tx.get("authorizations", [])}
            room -= tx["gas"]
            txs.append(tx)
        withdrawals = [
            {
                "index": index * 4 + one,
                "validator": rng.randrange(1000),
                "address": text(rng.choice(self.strangers + self.contracts + SENDERS)),
                "amount": rng.choice((0, 1, 10**9, rng.getrandbits(40))),
            }
            for one in range(rng.choice((0, 0, 1, 3)))
        ]
        return {
            "seconds": rng.choice((1, 12, 12, 100)),
            "coinbase": rng.choice(self.miners),
            "mixHash": text(rng.randbytes(32)),
            "beaconRoot": text(rng.randbytes(32)),
            "extraData": text(rng.randbytes(rng.choice((0, 5, 32)))),
            "gasLimitChange": 0 if self.portable else rng.choice((0, 0, 1000, -1000)),
            "withdrawals": withdrawals,
            "txs": txs,
        }

    def plain(self, to, data):
        one = {"type": 2, "from": self.rng.randrange(9), "to": to, "data": data, "value": "0x0", "gas": 400_000}
        return {**one, "over": 10**9, "tip": 1, "accessList": []}

    def transaction(self):
        rng = self.rng
        kinds = (3, 2, 5, 2 * self.blobs, 3 * (self.fork != "cancun"))
        kind = rng.choices(range(5), kinds)[0]
        tx = {
            "type": kind,
            "from": rng.randrange(len(SENDERS)),
            "value": hex(rng.choice((0, 0, 0, 1, 10**15, 2**90 if rng.random() < 0.1 else 3))),
            "over": rng.choice((0, 1, 10**9, 10**10)),
            "tip": rng.choice((0, 1, 10**8, 10**9)),
            "gas": self.gas(),
        }
        self.target(tx, kind)
        if kind == 0 and rng.random() < 0.15:
            tx["unprotected"] = True
        if kind > 0:
            tx["accessList"] = [
                {
                    "address": text(rng.choice(self.pool)),
                    "slots": [hex(rng.randrange(8)) for _ in range(rng.randrange(4))],
                }
                for _ in range(rng.choice((0, 1, 3)))
            ]
        if kind == 3:
            most = 2 if self.portable else 6
            one = lambda: text(ZERO_BLOB_HASH if self.portable else b"\x01" + rng.randbytes(31))  # noqa: E731
            tx["blobs"] = [one() for _ in range(rng.randrange(1, most + 1))]
            tx["blobOver"] = rng.choice((0, 1, 10**9))
        if kind == 4:
            tx["authorizations"] = [self.authorization() for _ in range(rng.choice((1, 1, 2, 3)))]
        return tx

    def gas(self):
        rng = self.rng
        way = rng.random()
        if way < 0.1:
            return rng.randrange(21_000, 70_000)
        if way > 0.995:  # the most that a transaction may have, from Osaka on
            return 2**24
        return rng.randrange(150_000, 900_000) if way < 0.9 else rng.randrange(900_000, 4_000_000)

    def target(self, tx, kind):
        """Whom it calls, and with what."""
        rng = self.rng
        way = rng.random()
        tx["to"], tx["data"] = text(rng.choice(self.contracts)), text(self.words())
        if way < 0.1:
            tx["to"], tx["data"] = text(rng.choice(SENDERS + self.strangers)), "0x"
            if rng.random() < 0.3:  # what the calldata costs at least
                zeros = bytes(rng.randrange(2_000))
                tx["data"] = text(rng.randbytes(rng.randrange(5_000)) + zeros)
        elif way < 0.2 and kind < 3:
            tx["to"], tx["data"] = None, text(self.initial())
        elif way < 0.38:
            number = rng.choice(self.quick if rng.random() < 0.9 else self.precompiles)
            tx["to"], tx["data"] = PROBE, text(word(number) + calldata(rng, number))
            tx["gas"] = max(tx["gas"], rng.choice((60_000, 300_000, 600_000)))
        elif way < 0.42:
            number = rng.choice(self.quick)
            tx["to"], tx["data"] = text(word(number, 20)), text(calldata(rng, number))
        elif way < 0.46 and not self.portable:
            tx["to"] = rng.choice((ROOTS, HISTORY, WITHDRAWALS, CONSOLIDATIONS))
            tx["data"] = text(word(rng.getrandbits(rng.choice((4, 250)))))
        elif way < 0.49 and not self.portable:
            tx["to"], tx["data"] = DEPOSITS, text(self.deposit())
        elif way < 0.5:
            tx["to"], tx["gas"] = WELL, rng.randrange(100_000, 2_000_000)
        elif way < 0.52:
            tx["to"], tx["gas"] = SWEEP, 1_000_000
        elif way < 0.58:
            address = rng.choice(list(self.interfaces))
            name, functions = self.interfaces[address]
            tx["to"], tx["data"] = address, text(self.encoded(name, rng.choice(functions)))
            tx["value"] = "0x0" if rng.random() < 0.9 else tx["value"]

    def words(self):
        rng = self.rng
        out = b""
        for _ in range(rng.randrange(0, 4)):
            way = rng.random()
            if way < 0.3:
                out += rng.choice(self.pool).rjust(32, b"\0")
            else:
                out += word(rng.getrandbits(rng.choice((1, 8, 256))))
        return out + rng.randbytes(rng.choice((0, 0, 0, 5)))

    def initial(self):
        """Code of a creation: does something, then leaves a contract, or only ends."""
        rng = self.rng
        if rng.random() < 0.15:
            return b"".join(self.writer.body(2)) + self.writer.end()
        start = b"".join(self.writer.body(rng.randrange(0, 3)))
        runtime = b"".join(self.writer.body(rng.randrange(1, 6))) + self.writer.end()
        size = push(len(runtime), 2)
        head = len(start) + 11
        return start + size + op("DUP1") + push(head, 2) + op("PUSH0", "CODECOPY", "PUSH0", "RETURN") + runtime

    def deposit(self):
        rng = self.rng
        out = b"".join(word(one) for one in (160, 256, 320, 384, 512))
        for size in (48, 32, 8, 96, 8):
            out += word(size) + rng.randbytes(size) + bytes(-size % 32)
        return word(DEPOSIT_EVENT if rng.random() < 0.8 else 1) + out

    def authorization(self):
        rng = self.rng
        targets = self.contracts + [bytes(20), SENDERS[1], word(2, 20), self.strangers[1]]
        one = {"key": rng.randrange(len(SENDERS)), "address": text(rng.choice(targets))}
        way = rng.random()
        if way < 0.3:
            one["anyChain"] = True
        elif way < 0.4:
            one["nonceChange"] = rng.choice((1, 2))
        elif way < 0.45:
            one["chainChange"] = 1
        elif way < 0.5:
            one["highS"] = True
        return one

    def encoded(self, name, function):
        """A call by the ABI, with arguments that make sense now and then."""
        kinds = [one["type"] for one in function["inputs"]]
        selector = bytes(keccak256(f"{function['name']}({','.join(kinds)})".encode()))[:4]
        return selector + b"".join(self.argument(kind) for kind in kinds)

    def argument(self, kind):
        rng = self.rng
        if kind == "address":
            return rng.choice(SENDERS + self.strangers).rjust(32, b"\0")
        if kind.startswith("uint") and "[" not in kind:
            return word(rng.getrandbits(rng.choice((1, 8, 60))) % 2 ** min(256, int(kind[4:] or 256)))
        if kind == "bool":
            return word(rng.randrange(2))
        return rng.randbytes(32)
