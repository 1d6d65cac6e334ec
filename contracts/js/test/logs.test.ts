import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeAbiParameters, encodeEventTopics, type Abi, type AbiEvent, type Address, type Hex, type Log } from "viem";
import { ASSETS, assetsAbi, PACKAGES, packagesAbi, parseSeroLogs, POOL, poolAbi } from "sero-js";
import { example } from "./support.js";

/** A log with these arguments, as a node gives it. */
function logOf(address: Address, event: AbiEvent, args: Record<string, unknown>): Log {
  const plain = event.inputs.filter(({ indexed }) => !indexed);
  const topics = encodeEventTopics({ abi: [event], args } as never) as [Hex, ...Hex[]];
  const data = encodeAbiParameters(plain, plain.map(({ name }) => args[name ?? ""]) as never);
  const place = { blockHash: null, blockNumber: null, logIndex: null, transactionHash: null, transactionIndex: null };
  return { address, topics, data, removed: false, ...place };
}

test("every event of the precompiles is decoded by name", () => {
  const logs: Log[] = [];
  const expected: unknown[] = [];
  for (const [contract, address, abi] of [["ASSETS", ASSETS, assetsAbi], ["POOL", POOL, poolAbi], ["PACKAGES", PACKAGES, packagesAbi]] as const) {
    for (const event of abi as Abi) {
      if (event.type !== "event") continue;
      const args = Object.fromEntries(event.inputs.map((input) => [input.name, example(input)]));
      logs.push(logOf(address, event, args));
      expected.push([contract, event.name, args]);
    }
  }
  assert.equal(expected.length, 14);
  assert.deepEqual(parseSeroLogs(logs).map(({ contract, eventName, args }) => [contract, eventName, args]), expected);
});

test("logs of others, and logs that are no event, are left out", () => {
  const transfer = (assetsAbi as Abi).find((item) => item.type === "event" && item.name === "OperatorSet") as AbiEvent;
  const args = Object.fromEntries(transfer.inputs.map((input) => [input.name, example(input)]));
  const ours = logOf(ASSETS, transfer, args);
  assert.equal(parseSeroLogs([ours]).length, 1);
  assert.deepEqual(parseSeroLogs([{ ...ours, address: POOL }, { ...ours, address: "0x00000000000000000000000000000000000000aa" }]), []);
  assert.deepEqual(parseSeroLogs([{ ...ours, data: "0x" }]), []);
});
