"""Every method of the OpenRPC files that a chain with privacy has, and every one of its own, with parameters out of that chain."""

from chain import ADD, ASSETS, NUMBER, POOL, SHIELDED

ZERO_HASH = "0x" + "00" * 32
NOBODY = "0x" + "77" * 20
TAGS = ["latest", "earliest", "safe", "finalized", "pending"]
WORD = "{:064x}".format


def of_chain(facts):
    yield from of_node(facts)
    yield from of_blocks(facts)
    yield from of_transactions(facts)
    yield from of_state(facts)
    yield from of_calls(facts)
    yield from of_logs(facts)
    yield from of_traces(facts)
    yield from of_signing(facts)
    yield from of_privacy(facts)


def of_node(facts):
    for method in (
        "eth_chainId",
        "eth_syncing",
        "eth_coinbase",
        "eth_accounts",
        "eth_blockNumber",
        "eth_config",
        "eth_capabilities",
        "net_version",
        "eth_gasPrice",
        "eth_baseFee",
        "eth_blobBaseFee",
        "eth_maxPriorityFeePerGas",
        "debug_getBadBlocks",
        "txpool_status",
        "txpool_content",
    ):
        yield method, []
    head = facts.blocks[-1]["number"]
    for count, newest, percentiles in (
        ("0x1", "latest", []),
        ("0x400", head, [0, 50, 100]),
        ("0x3", "pending", [25.5, 75]),
        ("0x5", "earliest", [10]),
        ("0x0", "latest", []),
    ):
        yield "eth_feeHistory", [count, newest, percentiles]


def of_blocks(facts):
    places = TAGS + [block["number"] for block in facts.blocks] + ["0xffffff"]
    hashes = [block["hash"] for block in facts.blocks] + [ZERO_HASH]
    for place in places:
        for full in (False, True):
            yield "eth_getBlockByNumber", [place, full]
        yield "eth_getBlockTransactionCountByNumber", [place]
        yield "eth_getBlockReceipts", [place]
    for hash_ in hashes:
        for full in (False, True):
            yield "eth_getBlockByHash", [hash_, full]
        yield "eth_getBlockTransactionCountByHash", [hash_]
        yield "eth_getBlockReceipts", [hash_]
    for place in places[:-1]:
        for method in ("debug_getRawBlock", "debug_getRawHeader", "debug_getRawReceipts"):
            yield method, [place]


def of_transactions(facts):
    for transaction in facts.transactions:
        hash_, index = transaction["hash"], transaction["transactionIndex"]
        yield "eth_getTransactionByHash", [hash_]
        yield "eth_getTransactionReceipt", [hash_]
        yield "debug_getRawTransaction", [hash_]
        yield "eth_getTransactionByBlockHashAndIndex", [transaction["blockHash"], index]
        yield "eth_getTransactionByBlockNumberAndIndex", [transaction["blockNumber"], index]
    yield "eth_getTransactionByHash", [ZERO_HASH]
    yield "eth_getTransactionReceipt", [ZERO_HASH]
    yield "eth_getTransactionByBlockHashAndIndex", [facts.blocks[-1]["hash"], "0x99"]
    for tag in TAGS:
        yield "eth_getTransactionByBlockNumberAndIndex", [tag, "0x0"]


def of_state(facts):
    hidden = [one["from"] for one in facts.of_type(SHIELDED) if one["from"] != POOL]
    addresses = [facts.accounts[0], facts.contract, *facts.contracts[:2], POOL, ASSETS, *hidden[:2], NOBODY]
    blocks = [*TAGS, "0x1", facts.blocks[-2]["hash"]]
    slots = ["0x0", "0x" + WORD(0), "0x1f", "0x" + "ff" * 32]
    for address in addresses:
        for block in blocks:
            for method in ("eth_getBalance", "eth_getTransactionCount", "eth_getCode"):
                yield method, [address, block]
            yield "eth_getProof", [address, slots, block]
        for slot in slots:
            yield "eth_getStorageAt", [address, slot, "latest"]
        yield "eth_getProof", [address, [], "latest"]
    yield "eth_getStorageValues", [{address: ["0x" + WORD(slot) for slot in range(4)] for address in addresses}, "latest"]


def of_calls(facts):
    sender = facts.accounts[0]
    # A view of POOL's.
    tree = facts.node.call("web3_sha3", "0x" + b"tree(uint8)".hex())[:10] + WORD(0)
    calls = [
        {"to": facts.contract, "input": NUMBER},
        {"from": sender, "to": facts.contract, "input": ADD + WORD(1)},
        {"from": sender, "to": facts.accounts[1], "value": "0x1"},
        {"from": sender, "to": facts.accounts[1], "value": "0x1", "gas": "0x5208", "gasPrice": "0x77359400"},
        {"from": sender, "to": POOL, "input": tree},
        {"from": sender, "input": "0x00"},
    ]
    for call in calls:
        for block in ["latest", "pending"]:
            yield "eth_call", [call, block]
            yield "eth_estimateGas", [call, block]
            yield "eth_createAccessList", [call, block]
    yield "eth_createAccessList", [{"from": sender, "to": facts.contract, "input": ADD + WORD(5000)}, "latest"]
    payloads = [
        {"blockStateCalls": [{"calls": calls[:3]}, {"calls": calls[4:]}]},
        {"blockStateCalls": [{"calls": calls}], "returnFullTransactions": True, "traceTransfers": True},
        {"blockStateCalls": [{"calls": [{"from": sender, "to": facts.contract, "input": ADD + WORD(5000)}]}]},
        {"blockStateCalls": [{"calls": [{"from": sender, "to": facts.contract, "input": ADD + WORD(5), "gas": "0x5500"}]}]},
        {"blockStateCalls": [{"stateOverrides": {NOBODY: {"balance": "0xffff", "stateDiff": {}}}, "calls": []}]},
    ]
    for payload in payloads:
        yield "eth_simulateV1", [payload, "latest"]


def of_logs(facts):
    head = facts.blocks[-1]["number"]
    addresses = sorted({log["address"] for receipt in facts.receipts for log in receipt["logs"]})
    topics = sorted({topic for receipt in facts.receipts for log in receipt["logs"] for topic in log["topics"]})
    filters = [
        {},
        {"fromBlock": "earliest", "toBlock": "latest"},
        {"fromBlock": "0x1", "toBlock": head, "address": addresses},
        *[{"fromBlock": "0x1", "toBlock": head, "address": address} for address in addresses],
        {"fromBlock": "0x0", "toBlock": head, "topics": [topics[0]]},
        {"fromBlock": "0x0", "toBlock": head, "topics": [None, topics[:5]]},
    ]
    by_hash = [{"blockHash": block["hash"]} for block in facts.blocks]
    for wanted in filters + by_hash:
        yield "eth_getLogs", [wanted]
    for wanted in filters:
        yield "eth_newFilter", [wanted]
    yield "eth_newBlockFilter", []
    yield "eth_newPendingTransactionFilter", []
    node = facts.node
    logs = node.call("eth_newFilter", {"fromBlock": "0x0"})
    blocks, arrivals = node.call("eth_newBlockFilter"), node.call("eth_newPendingTransactionFilter")
    sent = {"from": facts.accounts[0], "to": facts.contract, "input": ADD + WORD(1)}
    yield "eth_sendTransaction", [sent]
    yield "eth_sendRawTransaction", [node.call("eth_signTransaction", sent)["raw"]]
    yield "eth_getFilterLogs", [logs]
    for id_ in (logs, blocks, arrivals):
        yield "eth_getFilterChanges", [id_]
        yield "eth_getFilterChanges", [id_]
        yield "eth_uninstallFilter", [id_]
    yield "eth_uninstallFilter", [logs]


def of_traces(facts):
    configs = [
        None,
        {"enableMemory": True, "enableReturnData": True},
        {"disableStack": True, "disableStorage": True},
        {"tracer": "callTracer", "tracerConfig": {"withLog": True}},
        {"tracer": "prestateTracer"},
        {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}},
        {"tracer": "4byteTracer"},
        {"tracer": "flatCallTracer"},
        {"tracer": "noopTracer"},
    ]
    kinds = list(facts.kinds().values())
    for transaction in kinds:
        for config in configs:
            more = [] if config is None else [config]
            yield "debug_traceTransaction", [transaction["hash"], *more]
            yield "debug_traceBlockByHash", [transaction["blockHash"], *more]
        yield "debug_traceBlockByNumber", [transaction["blockNumber"]]
    yield "debug_traceBlockByNumber", ["latest", {"tracer": "callTracer"}]


def of_signing(facts):
    sender, nobody = facts.accounts[0], facts.accounts[1]
    price = facts.node.call("eth_gasPrice")
    yield "eth_sign", [sender, "0x"]
    yield "eth_sign", [sender, "0x5e"]
    transactions = [
        {"from": sender, "to": nobody, "value": "0x1"},
        {"from": sender, "to": nobody, "gasPrice": price},
        {"from": sender, "to": nobody, "gasPrice": price, "accessList": []},
        {"from": sender, "input": "0x00"},
        {"from": sender, "to": facts.contract, "input": ADD + WORD(1), "nonce": "0x7", "gas": "0x30000"},
    ]
    for transaction in transactions:
        yield "eth_signTransaction", [transaction]
        yield "eth_fillTransaction", [transaction]


def of_privacy(facts):
    node = facts.node
    yield "sero_chainInfo", []
    yield "sero_treeState", []
    yield "sero_treeState", ["0x1", "0x0"]
    for first, most in (("0x0", None), ("0x0", "0x1"), (facts.blocks[-1]["number"], None), ("0xffffff", None)):
        yield "sero_getShieldedBlocks", [first, most]
    for first, most, pool in (("0x0", None, None), ("0x1", "0x2", "0x0"), ("0xffffff", None, None)):
        yield "sero_getNotes", [first, most, pool]
    yield "sero_listAssets", []
    yield "sero_listAssets", ["0x1", "0x1"]
    for asset in node.call("sero_listAssets")["assets"]:
        yield "sero_getAsset", [asset["id"]]
        yield "sero_getAsset", [asset["name"]]
        yield "sero_supply", [asset["id"]]
    yield "sero_getAsset", ["0x77"]
    yield "sero_auditSupply", []
    blocks = node.call("sero_getShieldedBlocks", "0x0")["blocks"]
    spent = [one["nullifier"] for block in blocks for one in block["nullifiers"]]
    yield "sero_nullifierStatus", [spent + ["0x" + WORD(7)]]
    for transaction in facts.of_type(SHIELDED):
        yield "sero_decodeTransaction", [node.call("eth_getRawTransactionByHash", transaction["hash"])]


def of_pool(facts):
    for one in facts.waiting:
        if one["type"] == SHIELDED:
            yield "sero_simulate", [facts.node.call("eth_getRawTransactionByHash", one["hash"])]
    yield "txpool_status", []
    yield "txpool_content", []
    for address in sorted({one["from"] for one in facts.waiting}) + [facts.accounts[3], NOBODY]:
        yield "txpool_contentFrom", [address]
    for one in facts.waiting:
        yield "eth_getTransactionByHash", [one["hash"]]
        yield "eth_getTransactionReceipt", [one["hash"]]
        yield "debug_getRawTransaction", [one["hash"]]
    yield "eth_getTransactionByHash", [facts.gapped]
    yield "eth_getTransactionCount", [facts.accounts[0], "pending"]
    for full in (False, True):
        yield "eth_getBlockByNumber", ["pending", full]
    yield "eth_getBlockTransactionCountByNumber", ["pending"]
