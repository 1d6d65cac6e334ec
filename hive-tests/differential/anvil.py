"""The same transactions in Foundry's anvil, in blocks with the same numbers, times and fees.

Anvil seals blocks of its own: hashes differ, and with them what BLOCKHASH says. Cases marked portable name nothing that depends on
it. Withdrawals are made up for by setting balances.
"""

import json

from reference import CHAIN_ID, genesis_file
from rpc import RpcError, Server

BLOB = bytes(131_072)
INFINITY = b"\xc0" + bytes(47)
CELLS = 128


def serve(program, case, folder):
    folder.mkdir(parents=True, exist_ok=True)
    genesis = folder / "anvil-genesis.json"
    genesis.write_text(json.dumps(genesis_file(case)))
    limit = str(case["genesis"]["gasLimit"])
    command = [program, "--init", genesis, "--hardfork", case["fork"], "--chain-id", str(CHAIN_ID)]
    command += ["--no-mining", "--order", "fifo", "--accounts", "0", "--gas-limit", limit, "--quiet"]
    command += ["--no-request-size-limit", "--steps-tracing", "--host", "127.0.0.1"]
    command += ["--timestamp", str(case["genesis"]["timestamp"])]
    return Server(command, "--port", folder / "anvil.log")


def play(server, chain, built):
    """Sends every block's transactions: where the results differ from EELS, and how many were compared. Ends early where the pool
    would not hold what a block may."""
    rpc, compared = server.rpc, 0
    for one in built:
        header = one.block.header
        settings = [
            ("anvil_setNextBlockBaseFeePerGas", [hex(int(header.base_fee_per_gas))]),
            ("evm_setNextBlockTimestamp", [int(header.timestamp)]),
            ("anvil_setCoinbase", ["0x" + header.coinbase.hex()]),
        ]
        sent = [("eth_sendRawTransaction", ["0x" + pooled(chain, tx).hex()]) for tx in one.outcomes]
        if one.gap or any(isinstance(answer, RpcError) for answer in rpc.batch(settings + sent)):
            break
        rpc.call("evm_mine")
        receipts = rpc.batch([("eth_getTransactionReceipt", ["0x" + tx.hash.hex()]) for tx in one.outcomes])
        wrong = []
        for index, (found, tx) in enumerate(zip(receipts, one.outcomes)):
            name = f"anvil, block {int(header.number)}.receipts[{index}]"
            wrong += differences(name, found, tx)
            compared += 1
        if wrong:  # what follows stands on another state
            return wrong, compared
        for fix in one.block.withdrawals:
            text = "0x" + fix.address.hex()
            rpc.call("anvil_setBalance", text, hex(one.balances[text]))
    return [], compared


def differences(name, found, tx):
    if not isinstance(found, dict):
        return [f"{name}: there is none"]
    logs = [
        {
            "address": "0x" + log.address.hex(),
            "topics": ["0x" + topic.hex() for topic in log.topics],
            "data": "0x" + log.data.hex(),
        }
        for log in tx.logs
    ]
    expected = {
        "status": hex(int(tx.succeeded)),
        "gasUsed": hex(tx.gas_used),
        "cumulativeGasUsed": hex(tx.cumulative),
        "effectiveGasPrice": hex(tx.price),
        "contractAddress": "0x" + tx.created.hex() if tx.created else None,
        "logs": logs,
    }
    have = dict(found)
    have["logs"] = [{key: log[key] for key in ("address", "topics", "data")} for log in found["logs"]]
    return [
        f"{name}.{key} is {have.get(key)}, EELS has {value}"
        for key, value in expected.items()
        if have.get(key) != value
    ]


def pooled(chain, tx):
    """A transaction as the pool takes it: blobs come with what proves them."""
    if tx.kind != 3:
        return tx.raw
    count = len(tx.spec["blobs"])
    blobs, commitments = [BLOB] * count, [INFINITY] * count
    body = tx.raw[1:]
    if chain.name in ("cancun", "prague"):
        return b"\x03" + listed(
            [body, listed(map(string, blobs)), *(listed(map(string, commitments)) for _ in range(2))]
        )
    proofs = [INFINITY] * (CELLS * count)
    return b"\x03" + listed([body, b"\x01", *(listed(map(string, part)) for part in (blobs, commitments, proofs))])


def string(data):
    return prefix(0x80, len(data)) + data


def listed(items):
    body = b"".join(items)
    return prefix(0xC0, len(body)) + body


def prefix(first, length):
    if length < 56:
        return bytes([first + length])
    size = (length.bit_length() + 7) // 8
    return bytes([first + 55 + size]) + length.to_bytes(size, "big")
