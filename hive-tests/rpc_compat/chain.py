"""What is on the chain that `native.py` asks about, and how it comes there."""

import json

# Of the products' precompiles.
ASSETS, POOL = "0x0000000000000000000000000000000000005301", "0x0000000000000000000000000000000000005302"
SHIELDED = "0x53"
# add(uint256), number()
ADD, NUMBER = "0x1003e2d2", "0x8381f58a"
# Creation code that reverts with 32 bytes, and one that stops in an invalid operation.
REVERTS, HALTS = "0x60206000fd", "0xfe"


class Facts:
    """Accounts, a contract, blocks with their transactions and receipts, all as the node tells them."""

    def __init__(self, node):
        self.node = node
        self.accounts = node.call("eth_accounts")
        head = int(node.call("eth_blockNumber"), 16)
        self.blocks = [node.call("eth_getBlockByNumber", hex(number), True) for number in range(head + 1)]
        self.transactions = [transaction for block in self.blocks for transaction in block["transactions"]]
        hashes = [transaction["hash"] for transaction in self.transactions]
        self.receipts = [node.call("eth_getTransactionReceipt", hash_) for hash_ in hashes]
        self.contracts = [one["contractAddress"] for one in self.receipts if one["contractAddress"]]

    def of_type(self, wanted):
        return [one for one in self.transactions if one["type"] == wanted]

    def kinds(self):
        """One transaction of each sort: type, whether it succeeded, what it was sent to, whether it has logs."""
        kinds = {}
        for transaction, receipt in zip(self.transactions, self.receipts):
            target = {None: "creation", POOL: "pool"}.get(transaction["to"], "call")
            kind = (transaction["type"], receipt["status"], target, bool(receipt["logs"]))
            kinds.setdefault(kind, transaction)
        return kinds


def populate(node, artifacts):
    """Adds every type of Ethereum's transactions to the story, and what fails."""
    first, second = node.call("eth_accounts")[:2]
    counter = json.loads((artifacts / "Counter.json").read_text())["bytecode"]

    def send(**fields):
        return node.receipt(node.call("eth_sendTransaction", {"from": first, **fields}))

    contract = send(input=counter)["contractAddress"]
    price = node.call("eth_gasPrice")
    word = "{:064x}".format
    listed = [{"address": contract, "storageKeys": ["0x" + word(0), "0x" + word(1)]}]
    send(to=second, value="0x1", gasPrice=price)
    send(to=contract, input=ADD + word(3), gasPrice=price)
    send(to=contract, input=ADD + word(4), gasPrice=price, accessList=listed)
    send(to=contract, input=ADD + word(5), accessList=listed)
    send(to=contract, input=ADD + word(5000), gas="0x30000")
    send(to=contract, input=ADD + word(1), gas="0x5500")
    send(input=REVERTS, gas="0x30000")
    send(input=HALTS, gas="0x30000", gasPrice=price)
    # Nobody knows whose signature this is; it is somebody's.
    authorization = {"chainId": node.call("eth_chainId"), "address": contract, "nonce": "0x0", "yParity": "0x0"}
    authorization |= {"r": "0x" + word(0x5EB0), "s": "0x" + word(0x5EB0)}
    send(to=second, authorizationList=[authorization], gas="0x30000")
    facts = Facts(node)
    wanted = {"0x0", "0x1", "0x2", "0x4", SHIELDED}
    if {one["type"] for one in facts.transactions} != wanted:
        raise SystemExit(f"not every type is on the chain: {wanted}")
    shielded = {(kind[1], kind[2]) for kind in facts.kinds() if kind[0] == SHIELDED}
    if shielded != {("0x1", "pool"), ("0x1", "call"), ("0x0", "call")}:
        raise SystemExit(f"not every sort of shielded transaction is on the chain: {shielded}")
    facts.contract = contract
    return facts


def replay(node, facts):
    """The same transactions on a fresh chain, where the last private payment and what came after it wait."""
    raws = [(one, node.call("eth_getRawTransactionByHash", one["hash"])) for one in facts.transactions]
    last = max(index for index, (one, _) in enumerate(raws) if one["type"] == SHIELDED)
    node.call("hardhat_reset")
    for _, raw in raws[:last]:
        node.receipt(node.call("eth_sendRawTransaction", raw))
    node.call("evm_setAutomine", False)
    for _, raw in raws[last:]:
        node.call("eth_sendRawTransaction", raw)
    waits = Facts(node)
    waits.waiting = [one for one, _ in raws[last:]]
    # One more, which waits for a nonce that is missing.
    sender = waits.accounts[3]
    gapped = {"from": sender, "to": waits.accounts[0], "nonce": "0x5", "gas": "0x5208"}
    waits.gapped = node.call("eth_sendTransaction", gapped)
    status = node.call("txpool_status")
    if status != {"pending": hex(len(raws) - last), "queued": "0x1"}:
        raise SystemExit(f"not everything waits: {status}, {len(raws) - last} were sent")
    return waits
