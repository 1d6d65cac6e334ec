"""web3.py 8 against a node: RPC=http://127.0.0.1:8545 python web3_client.py

The last line is `N passed, N failed`.
"""

import asyncio
import json
import os
import pathlib
import sys

from eth_account import Account
from web3 import AsyncWeb3, Web3, WebSocketProvider
from web3.exceptions import ContractCustomError

URL = os.environ.get("RPC")
# The first account of the mnemonic that development tools share.
KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ARTIFACT = pathlib.Path(__file__).parents[3] / "contracts/artifacts/Counter.json"
SECONDS = 30
TOO_MUCH = Web3.to_hex(Web3.keccak(text="TooMuch(uint256,uint256,uint256)")[:4])

passed = 0


def check(name, body):
    global passed
    try:
        result = body()
    except Exception as error:  # whatever it is, it is this check's
        print(f"FAILED web3.py: {name}: {type(error).__name__}: {error}")
        print(f"{passed} passed, 1 failed")
        sys.exit(1)
    passed += 1
    print(f"ok web3.py: {name}")
    return result


def main():
    if not URL:
        sys.exit("set RPC to the URL of a node, like RPC=http://127.0.0.1:8545")
    artifact = json.loads(ARTIFACT.read_text())
    abi, bytecode = artifact["abi"], artifact["bytecode"]
    w3 = Web3(Web3.HTTPProvider(URL))
    account = Account.from_key(KEY)

    def send(transaction):
        signed = account.sign_transaction(transaction)
        return w3.eth.wait_for_transaction_receipt(w3.eth.send_raw_transaction(signed.raw_transaction), SECONDS, 0.05)

    def common():
        return {"from": account.address, "nonce": w3.eth.get_transaction_count(account.address, "pending")}

    def facts():
        assert w3.is_connected() and w3.eth.chain_id == 1337 and w3.net.version == "1337"
        assert "SERO" in w3.client_version and w3.eth.syncing is False

    check("chain, client and sync", facts)

    def deploy():
        contract = w3.eth.contract(abi=abi, bytecode=bytecode)
        receipt = send(contract.constructor().build_transaction(common()))
        assert receipt.status == 1 and len(w3.eth.get_code(receipt.contractAddress)) > 0
        return w3.eth.contract(address=receipt.contractAddress, abi=abi)

    counter = check("deploy", deploy)
    kept = w3.eth.filter({"address": counter.address})
    blocks = w3.eth.filter("latest")

    def write():
        receipt = send(counter.functions.add(5).build_transaction(common()))
        events = counter.events.Added().process_receipt(receipt)
        assert receipt.status == 1 and [event.args.amount for event in events] == [5]
        assert counter.functions.number().call() == 5
        return receipt

    receipt = check("write, and its event", write)

    def filters():
        assert [log.transactionHash for log in kept.get_new_entries()] == [receipt.transactionHash]
        assert [log.transactionHash for log in kept.get_all_entries()] == [receipt.transactionHash]
        assert receipt.blockHash in blocks.get_new_entries()
        logs = counter.events.Added.get_logs(from_block=receipt.blockNumber)
        assert [log.args.number for log in logs] == [5]

    check("filters and logs", filters)

    def errors():
        for way in ("call", "estimate_gas"):
            try:
                getattr(counter.functions.add(996), way)({"from": account.address})
            except ContractCustomError as error:
                assert error.data.startswith(TOO_MUCH), error
            else:
                raise AssertionError(f"{way} is not refused")

    check("an error by name, of a call and of an estimate", errors)

    def reverted():
        fields = common() | {"gas": 100_000, "maxFeePerGas": w3.eth.gas_price * 3, "maxPriorityFeePerGas": 1}
        receipt = send(counter.functions.add(2000).build_transaction(fields))
        assert receipt.status == 0

    check("a reverted transaction has a failed receipt", reverted)

    def proofs():
        proof = w3.eth.get_proof(counter.address, [0], "latest")
        assert proof.storageProof[0].value == Web3.to_bytes(5)
        listed = w3.eth.create_access_list({"from": account.address, "to": counter.address, "data": "0x8381f58a"})
        assert listed.accessList[0].address == counter.address
        history = w3.eth.fee_history(2, "latest", [50])
        assert len(history.reward) == 2

    check("proof, access list, fee history", proofs)

    def batch():
        with w3.batch_requests() as requests:
            requests.add(w3.eth.get_block("latest"))
            requests.add(counter.functions.number())
            block, number = requests.execute()
        assert number == 5 and block.number >= receipt.blockNumber

    check("a batch", batch)

    async def subscribed():
        async with AsyncWeb3(WebSocketProvider(URL.replace("http", "ws", 1))) as socket:
            await socket.eth.subscribe("newHeads")
            await asyncio.to_thread(send, counter.functions.add(1).build_transaction(common()))
            async for message in socket.socket.process_subscriptions():
                return message["result"]["number"]

    def socket():
        assert asyncio.run(asyncio.wait_for(subscribed(), SECONDS)) > receipt.blockNumber

    check("a block over WebSocket", socket)
    print(f"{passed} passed, 0 failed")


if __name__ == "__main__":
    main()
