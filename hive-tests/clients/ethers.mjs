// ethers against a development node: RPC=http://127.0.0.1:8545 node ethers.mjs
import assert from "node:assert/strict";
import { CHAIN_ID, FIRST_ADDRESS, HTTP_URL, MNEMONIC, WS_URL, artifact, check, finish, inTime, require } from "./check.mjs";

const ethers = require("ethers");

const { abi, bytecode, deployedBytecode } = artifact("Counter");
// ethers keeps answers for 250 ms by default: too long where every transaction makes a block.
const provider = new ethers.JsonRpcProvider(HTTP_URL, undefined, { cacheTimeout: -1, pollingInterval: 50 });
const wallet = ethers.HDNodeWallet.fromPhrase(MNEMONIC).connect(provider);
const other = ethers.HDNodeWallet.fromPhrase(MNEMONIC, undefined, "m/44'/60'/0'/0/5");

await check("network", async () => {
  assert.equal((await provider.getNetwork()).chainId, BigInt(CHAIN_ID));
});

await check("the first account of the mnemonic is funded", async () => {
  assert.equal(wallet.address, FIRST_ADDRESS);
  assert.ok((await provider.getBalance(wallet)) > ethers.parseEther("100"));
});

await check("transfer, nonce and balance", async () => {
  const [nonce, before] = [await wallet.getNonce(), await provider.getBalance(other)];
  const response = await wallet.sendTransaction({ to: other.address, value: 1000n });
  const receipt = await response.wait();
  assert.equal(receipt.gasUsed, 21000n);
  assert.equal(response.nonce, nonce);
  assert.equal(await wallet.getNonce(), nonce + 1);
  assert.equal(await provider.getBalance(other), before + 1000n);
});

const counter = await check("deploy", async () => {
  const factory = new ethers.ContractFactory(abi, bytecode, wallet);
  const contract = await (await factory.deploy()).waitForDeployment();
  assert.equal(await contract.getDeployedCode(), deployedBytecode);
  return contract;
});

const receipt = await check("write, and the event in the receipt", async () => {
  const result = await (await counter.add(40n)).wait();
  assert.equal(result.status, 1);
  assert.deepEqual([...result.logs[0].args], [wallet.address, 40n, 40n]);
  return result;
});

await check("read, now and in the past", async () => {
  assert.equal(await counter.number(), 40n);
  assert.equal(await counter.number({ blockTag: receipt.blockNumber - 1 }), 0n);
  assert.equal(BigInt(await provider.getStorage(counter, 0)), 40n);
});

await check("event query by block range and topic", async () => {
  const mine = await counter.queryFilter(counter.filters.Added(wallet.address), 0, "latest");
  assert.equal(mine.length, 1);
  assert.equal(mine[0].transactionHash, receipt.hash);
  assert.equal((await counter.queryFilter(counter.filters.Added(other.address), 0, "latest")).length, 0);
});

/** The error that `promise` fails with. */
const failure = (promise) => promise.then(() => assert.fail("did not fail"), (error) => error);

await check("custom error of a call and of an estimate", async () => {
  const call = await failure(counter.add.staticCall(5000n));
  assert.equal(call.revert?.name, "TooMuch");
  assert.deepEqual([...call.revert.args], [40n, 5000n, 1000n]);
  const estimate = await failure(counter.add.estimateGas(5000n));
  assert.equal(estimate.code, "CALL_EXCEPTION");
  assert.equal(counter.interface.parseError(estimate.data).name, "TooMuch");
});

await check("a reverted transaction has a failed receipt", async () => {
  const response = await counter.add(5000n, { gasLimit: 100_000n });
  const error = await failure(response.wait());
  assert.equal(error.code, "CALL_EXCEPTION");
  assert.equal(error.receipt.status, 0);
  assert.equal(await counter.number(), 40n);
});

await check("refused transactions are named", async () => {
  const low = await failure(wallet.sendTransaction({ to: other.address, nonce: 0, gasLimit: 21_000n }));
  assert.equal(low.code, "NONCE_EXPIRED", low.message);
  const poor = ethers.Wallet.createRandom().connect(provider);
  const funds = await failure(poor.sendTransaction({ to: other.address, value: 1n, gasLimit: 21_000n }));
  assert.equal(funds.code, "INSUFFICIENT_FUNDS", funds.message);
});

await check("blocks and transactions agree with each other", async () => {
  const block = await provider.getBlock(receipt.blockNumber, true);
  assert.equal(block.hash, receipt.blockHash);
  const transaction = await provider.getTransaction(receipt.hash);
  assert.equal(transaction.from, wallet.address);
  assert.deepEqual(block.prefetchedTransactions[receipt.index].toJSON(), transaction.toJSON());
});

/** Listens with `on`, then acts, and resolves with what the listener got. */
async function notice(target, event, act, accept) {
  let seen;
  const arrived = new Promise((resolve) => (seen = (...args) => accept(...args) && resolve(args)));
  await target.on(event, seen);
  // `on` does not wait for the node, but the node answers in order: after this it listens.
  await (target.runner?.provider ?? target).send("eth_blockNumber", []);
  await act();
  const args = await inTime(arrived);
  await target.off(event, seen);
  return args;
}

await check("events by polling", async () => {
  const act = async () => (await counter.add(1n)).wait();
  const [, , number] = await notice(counter, "Added", act, (_by, amount) => amount === 1n);
  assert.equal(number, 41n);
});

const socket = new ethers.WebSocketProvider(WS_URL);
const watched = counter.connect(socket);

await check("WebSocket: calls", async () => {
  assert.equal((await socket.getNetwork()).chainId, BigInt(CHAIN_ID));
  assert.equal(await watched.number(), 41n);
});

await check("WebSocket: newHeads", async () => {
  const before = await provider.getBlockNumber();
  const act = async () => (await counter.add(1n)).wait();
  const [number] = await notice(socket, "block", act, (height) => height > before);
  assert.ok(number > before);
});

await check("WebSocket: logs", async () => {
  const act = async () => (await counter.add(8n)).wait();
  const [by, , number] = await notice(watched, "Added", act, (_by, amount) => amount === 8n);
  assert.deepEqual([by, number], [wallet.address, 50n]);
});

finish();
