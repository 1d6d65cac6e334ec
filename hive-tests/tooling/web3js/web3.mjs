// web3.js 4 against a node: RPC=http://127.0.0.1:8545 node web3.mjs
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Web3 } from "web3";
import { encodeErrorSignature } from "web3-eth-abi";

const HTTP_URL = process.env.RPC;
if (!HTTP_URL) {
  console.error("set RPC to the URL of a node, like RPC=http://127.0.0.1:8545");
  process.exit(2);
}
// The first account of the mnemonic that development tools share.
const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const artifact = new URL("../../../contracts/artifacts/Counter.json", import.meta.url);
const { abi, bytecode } = JSON.parse(readFileSync(artifact, "utf8"));

const TOO_MUCH = abi.find((entry) => entry.type === "error" && entry.name === "TooMuch");

let passed = 0;
async function check(name, body) {
  try {
    const result = await body();
    passed += 1;
    console.log(`ok web3.js: ${name}`);
    return result;
  } catch (error) {
    console.log(`FAILED web3.js: ${name}: ${error.message}`);
    console.log(`${passed} passed, 1 failed`);
    process.exit(1);
  }
}

const web3 = new Web3(HTTP_URL);
const socket = new Web3(HTTP_URL.replace(/^http/, "ws"));
const { address: from } = web3.eth.accounts.wallet.add(KEY)[0];

await check("chain, client and sync", async () => {
  assert.equal(await web3.eth.getChainId(), 1337n);
  assert.equal(await web3.eth.net.getId(), 1337n);
  assert.match(await web3.eth.getNodeInfo(), /SERO/);
  assert.equal(await web3.eth.isSyncing(), false);
  assert.equal(await web3.eth.net.getPeerCount(), 0n);
});

const heads = await socket.eth.subscribe("newBlockHeaders");
const firstHead = new Promise((resolve) => heads.once("data", resolve));

const counter = await check("deploy", async () => {
  const deployed = await new web3.eth.Contract(abi).deploy({ data: bytecode }).send({ from });
  assert.notEqual(await web3.eth.getCode(deployed.options.address), "0x");
  return deployed;
});

await check("a block over WebSocket", async () => {
  const head = await firstHead;
  assert.ok(head.number >= 1n);
});

const logs = await socket.eth.subscribe("logs", { address: counter.options.address });
const firstLog = new Promise((resolve) => logs.once("data", resolve));

const receipt = await check("write, and its event", async () => {
  const written = await counter.methods.add(5n).send({ from });
  assert.equal(written.status, 1n);
  assert.equal(written.events.Added.returnValues.amount, 5n);
  return written;
});

await check("a log over WebSocket", async () => {
  const log = await firstLog;
  assert.equal(log.transactionHash, receipt.transactionHash);
});

await check("read, and the event again", async () => {
  assert.equal(await counter.methods.number().call(), 5n);
  const events = await counter.getPastEvents("Added", { fromBlock: receipt.blockNumber });
  assert.deepEqual(events.map((event) => event.returnValues.number), [5n]);
});

await check("an error by name, of a call and of an estimate", async () => {
  for (const way of ["call", "estimateGas"]) {
    const refused = await counter.methods.add(996n)[way]({ from }).then(() => null, (error) => error);
    assert.ok(refused, "it is refused");
    const cause = refused.cause ?? refused.innerError ?? refused;
    // An estimate's error is not decoded, but holds what can be.
    if (way === "estimateGas") {
      const data = cause.data ?? cause.cause?.data;
      assert.equal(data?.slice(0, 10), encodeErrorSignature(TOO_MUCH).slice(0, 10), refused.message);
      continue;
    }
    assert.equal(cause.errorName, "TooMuch", refused.message);
    assert.equal(cause.errorArgs.max, 1000n);
  }
});

await check("a reverted transaction has a failed receipt", async () => {
  counter.handleRevert = false;
  const data = counter.methods.add(2000n).encodeABI();
  const transaction = { from, to: counter.options.address, data, gas: 100_000n };
  const signed = await web3.eth.accounts.signTransaction({ ...transaction, ...(await fees()), nonce: await nonce() }, KEY);
  const hash = await web3.requestManager.send({ method: "eth_sendRawTransaction", params: [signed.rawTransaction] });
  let found = null;
  for (let tries = 0; found === null && tries < 200; tries += 1) {
    found = await web3.requestManager.send({ method: "eth_getTransactionReceipt", params: [hash] });
    if (found === null) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(found.status, "0x0");
});

async function nonce() {
  return web3.eth.getTransactionCount(from, "pending");
}

async function fees() {
  const { baseFeePerGas } = await web3.eth.getBlock();
  return { maxFeePerGas: 2n * baseFeePerGas + 2n, maxPriorityFeePerGas: 1n };
}

await check("legacy and fee-market transfers, fee history", async () => {
  const to = "0x00000000000000000000000000000000000000bb";
  const before = await web3.eth.getBalance(to);
  await web3.eth.sendTransaction({ from, to, value: 7n });
  await web3.eth.sendTransaction({ from, to, value: 8n, gasPrice: await web3.eth.getGasPrice(), type: 0 });
  assert.equal(await web3.eth.getBalance(to), before + 15n);
  const history = await web3.eth.getFeeHistory(2, "latest", [50]);
  assert.equal(history.reward.length, 2);
});

console.log(`${passed} passed, 0 failed`);
process.exit(0);
