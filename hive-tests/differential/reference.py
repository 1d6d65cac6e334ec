"""Chains of a case as EELS, Ethereum's executable specification, executes them.

A case is JSON: fork, alloc, genesis and blocks. Its blocks say what is asked for, not what comes of it: no roots, nonces only where
one is meant to be odd, and fees as distances from the base fee. `Chain.build` makes blocks of them, so that a case stays one when
parts of it are taken away.
"""

import importlib
import sys
from collections import Counter
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import coincurve
from ethereum.crypto.hash import keccak256
from ethereum.exceptions import EthereumException
from ethereum.trace import OpEnd, OpException, OpStart, PrecompileStart, TransactionEnd, set_evm_trace
from ethereum_rlp import rlp
from ethereum_types.bytes import Bytes, Bytes0, Bytes8, Bytes20, Bytes32, Bytes256
from ethereum_types.numeric import U8, U64, U256, Uint

sys.setrecursionlimit(20_000)  # A call takes EELS about ten frames of Python, and 1,024 calls may be open.

CHAIN_ID = 0x5E80
FORKS = ("cancun", "prague", "osaka", "bpo1", "bpo2")
KEYS = [bytes([0x5E]) * 31 + bytes([index + 1]) for index in range(10)]
CALLS = {"CALL", "CALLCODE", "DELEGATECALL", "STATICCALL", "CREATE", "CREATE2"}
ZERO = Bytes32(bytes(32))


def address_of(key):
    public = coincurve.PrivateKey(key).public_key.format(compressed=False)
    return bytes(keccak256(public[1:]))[12:]


SENDERS = [address_of(key) for key in KEYS]


def unhex(text):
    return bytes.fromhex(text[2:])


def code_of(account):
    return b"".join(unhex(chunk) for chunk in account.get("code", []))


@dataclass
class Outcome:
    """What a transaction came to."""

    raw: bytes
    hash: bytes
    sender: bytes
    nonce: int
    succeeded: bool
    gas_used: int
    cumulative: int
    price: int
    logs: list
    bloom: bytes
    blob_price: int | None
    created: bytes | None
    kind: int
    spec: dict


@dataclass
class Built:
    """A block, and what its transactions came to."""

    block: object
    hash: bytes
    rlp: bytes
    outcomes: list
    balances: dict
    # Whether a sender's nonce moves within the block by more than its transactions, as authorizations and creations by delegated
    # accounts move it.
    gap: bool


class Coverage:
    """What was executed, told by EELS step by step."""

    def __init__(self):
        self.ops, self.precompiles, self.errors = Counter(), Counter(), Counter()
        self.calls, self.transactions, self.depth = Counter(), Counter(), 0
        self.rejected, self.requests, self.withdrawals = Counter(), Counter(), 0
        self._open = {}
        self.inner = None

    def __call__(self, evm, event):
        if self.inner is not None:
            self.inner(evm, event)
        if evm.message.tx_env.tx_hash is None:
            return
        kind = type(event)
        if kind is OpStart:
            name = event.op.name
            self.ops[name] += 1
            self._open[evm.message.depth] = name
        elif kind is OpEnd:
            if self._open.get(evm.message.depth) in CALLS:
                depth = int(evm.message.depth)
                self.depth = max(self.depth, depth)
                self.calls[bool(evm.stack) and evm.stack[-1] != 0] += 1
        elif kind is OpException:
            self.errors[type(event.error).__name__] += 1
        elif kind is PrecompileStart:
            self.precompiles[int.from_bytes(event.address, "big")] += 1
        elif kind is TransactionEnd:
            self.depth = max(self.depth, int(evm.message.depth))

    def add(self, other):
        for name in ("ops", "precompiles", "errors", "calls", "transactions", "rejected", "requests"):
            getattr(self, name).update(getattr(other, name))
        self.depth = max(self.depth, other.depth)
        self.withdrawals += other.withdrawals


class Chain:
    """A chain in EELS."""

    def __init__(self, case):
        name = case["fork"]
        self.name = name
        self.fork, self.gas, self.types, self.tx, self.blocks_module, self.state_module, self.trie = (
            importlib.import_module(f"ethereum.forks.{name}.{part}")
            for part in ("fork", "vm.gas", "fork_types", "transactions", "blocks", "state", "trie")
        )
        interpreter = importlib.import_module(f"ethereum.forks.{name}.vm.interpreter")
        if not hasattr(
            interpreter.get_valid_jump_destinations, "cache_info"
        ):  # a quarter of the time, for the same code
            interpreter.get_valid_jump_destinations = lru_cache(1000)(interpreter.get_valid_jump_destinations)
        self.vm = importlib.import_module(f"ethereum.forks.{name}.vm")
        self.bloom = importlib.import_module(f"ethereum.forks.{name}.bloom").logs_bloom
        self.has_requests = name != "cancun"
        if self.has_requests:
            self.requests = importlib.import_module(f"ethereum.forks.{name}.requests")
        state = self.state_module.State()
        for text, account in case["alloc"].items():
            address = Bytes20(unhex(text))
            made = self.types.Account(
                nonce=Uint(account.get("nonce", 0)),
                balance=U256(int(account["balance"], 16)),
                code=Bytes(code_of(account)),
            )
            self.state_module.set_account(state, address, made)
            for slot, value in account.get("storage", {}).items():
                key = Bytes32(int(slot, 16).to_bytes(32, "big"))
                self.state_module.set_storage(state, address, key, U256(int(value, 16)))
        header = self.genesis_header(case["genesis"], state)
        genesis = self.blocks_module.Block(header=header, transactions=(), ommers=(), withdrawals=())
        self.chain = self.fork.BlockChain(blocks=[genesis], state=state, chain_id=U64(CHAIN_ID))
        self.coverage = Coverage()
        self.nonces = {}

    @property
    def state(self):
        return self.chain.state

    @property
    def head(self):
        return self.chain.blocks[-1].header

    def genesis_header(self, given, state):
        requests = {"requests_hash": self.requests.compute_requests_hash([])} if self.has_requests else {}
        empty = self.trie.EMPTY_TRIE_ROOT
        return self.blocks_module.Header(
            parent_hash=ZERO,
            ommers_hash=self.fork.EMPTY_OMMER_HASH,
            coinbase=Bytes20(unhex(given["coinbase"])),
            state_root=self.state_module.state_root(state),
            transactions_root=empty,
            receipt_root=empty,
            bloom=Bytes256(bytes(256)),
            difficulty=Uint(0),
            number=Uint(0),
            gas_limit=Uint(given["gasLimit"]),
            gas_used=Uint(0),
            timestamp=U256(given["timestamp"]),
            extra_data=Bytes(unhex(given["extraData"])),
            prev_randao=Bytes32(unhex(given["mixHash"])),
            nonce=Bytes8(bytes(8)),
            base_fee_per_gas=Uint(given["baseFeePerGas"]),
            withdrawals_root=empty,
            blob_gas_used=U64(given["blobGasUsed"]),
            excess_blob_gas=U64(given["excessBlobGas"]),
            parent_beacon_block_root=ZERO,
            **requests,
        )

    def snapshot(self):
        """A chain with the same state that changes by itself."""
        other = object.__new__(Chain)
        other.__dict__.update(self.__dict__)
        copy = self.trie.copy_trie
        state = self.state_module.State(
            _main_trie=copy(self.state._main_trie),
            _storage_tries={address: copy(trie) for address, trie in self.state._storage_tries.items()},
        )
        other.chain = replace(self.chain, blocks=list(self.chain.blocks), state=state)
        other.coverage, other.nonces = Coverage(), {}
        return other

    def environment(self, spec):
        head = self.head
        gas_limit = int(head.gas_limit) + spec.get("gasLimitChange", 0)
        if not self.fork.check_gas_limit(Uint(gas_limit), head.gas_limit):
            gas_limit = int(head.gas_limit)
        fee = self.fork.calculate_base_fee_per_gas(
            Uint(gas_limit), head.gas_limit, head.gas_used, head.base_fee_per_gas
        )
        return self.vm.BlockEnvironment(
            chain_id=self.chain.chain_id,
            state=self.state,
            block_gas_limit=Uint(gas_limit),
            block_hashes=self.fork.get_last_256_block_hashes(self.chain),
            coinbase=Bytes20(unhex(spec["coinbase"])),
            number=head.number + Uint(1),
            base_fee_per_gas=fee,
            time=head.timestamp + U256(spec["seconds"]),
            prev_randao=Bytes32(unhex(spec["mixHash"])),
            excess_blob_gas=self.gas.calculate_excess_blob_gas(head),
            parent_beacon_block_root=Bytes32(unhex(spec["beaconRoot"])),
        )

    def build(self, spec):
        """Executes the next block and appends it."""
        old = set_evm_trace(self.coverage)
        try:
            return self._build(spec)
        finally:
            set_evm_trace(old)

    def _build(self, spec):
        env = self.environment(spec)
        output = self.vm.BlockOutput()
        fork = self.fork
        fork.process_unchecked_system_transaction(
            block_env=env, target_address=fork.BEACON_ROOTS_ADDRESS, data=env.parent_beacon_block_root
        )
        if self.has_requests:
            fork.process_unchecked_system_transaction(
                block_env=env, target_address=fork.HISTORY_STORAGE_ADDRESS, data=env.block_hashes[-1]
            )
        outcomes, included = [], []
        starts = {sender: int(self.state_module.get_account(self.state, Bytes20(sender)).nonce) for sender in SENDERS}
        for wanted in spec["txs"]:
            outcome = self._include(env, output, wanted, len(outcomes))
            if outcome is not None:
                outcomes.append(outcome)
                included.append(outcome.raw)
        withdrawals = tuple(
            self.blocks_module.Withdrawal(
                index=U64(one["index"]),
                validator_index=U64(one["validator"]),
                address=Bytes20(unhex(one["address"])),
                amount=U256(one["amount"]),
            )
            for one in spec["withdrawals"]
        )
        fork.process_withdrawals(env, output, withdrawals)
        self.coverage.withdrawals += len(withdrawals)
        requests = {}
        if self.has_requests:
            fork.process_general_purpose_requests(block_env=env, block_output=output)
            requests["requests_hash"] = self.requests.compute_requests_hash(output.requests)
            self.coverage.requests.update(one[0] for one in output.requests)
        header = self.blocks_module.Header(
            parent_hash=env.block_hashes[-1],
            ommers_hash=fork.EMPTY_OMMER_HASH,
            coinbase=env.coinbase,
            state_root=self.state_module.state_root(self.state),
            transactions_root=self.trie.root(output.transactions_trie),
            receipt_root=self.trie.root(output.receipts_trie),
            bloom=self.bloom(output.block_logs),
            difficulty=Uint(0),
            number=env.number,
            gas_limit=env.block_gas_limit,
            gas_used=output.block_gas_used,
            timestamp=env.time,
            extra_data=Bytes(unhex(spec["extraData"])),
            prev_randao=env.prev_randao,
            nonce=Bytes8(bytes(8)),
            base_fee_per_gas=env.base_fee_per_gas,
            withdrawals_root=self.trie.root(output.withdrawals_trie),
            blob_gas_used=output.blob_gas_used,
            excess_blob_gas=env.excess_blob_gas,
            parent_beacon_block_root=env.parent_beacon_block_root,
            **requests,
        )
        transactions = tuple(self.wire(raw) for raw in included)
        block = self.blocks_module.Block(header=header, transactions=transactions, ommers=(), withdrawals=withdrawals)
        self.chain.blocks = (self.chain.blocks + [block])[-255:]
        encoded = rlp.encode(block)
        gap = False
        for tx in outcomes:
            gap |= tx.nonce != starts[tx.sender]
            starts[tx.sender] += 1
        touched = {one.address for one in withdrawals} | {env.coinbase}
        for tx in outcomes:
            touched |= {Bytes20(tx.sender), Bytes20(tx.created or unhex(tx.spec["to"]))}
        balances = {"0x" + address.hex(): self.balance(address) for address in sorted(touched)}
        return Built(block, bytes(keccak256(rlp.encode(header))), bytes(encoded), outcomes, balances, gap)

    def wire(self, raw):
        """A transaction as a block holds it: bytes if it is typed."""
        if raw[0] >= 0xC0:
            return rlp.decode_to(self.tx.LegacyTransaction, raw)
        return Bytes(raw)

    def balance(self, address):
        return int(self.state_module.get_account(self.state, address).balance)

    def _include(self, env, output, wanted, index):
        tx = self.signed(wanted, env)
        if tx is None:
            self.coverage.rejected["type"] += 1
            return None
        key = rlp.encode(Uint(index))
        before = int(output.block_gas_used)
        try:
            self.fork.process_transaction(env, output, tx, Uint(index))
        except EthereumException as error:
            self.trie.trie_set(output.transactions_trie, key, None)
            self.coverage.rejected[type(error).__name__] += 1
            return None
        receipt = self.blocks_module.decode_receipt(self.trie.trie_get(output.receipts_trie, key))
        encoded = self.tx.encode_transaction(tx)
        raw = bytes(encoded) if isinstance(encoded, bytes) else bytes(rlp.encode(encoded))
        sender = bytes(self.tx.recover_sender(self.chain.chain_id, tx))
        created = None
        if not tx.to:
            created = bytes(keccak256(rlp.encode([Bytes20(sender), tx.nonce])))[12:]
        if wanted["type"] < 2:
            price = int(tx.gas_price)
        else:
            tip = min(int(tx.max_priority_fee_per_gas), int(tx.max_fee_per_gas - env.base_fee_per_gas))
            price = tip + int(env.base_fee_per_gas)
        total = int(receipt.cumulative_gas_used)
        self.coverage.transactions[(wanted["type"], bool(receipt.succeeded))] += 1
        return Outcome(
            raw=raw,
            hash=bytes(keccak256(raw)),
            sender=sender,
            nonce=int(tx.nonce),
            succeeded=bool(receipt.succeeded),
            gas_used=total - before,
            cumulative=total,
            price=price,
            logs=list(receipt.logs),
            bloom=bytes(receipt.bloom),
            blob_price=int(self.gas.calculate_blob_gas_price(env.excess_blob_gas)) if wanted["type"] == 3 else None,
            created=created,
            kind=wanted["type"],
            spec=wanted,
        )

    def signed(self, wanted, env):
        """The transaction that is asked for, with fees and a nonce. None where the fork has no such type."""
        kind, key = wanted["type"], KEYS[wanted["from"]]
        if kind == 4 and not self.has_requests:
            return None
        sender = self.state_module.get_account(self.state, Bytes20(SENDERS[wanted["from"]]))
        nonce = int(sender.nonce) + wanted.get("nonceChange", 0)
        base, over, tip = int(env.base_fee_per_gas), wanted["over"], wanted["tip"]
        common = {
            "nonce": (U64 if kind == 4 else U256)(max(nonce, 0)),
            "gas": Uint(wanted["gas"]),
            "to": Bytes20(unhex(wanted["to"])) if wanted["to"] else Bytes0(b""),
            "value": U256(int(wanted["value"], 16)),
            "data": Bytes(unhex(wanted["data"])),
        }
        chain = U64(CHAIN_ID + wanted.get("chainChange", 0))
        if kind == 0:
            common["gas_price"] = Uint(max(base + over, 0))
            tx = self.tx.LegacyTransaction(**common, v=U256(0), r=U256(0), s=U256(0))
            if wanted.get("unprotected"):
                parity, r, s = sign(key, self.tx.signing_hash_pre155(tx))
                return replace(tx, v=U256(27 + parity), r=r, s=s)
            parity, r, s = sign(key, self.tx.signing_hash_155(tx, chain))
            return replace(tx, v=U256(35 + 2 * int(chain) + parity), r=r, s=s)
        access = tuple(
            self.tx.Access(
                account=Bytes20(unhex(one["address"])),
                slots=tuple(Bytes32(int(slot, 16).to_bytes(32, "big")) for slot in one["slots"]),
            )
            for one in wanted.get("accessList", [])
        )
        common.update(chain_id=chain, access_list=access, y_parity=U256(0), r=U256(0), s=U256(0))
        if kind == 1:
            tx = self.tx.AccessListTransaction(**common, gas_price=Uint(max(base + over, 0)))
            message = self.tx.signing_hash_2930(tx)
        else:
            most = max(base + over, 0)
            common.update(max_fee_per_gas=Uint(most), max_priority_fee_per_gas=Uint(min(tip, most)))
            if wanted.get("tipAboveFee"):
                common["max_priority_fee_per_gas"] = Uint(most + 1)
            if kind == 2:
                tx = self.tx.FeeMarketTransaction(**common)
                message = self.tx.signing_hash_1559(tx)
            elif kind == 3:
                price = int(self.gas.calculate_blob_gas_price(env.excess_blob_gas))
                tx = self.tx.BlobTransaction(
                    **common,
                    max_fee_per_blob_gas=U256(max(price + wanted["blobOver"], 0)),
                    blob_versioned_hashes=tuple(Bytes32(unhex(one)) for one in wanted["blobs"]),
                )
                message = self.tx.signing_hash_4844(tx)
            else:
                given = tuple(self._authorization(one) for one in wanted["authorizations"])
                tx = self.tx.SetCodeTransaction(**common, authorizations=given)
                message = self.tx.signing_hash_7702(tx)
        parity, r, s = sign(key, message)
        return replace(tx, y_parity=U256(parity), r=r, s=s)

    def _authorization(self, one):
        authority = self.state_module.get_account(self.state, Bytes20(SENDERS[one["key"]]))
        nonce = int(authority.nonce) + one.get("nonceChange", 0)
        chain = U256(0 if one.get("anyChain") else CHAIN_ID + one.get("chainChange", 0))
        address = Bytes20(unhex(one["address"]))
        message = keccak256(b"\x05" + rlp.encode((chain, address, U64(max(nonce, 0)))))
        parity, r, s = sign(KEYS[one["key"]], message)
        if one.get("highS"):
            parity, s = 1 - parity, U256(ORDER - int(s))
        return self.types.Authorization(
            chain_id=chain, address=address, nonce=U64(max(nonce, 0)), y_parity=U8(parity), r=r, s=s
        )

    def verdict(self, encoded):
        """Why EELS refuses a block behind its head; None if it accepts it. Its own state stays as it is."""
        other = self.snapshot()
        try:
            block = rlp.decode_to(self.blocks_module.Block, encoded)
            other.fork.state_transition(other.chain, block)
        except Exception as error:  # noqa: BLE001 - EELS says no with many kinds, among them those of Python's integers.
            return f"{type(error).__name__} {error}".strip()
        return None

    def accounts(self):
        """Every account: nonce, balance, code, storage."""
        for address, account in self.state._main_trie._data.items():
            if account is None:
                continue
            trie = self.state._storage_tries.get(address)
            storage = {} if trie is None else {bytes(k): int(v) for k, v in trie._data.items()}
            yield bytes(address), account, storage

    def derived(self, case, spec):
        """A case of one block on the state of now."""
        head, alloc = self.head, {}
        for address, account, storage in self.accounts():
            one = {"balance": hex(int(account.balance)), "nonce": int(account.nonce)}
            if account.code:
                text = "0x" + address.hex()
                same = case["alloc"].get(text, {})
                chunks = same.get("code", []) if code_of(same) == account.code else ["0x" + account.code.hex()]
                one["code"] = chunks
            if storage:
                one["storage"] = {hex(int.from_bytes(k, "big")): hex(v) for k, v in storage.items()}
            alloc["0x" + address.hex()] = one
        genesis = {
            "coinbase": "0x" + head.coinbase.hex(),
            "gasLimit": int(head.gas_limit),
            "timestamp": int(head.timestamp),
            "extraData": "0x",
            "mixHash": "0x" + head.prev_randao.hex(),
            "baseFeePerGas": int(head.base_fee_per_gas),
            "blobGasUsed": int(head.blob_gas_used),
            "excessBlobGas": int(head.excess_blob_gas),
        }
        return {**case, "alloc": alloc, "genesis": genesis, "blocks": [spec]}


ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def sign(key, message):
    made = coincurve.PrivateKey(key).sign_recoverable(bytes(message), hasher=None)
    return made[64], U256.from_be_bytes(made[:32]), U256.from_be_bytes(made[32:64])


def with_header(chain, block, **changes):
    """The block with other header fields."""
    return replace(block, header=replace(block.header, **changes))


def header_fields(chain):
    return [one.name for one in fields(chain.blocks_module.Header)]


def genesis_file(case):
    """The case's genesis in geth's form."""
    forks = {"cancunTime": 0}
    at = FORKS.index(case["fork"])
    for index, name in enumerate(FORKS[1:], 1):
        if index <= at:
            forks[f"{name}Time"] = 0
    schedule = {
        "cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3338477},
        "prague": {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716},
        "osaka": {"target": 6, "max": 9, "baseFeeUpdateFraction": 5007716},
        "bpo1": {"target": 10, "max": 15, "baseFeeUpdateFraction": 8346193},
        "bpo2": {"target": 14, "max": 21, "baseFeeUpdateFraction": 11684671},
    }
    blocks = "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul muirGlacier berlin london"
    config = {f"{name}Block": 0 for name in blocks.split()}
    config.update(
        chainId=CHAIN_ID,
        arrowGlacierBlock=0,
        grayGlacierBlock=0,
        mergeNetsplitBlock=0,
        terminalTotalDifficulty=0,
        terminalTotalDifficultyPassed=True,
        shanghaiTime=0,
        depositContractAddress="0x00000000219ab540356cbb839cbe05303d7705fa",
        blobSchedule={name: schedule[name] for name in FORKS[: at + 1]},
        **forks,
    )
    given = case["genesis"]
    word = lambda text: f"0x{int(text, 16):064x}"  # noqa: E731
    alloc = {}
    for address, account in case["alloc"].items():
        alloc[address] = {
            "balance": account["balance"],
            "nonce": hex(account.get("nonce", 0)),
            "code": "0x" + code_of(account).hex(),
            "storage": {word(k): word(v) for k, v in account.get("storage", {}).items()},
        }
    return {
        "config": config,
        "nonce": "0x0",
        "timestamp": hex(given["timestamp"]),
        "extraData": given["extraData"],
        "gasLimit": hex(given["gasLimit"]),
        "difficulty": "0x0",
        "mixHash": given["mixHash"],
        "coinbase": given["coinbase"],
        "alloc": alloc,
        "number": "0x0",
        "gasUsed": "0x0",
        "parentHash": "0x" + "00" * 32,
        "baseFeePerGas": hex(given["baseFeePerGas"]),
        "excessBlobGas": hex(given["excessBlobGas"]),
        "blobGasUsed": hex(given["blobGasUsed"]),
    }
