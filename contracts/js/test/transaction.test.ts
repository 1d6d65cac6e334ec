import assert from "node:assert/strict";
import { test } from "node:test";
import { getAddress, keccak256, recoverAddress, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  COIN,
  decodeBundle,
  fromSignatureHash,
  hashShieldedTransaction,
  parseShieldedTransaction,
  parseTransaction,
  serializeShieldedTransaction,
  serializeTransaction,
  sighash,
  transactionDigest,
  type ShieldedCall,
  type ShieldedTransaction,
} from "sero-js";
import { refusal, vectors, type Case } from "./support.js";

const rows = vectors("transaction", ["transaction"]);
const named = (name: string) => rows.find((row) => row.name === name) ?? assert.fail(name);
const pure = parseShieldedTransaction(named("pure transfer").encoded);
const full = parseShieldedTransaction(named("call with everything").encoded);
const call = full.call ?? assert.fail();

/** A transaction from the fields of a vector. */
function built(row: Case): ShieldedTransaction {
  const amount = (entry: { asset: Hex; amount: string }) => ({ asset: BigInt(entry.asset), amount: BigInt(entry.amount) });
  const callOf = (c: Record<string, any>): ShieldedCall => ({
    from: getAddress(c.from),
    nonce: BigInt(c.nonce),
    to: c.to === "0x" ? null : getAddress(c.to),
    value: BigInt(c.value),
    input: c.input,
    accessList: c.access_list.map((e: { address: Hex; keys: Hex[] }) => ({ address: getAddress(e.address), storageKeys: e.keys })),
    attached: c.attached.map(amount),
    refund: c.refund,
    signature: { r: c.r, s: c.s, yParity: c.y_parity },
  });
  return {
    type: "shielded",
    chainId: row.chain_id,
    expiry: BigInt(row.expiry),
    maxFeePerGas: BigInt(row.max_fee),
    maxPriorityFeePerGas: BigInt(row.max_priority_fee),
    gas: BigInt(row.gas_limit),
    bundle: decodeBundle(row.bundle),
    ...(row.call && { call: callOf(row.call) }),
    outs: row.outs.map((out: any) => ({ to: out.to, ...amount(out), memo: out.memo })),
  };
}

test("transactions of the vectors are read and written, with their hashes", () => {
  assert.equal(rows.length, 5);
  for (const row of rows) {
    const tx = built(row);
    assert.deepEqual(parseShieldedTransaction(row.encoded), tx, row.name);
    assert.equal(serializeShieldedTransaction(tx), row.encoded, row.name);
    assert.equal(hashShieldedTransaction(tx), row.hash, row.name);
    assert.equal(transactionDigest(tx), row.digest, row.name);
    assert.equal(sighash(tx, row.genesis_hash), row.sighash, row.name);
    if (row.call) assert.equal(fromSignatureHash(tx), row.from_signature_hash, row.name);
  }
});

test("an account of viem's signs what nodes check", async () => {
  for (const row of rows.filter((row) => row.call)) {
    const account = privateKeyToAccount(row.from_key);
    const tx = built(row);
    assert.equal(account.address, tx.call?.from);
    // The vector's own signature, and one of the account's.
    const { r, s, yParity } = tx.call?.signature ?? assert.fail();
    assert.equal(await recoverAddress({ hash: row.from_signature_hash, signature: { r, s, yParity } }), account.address);
    const { signature: _, ...unsigned } = tx.call ?? assert.fail();
    const signed = await account.signTransaction({ ...tx, call: unsigned } as never, { serializer: serializeTransaction as never });
    const again = parseShieldedTransaction(signed);
    const signature = again.call?.signature ?? assert.fail();
    assert.equal(await recoverAddress({ hash: row.from_signature_hash, signature }), account.address);
    assert.equal(fromSignatureHash(again), row.from_signature_hash);
    assert.notEqual(keccak256(signed), row.hash);
  }
});

test("bytes that the vectors refuse are refused, and the field is named", () => {
  const words: Record<string, RegExp> = {
    type: /^transaction\.type: expected 0x53, found (0x2|no byte)$/,
    rlp: /^transaction: expected (RLP after the type byte|canonical RLP|a list)/,
    list: /expected a list/,
    number: /expected (0 to 2\^\d+ - 1|a number without leading zeros|bytes, found a list|0 or 1)/,
    bytes: /expected (\d+ bytes( in a one-time address)?, found \d+|bytes, found a list)$/,
    truncated: /^bundle: expected 1 more bytes for bundle\.version/,
    trailing: /^bundle: expected nothing after its end, found 1 more bytes$/,
    "priority-without-call": /^maxPriorityFeePerGas: expected 0 without a call, found 1$/,
    "priority-above-fee": /^maxPriorityFeePerGas: expected at most maxFeePerGas/,
    calls: /^calls: expected at most one, found 2$/,
    outs: /^outs: expected at most 16, found 17$/,
    "outs-and-call": /^outs: expected none beside a call, found 3$/,
    attached: /^call\.attached: expected at most 16, found 17$/,
    "attached-order": /^call\.attached\[1\]\.asset: expected each asset once, in order of id$/,
    "coin-attached": /^call\.attached\[0\]\.asset: expected no coin, which travels as value$/,
    "zero-amount": /^(call\.attached\[0\]|outs\[1\])\.amount: expected 1 to 2\^128 - 1, found 0$/,
    "not-canonical": /^(call\.(attached\[0\]\.asset|refund\.O_r)|outs\[1\]\.asset): expected a number below the order/,
    identity: /^call\.refund\.epk: expected a point of prime order, and not the identity$/,
    parity: /^call\.signature\.yParity: expected 0 or 1, found 2$/,
    memo: /^outs\[1\]\.memo: expected at most 64 bytes, found 65$/,
  };
  const cases = vectors("transaction", ["invalid"]);
  assert.ok(cases.length >= 59);
  for (const { encoded, reason, name } of cases) {
    const { message } = refusal(() => parseShieldedTransaction(encoded), name);
    assert.match(message, words[reason] ?? assert.fail(`unknown reason ${reason}`), name);
  }
});

test("every prefix of a transaction is refused", () => {
  const encoded: Hex = named("call").encoded;
  for (let end = 2; end < encoded.length; end += 2) refusal(() => parseShieldedTransaction(encoded.slice(0, end) as Hex), `${end}`);
});

test("what cannot be read is not written", () => {
  const refused = (tx: ShieldedTransaction, message: RegExp) =>
    assert.match(refusal(() => serializeShieldedTransaction(tx), String(message)).message, message);
  const out = pure.outs[0] ?? assert.fail();
  const attached = call.attached[0] ?? assert.fail();
  refused({ ...pure, chainId: 1.5 }, /^chainId: expected a whole number, found 1\.5$/);
  refused({ ...pure, chainId: -1 }, /^chainId: expected 0 to 2\^64 - 1, found -1$/);
  refused({ ...pure, expiry: 1n << 64n }, /^expiry: expected 0 to 2\^64 - 1/);
  refused({ ...pure, gas: 5 as unknown as bigint }, /^gas: expected a bigint, found number$/);
  refused({ ...pure, maxPriorityFeePerGas: 1n }, /^maxPriorityFeePerGas: expected 0 without a call/);
  refused({ ...pure, outs: [{ ...out, amount: 0n }] }, /^outs\[0\]\.amount: expected 1 to 2\^128 - 1, found 0$/);
  refused({ ...pure, outs: [{ ...out, amount: 1n << 128n }] }, /^outs\[0\]\.amount: expected 0 to 2\^128 - 1/);
  refused({ ...pure, outs: [{ ...out, memo: "0x1" }] }, /^outs\[0\]\.memo: expected hex digits in pairs/);
  refused({ ...pure, outs: [{ ...out, to: "0x1234" }] }, /^outs\[0\]\.to: expected 128 bytes, found 2$/);
  refused({ ...pure, outs: Array(17).fill(out) }, /^outs: expected at most 16, found 17$/);
  refused({ ...full, outs: [out] }, /^outs: expected none beside a call/);
  refused({ ...full, call: { ...call, attached: [{ ...attached, asset: COIN }] } }, /no coin, which travels as value/);
  refused({ ...full, call: { ...call, input: "0xa" } }, /^call\.input: expected hex digits in pairs/);
  refused({ ...full, call: { ...call, to: "0x12" } }, /^call\.to: expected 20 bytes, found 1$/);
  const { signature: _, ...unsigned } = call;
  const { message } = refusal(() => hashShieldedTransaction({ ...full, call: unsigned }), "unsigned");
  assert.equal(message, "call.signature: expected the signature of from, found none");
  assert.match(refusal(() => fromSignatureHash(pure), "no call").message, /^call: expected a call/);
});

test("Ethereum's transactions go to viem's own code", () => {
  const tx = { chainId: 1337, type: "eip1559", nonce: 3, gas: 21000n, maxFeePerGas: 7n, to: call.from } as const;
  const serialized = serializeTransaction(tx);
  assert.ok(serialized.startsWith("0x02"));
  assert.equal(parseTransaction(serialized).type, "eip1559");
  assert.deepEqual(parseTransaction(serializeTransaction(pure)), pure);
});
