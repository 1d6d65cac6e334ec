// viem against a development node: RPC=http://127.0.0.1:8545 node viem.mjs
import assert from "node:assert/strict";
import { CHAIN_ID, FIRST_ADDRESS, HTTP_URL, MNEMONIC, WS_URL, artifact, check, finish, inTime, require } from "./check.mjs";

const viem = require("viem");
const { mnemonicToAccount } = require("viem/accounts");

const { abi, bytecode, deployedBytecode } = artifact("Counter");
const account = mnemonicToAccount(MNEMONIC);
const other = mnemonicToAccount(MNEMONIC, { addressIndex: 7 });
// Gets code, and keeps it, so nobody else should pay to it.
const delegate = mnemonicToAccount(MNEMONIC, { addressIndex: 8 });
const chain = viem.defineChain({
  id: CHAIN_ID,
  name: "sero dev",
  nativeCurrency: { name: "SERO", symbol: "SERO", decimals: 18 },
  rpcUrls: { default: { http: [HTTP_URL], webSocket: [WS_URL] } },
});
const pollingInterval = 50;
const client = viem.createPublicClient({ chain, transport: viem.http(HTTP_URL), pollingInterval, cacheTime: 0 });
const batched = viem.createPublicClient({ chain, transport: viem.http(HTTP_URL, { batch: true }), cacheTime: 0 });
const wallet = viem.createWalletClient({ account, chain, transport: viem.http(HTTP_URL), pollingInterval });

/** Waits for a transaction and requires that it succeeded. */
async function mined(hash) {
  const receipt = await client.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success");
  return receipt;
}

await check("chain id, network and client version", async () => {
  assert.equal(await client.getChainId(), CHAIN_ID);
  assert.equal(await client.request({ method: "net_version" }), String(CHAIN_ID));
  assert.notEqual(await client.request({ method: "web3_clientVersion" }), "");
});

await check("the first account of the mnemonic is funded", async () => {
  assert.equal(account.address, FIRST_ADDRESS);
  assert.ok((await client.getBalance({ address: account.address })) > viem.parseEther("100"));
});

await check("transfers as legacy, access-list and fee-market transactions", async () => {
  const before = await client.getBalance({ address: other.address });
  for (const type of ["legacy", "eip2930", "eip1559"]) {
    const list = type === "legacy" ? {} : { accessList: [] };
    const receipt = await mined(await wallet.sendTransaction({ to: other.address, value: 1000n, type, ...list }));
    assert.equal(receipt.type, type);
    assert.equal(receipt.gasUsed, 21000n);
  }
  assert.equal(await client.getBalance({ address: other.address }), before + 3000n);
});

const address = await check("deploy", async () => {
  const { contractAddress } = await mined(await wallet.deployContract({ abi, bytecode }));
  assert.equal(await client.getCode({ address: contractAddress }), deployedBytecode);
  return contractAddress;
});
const counter = viem.getContract({ address, abi, client: { public: client, wallet } });

const receipt = await check("write, and the event in the receipt", async () => {
  const result = await mined(await counter.write.add([40n]));
  const [log] = viem.parseEventLogs({ abi, logs: result.logs, eventName: "Added" });
  assert.deepEqual(log.args, { by: account.address, amount: 40n, number: 40n });
  return result;
});

await check("read, now and in the past", async () => {
  assert.equal(await counter.read.number(), 40n);
  assert.equal(await counter.read.number({ blockNumber: receipt.blockNumber - 1n }), 0n);
  assert.equal(BigInt(await client.getStorageAt({ address, slot: "0x0" })), 40n);
});

await check("event query by block range, topic and block hash", async () => {
  const query = { address, abi, eventName: "Added", fromBlock: 0n };
  const mine = await client.getContractEvents({ ...query, args: { by: account.address } });
  assert.equal(mine.length, 1);
  assert.equal(mine[0].transactionHash, receipt.transactionHash);
  assert.equal((await client.getContractEvents({ ...query, args: { by: other.address } })).length, 0);
  assert.equal((await client.getLogs({ address, blockHash: receipt.blockHash })).length, 1);
});

await check("event, block and transaction filters", async () => {
  const added = await client.createContractEventFilter({ address, abi, eventName: "Added" });
  const blocks = await client.createBlockFilter();
  const result = await mined(await counter.write.add([1n]));
  const logs = await client.getFilterChanges({ filter: added });
  assert.deepEqual(logs.map((log) => log.args.number), [41n]);
  assert.equal((await client.getFilterLogs({ filter: added })).length, 1);
  assert.ok((await client.getFilterChanges({ filter: blocks })).includes(result.blockHash));
  assert.ok(await client.uninstallFilter({ filter: added }));
  assert.ok(await client.uninstallFilter({ filter: blocks }));
});

/** The custom error that `promise` fails with. */
async function revert(promise) {
  const error = await promise.then(() => assert.fail("did not revert"), (failure) => failure);
  const reverted = error.walk?.((cause) => cause instanceof viem.ContractFunctionRevertedError);
  if (!reverted) throw error;
  return reverted.data;
}

await check("custom error of a call and of an estimate", async () => {
  const expected = [41n, 5000n, 1000n];
  for (const promise of [counter.simulate.add([5000n]), counter.estimateGas.add([5000n], { account })]) {
    const { errorName, args } = await revert(promise);
    assert.equal(errorName, "TooMuch");
    assert.deepEqual(args, expected);
  }
});

await check("a reverted transaction has a failed receipt", async () => {
  const hash = await counter.write.add([5000n], { gas: 100_000n });
  const failed = await client.waitForTransactionReceipt({ hash });
  assert.equal(failed.status, "reverted");
  assert.equal(failed.logs.length, 0);
  assert.equal(await counter.read.number(), 41n);
});

await check("a delegated account (EIP-7702)", async () => {
  const at = { address: delegate.address, abi, functionName: "number" };
  const delegated = (await client.getCode({ address: delegate.address })) !== undefined;
  const before = delegated ? await client.readContract(at) : 0n;
  const authorization = await wallet.signAuthorization({ account: delegate, contractAddress: address });
  const data = viem.encodeFunctionData({ abi, functionName: "add", args: [1n] });
  await mined(await wallet.sendTransaction({ authorizationList: [authorization], to: delegate.address, data }));
  assert.equal(await client.getCode({ address: delegate.address }), `0xef0100${address.slice(2).toLowerCase()}`);
  assert.equal(await client.readContract(at), before + 1n);
});

await check("blocks and transactions agree with each other", async () => {
  const byNumber = await client.getBlock({ blockNumber: receipt.blockNumber, includeTransactions: true });
  const byHash = await client.getBlock({ blockHash: receipt.blockHash, includeTransactions: true });
  assert.deepEqual(byNumber, byHash);
  const transaction = await client.getTransaction({ hash: receipt.transactionHash });
  assert.deepEqual(byNumber.transactions[receipt.transactionIndex], transaction);
  const parent = await client.getBlock({ blockHash: byNumber.parentHash });
  assert.equal(parent.number, byNumber.number - 1n);
});

await check("fee history, proof, access list", async () => {
  const history = await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] });
  assert.equal(history.baseFeePerGas.length, 3);
  const proof = await client.getProof({ address, storageKeys: [viem.zeroHash] });
  assert.equal(proof.storageProof[0].value, 41n);
  assert.equal(proof.codeHash, viem.keccak256(deployedBytecode));
  const data = viem.encodeFunctionData({ abi, functionName: "add", args: [1n] });
  const { accessList } = await client.createAccessList({ account, to: address, data });
  assert.equal(accessList[0].storageKeys[0], viem.zeroHash);
});

await check("a JSON-RPC batch", async () => {
  const [id, number, code] = await Promise.all([
    batched.getChainId(),
    batched.readContract({ address, abi, functionName: "number" }),
    batched.getCode({ address }),
  ]);
  assert.deepEqual([id, number, code], [CHAIN_ID, 41n, deployedBytecode]);
});

const socket = viem.createPublicClient({ chain, transport: viem.webSocket(WS_URL) });

/** Subscribes with `watch`, then acts, and resolves with the first notice that `accept` accepts. */
async function notice(watch, act, accept) {
  let seen;
  const arrived = new Promise((resolve, reject) => {
    seen = { resolve: (value) => accept(value) && resolve(value), reject };
  });
  const { unsubscribe } = await watch(seen);
  await act();
  const value = await inTime(arrived);
  await unsubscribe();
  return value;
}

/** viem's own subscription, which resolves when the node has confirmed it. */
const subscribe = (params) => (seen) =>
  socket.transport.subscribe({ params, onData: ({ result }) => seen.resolve(result), onError: seen.reject });

await check("WebSocket: calls", async () => {
  assert.equal(await socket.getChainId(), CHAIN_ID);
  assert.equal(await socket.readContract({ address, abi, functionName: "number" }), 41n);
});

await check("WebSocket: newHeads", async () => {
  const before = await client.getBlockNumber();
  const act = async () => mined(await counter.write.add([1n]));
  const head = await notice(subscribe(["newHeads"]), act, ({ number }) => BigInt(number) > before);
  const block = await client.getBlock({ blockNumber: BigInt(head.number) });
  assert.equal(head.hash, block.hash);
});

await check("WebSocket: logs", async () => {
  const topics = viem.encodeEventTopics({ abi, eventName: "Added", args: { by: account.address } });
  const act = async () => mined(await counter.write.add([8n]));
  const log = await notice(subscribe(["logs", { address, topics }]), act, () => true);
  assert.equal(viem.decodeEventLog({ abi, data: log.data, topics: log.topics }).args.number, 50n);
});

finish();
