"""The product beside EELS: `sero import` judges blocks, `sero node` answers for them."""

import json
import re
import subprocess

from reference import genesis_file
from rpc import Server


class Product:
    """A database of the product in `folder`."""

    def __init__(self, program, case, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.program, self.folder, self.database = program, folder, folder / "database"
        self.genesis = folder / "genesis.json"
        self.genesis.write_text(json.dumps(genesis_file(case)))

    def load(self, blocks, database=None):
        """Imports blocks. None if all were taken, else the reason."""
        chain = self.folder / "chain.rlp"
        chain.write_bytes(b"".join(blocks))
        done = subprocess.run(
            [self.program, "import", "--genesis", self.genesis, "--chain", chain]
            + ["--data-dir", database or self.database],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return None
        words = (done.stderr or done.stdout).strip()
        if done.returncode != 1:
            return f"ended with {done.returncode}: {words[-2000:]}"
        return words[-2000:]

    def serve(self):
        return Server([self.program, "node", "--data-dir", self.database], "--http-port", self.folder / "node.log")


def refused_number(reason):
    """The block in the product's words; None if there is none."""
    found = re.search(r"block (\d+) \(0x[0-9a-f]{64}\) is invalid", reason)
    return int(found[1]) if found else None


def compare(server, chain, built):
    """Where the node's answers differ from EELS; a list of texts."""
    rpc, wrong = server.rpc, []
    numbers = [hex(int(one.block.header.number)) for one in built]
    blocks = rpc.batch([("eth_getBlockByNumber", [number, False]) for number in numbers])
    receipts = rpc.batch([("eth_getBlockReceipts", [number]) for number in numbers])
    for one, block, given in zip(built, blocks, receipts):
        name = f"block {int(one.block.header.number)}"
        if not isinstance(block, dict) or not isinstance(given, list):
            wrong.append(f"{name}: {block if not isinstance(block, dict) else given}")
            continue
        for field, value in expected_block(one).items():
            differ(wrong, f"{name}.{field}", block.get(field), value)
        expected = expected_receipts(one)
        differ(wrong, f"{name}.receipts", len(given), len(expected))
        for index, (found, wanted) in enumerate(zip(given, expected)):
            for field, value in wanted.items():
                differ(wrong, f"{name}.receipts[{index}].{field}", found.get(field), value)
    wrong += compare_state(rpc, chain)
    wrong += compare_balances(rpc, built)
    return wrong


def expected_block(one):
    header = one.block.header
    numbers = {
        "number": header.number,
        "gasLimit": header.gas_limit,
        "gasUsed": header.gas_used,
        "timestamp": header.timestamp,
        "difficulty": header.difficulty,
        "baseFeePerGas": header.base_fee_per_gas,
        "blobGasUsed": header.blob_gas_used,
        "excessBlobGas": header.excess_blob_gas,
        "size": len(one.rlp),
    }
    bytestrings = {
        "hash": one.hash,
        "parentHash": header.parent_hash,
        "sha3Uncles": header.ommers_hash,
        "miner": header.coinbase,
        "stateRoot": header.state_root,
        "transactionsRoot": header.transactions_root,
        "receiptsRoot": header.receipt_root,
        "logsBloom": header.bloom,
        "extraData": header.extra_data,
        "mixHash": header.prev_randao,
        "nonce": header.nonce,
        "withdrawalsRoot": header.withdrawals_root,
        "parentBeaconBlockRoot": header.parent_beacon_block_root,
    }
    if hasattr(header, "requests_hash"):
        bytestrings["requestsHash"] = header.requests_hash
    out = {name: hex(int(value)) for name, value in numbers.items()}
    out.update((name, "0x" + value.hex()) for name, value in bytestrings.items())
    out["uncles"] = []
    out["transactions"] = ["0x" + tx.hash.hex() for tx in one.outcomes]
    out["withdrawals"] = [
        {
            "index": hex(int(given.index)),
            "validatorIndex": hex(int(given.validator_index)),
            "address": "0x" + given.address.hex(),
            "amount": hex(int(given.amount)),
        }
        for given in one.block.withdrawals
    ]
    return out


def expected_receipts(one):
    header, out, log_index = one.block.header, [], 0
    block = {"blockHash": "0x" + one.hash.hex(), "blockNumber": hex(int(header.number))}
    for index, tx in enumerate(one.outcomes):
        place = {**block, "transactionHash": "0x" + tx.hash.hex(), "transactionIndex": hex(index)}
        logs = []
        for log in tx.logs:
            logs.append(
                {
                    **place,
                    "address": "0x" + log.address.hex(),
                    "topics": ["0x" + topic.hex() for topic in log.topics],
                    "data": "0x" + log.data.hex(),
                    "blockTimestamp": hex(int(header.timestamp)),
                    "logIndex": hex(log_index),
                    "removed": False,
                }
            )
            log_index += 1
        blobs = {}
        if tx.kind == 3:
            gas = 2**17 * len(tx.spec["blobs"])
            blobs = {"blobGasUsed": hex(gas), "blobGasPrice": hex(tx.blob_price)}
        out.append(
            {
                **place,
                "type": hex(tx.kind),
                "status": hex(int(tx.succeeded)),
                "from": "0x" + tx.sender.hex(),
                "to": tx.spec["to"],
                "gasUsed": hex(tx.gas_used),
                "cumulativeGasUsed": hex(tx.cumulative),
                "effectiveGasPrice": hex(tx.price),
                "contractAddress": "0x" + tx.created.hex() if tx.created else None,
                "logs": logs,
                "logsBloom": "0x" + tx.bloom.hex(),
                **blobs,
            }
        )
    return out


def compare_state(rpc, chain):
    """Every account that EELS has at the head."""
    calls, expected = [], []
    for address, account, storage in chain.accounts():
        text = "0x" + address.hex()
        calls.append(("eth_getBalance", [text, "latest"]))
        expected.append(hex(int(account.balance)))
        calls.append(("eth_getTransactionCount", [text, "latest"]))
        expected.append(hex(int(account.nonce)))
        calls.append(("eth_getCode", [text, "latest"]))
        expected.append("0x" + account.code.hex())
        for slot, value in storage.items():
            calls.append(("eth_getStorageAt", [text, "0x" + slot.hex(), "latest"]))
            expected.append(f"0x{value:064x}")
    wrong = []
    for (method, params), found, wanted in zip(calls, rpc.batch(calls), expected):
        differ(wrong, f"{method}{params}", found, wanted)
    return wrong


def compare_balances(rpc, built):
    """Of senders and receivers, after each block."""
    calls, expected = [], []
    for one in built:
        for address, balance in one.balances.items():
            calls.append(("eth_getBalance", [address, hex(int(one.block.header.number))]))
            expected.append(hex(balance))
    wrong = []
    for (method, params), found, wanted in zip(calls, rpc.batch(calls), expected):
        differ(wrong, f"{method}{params}", found, wanted)
    return wrong


def differ(wrong, at, found, wanted):
    if found != wanted:
        wrong.append(f"{at} is {short(found)}, EELS has {short(wanted)}")


def short(value):
    text = str(value)
    return text if len(text) <= 160 else text[:157] + "..."
