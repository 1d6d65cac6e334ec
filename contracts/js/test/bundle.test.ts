import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleEffects, bundleSighash, decodeBundle, encodeBundle, parseHiddenNote, type Bundle } from "sero-js";
import { refusal, vectors } from "./support.js";

const rows = vectors("bundle", ["bundle", "packages", "refused-bvk"]);
const full = decodeBundle(rows.find(({ name }) => name === "full")?.encoded);

test("bundles of the vectors are read, and written again", () => {
  for (const row of rows) {
    const bundle = decodeBundle(row.encoded);
    assert.equal(encodeBundle(bundle), row.encoded, row.name);
    if (row.effects === undefined) continue;
    assert.equal(bundleEffects(bundle), row.effects, row.name);
    assert.equal(bundleSighash(bundle, row.chain_id, row.genesis_hash, row.transaction_digest), row.sighash, row.name);
  }
});

test("parts are where they belong", () => {
  const row = rows.find(({ name }) => name === "full") ?? assert.fail();
  assert.equal(full.anchor, row.anchor);
  row.spends.forEach((spend: Record<string, string>, i: number) => {
    const { nullifier, rk, cv, proof, authSig } = full.spends[i] ?? assert.fail();
    assert.deepEqual([nullifier, rk, cv, proof, authSig], [spend.nf, spend.rk, spend.cv, spend.proof, spend.auth_sig]);
  });
  row.outputs.forEach((output: Record<string, string>, i: number) => {
    const { commitment, cv, proof } = full.outputs[i] ?? assert.fail();
    assert.deepEqual([commitment, cv, proof], [output.cm, output.cv, output.proof]);
  });
  const balance = full.balance.map(({ asset, amount, direction }) => [asset, amount, direction === "inward"]);
  const expected = row.balance.map((b: Record<string, string>) => [BigInt(b.asset ?? ""), BigInt(b.amount ?? ""), b.inward]);
  assert.deepEqual(balance, expected);
});

test("bytes that the vectors refuse are refused, and the field is named", () => {
  const words: Record<string, RegExp> = {
    truncated: /expected \d+ more bytes for bundle\.?[\w.[\]]+, found the end/,
    trailing: /expected nothing after its end, found 1 more bytes/,
    version: /bundle\.version: expected 1, found [02]/,
    pool: /bundle\.pool: expected 0 to 7, found (8|255)/,
    packages: /bundle\.packages: expected at most 8 entries/,
    "package-kind": /bundle\.packages\[\d\]\.kind: expected 0 \(create\) or 1 \(open\)/,
    "ciphertext-length": /bundle\.packages\[0\]\.ciphertext: expected 128, 256, 512 or 1024 bytes/,
    "commitment-twice": /packages\[\d\]\.commitment: expected no commitment twice/,
    "opened-twice": /packages\[\d\]\.id: expected no package opened twice/,
    "too-many": /bundle\.(spends|outputs|balance): expected at most 16 entries, found 17/,
    anchor: /bundle\.anchor: expected zero if there are no spends, and only then/,
    "nullifier-twice": /spends\[1\]\.nullifier: expected no nullifier twice/,
    "asset-twice": /balance\[1\]: expected each asset once/,
    "balance-order": /balance\[1\]: expected each asset once/,
    flags: /flags: expected bits 0 \(inward\) and 1 \(coin\) only/,
    "zero-amount": /amount: expected 1 to 2\^128 - 1, found 0/,
    "coin-not-flagged": /asset: expected the coin as flag bit 1/,
    "not-canonical": /expected (a number below the order|the encoding of a point)/,
    identity: /expected a point of prime order, and not the identity/,
    "wrong-subgroup": /expected a point of prime order/,
  };
  for (const { encoded, reason, name } of vectors("bundle", ["invalid"])) {
    const { message } = refusal(() => decodeBundle(encoded), name);
    assert.match(message, words[reason] ?? assert.fail(`unknown reason ${reason}`), name);
  }
});

test("what cannot be read is not written", () => {
  const refused = (change: Partial<Bundle>, message: RegExp) =>
    assert.match(refusal(() => encodeBundle({ ...full, ...change }), String(message)).message, message);
  const [spend, output, entry] = [full.spends[0], full.outputs[0], full.balance[0]];
  assert.ok(spend && output && entry);
  refused({ pool: 8 }, /^bundle\.pool: expected 0 to 7, found 8$/);
  refused({ pool: 1.5 }, /^bundle\.pool: expected a whole number, found 1\.5$/);
  refused({ anchor: "0x12" }, /^bundle\.anchor: expected 32 bytes, found 1$/);
  refused({ spends: [{ ...spend, proof: "0x" }] }, /^bundle\.spends\[0\]\.proof: expected 128 bytes, found 0$/);
  refused({ spends: [{ ...spend, rk: spend.nullifier }] }, /^bundle\.spends\[0\]\.rk: expected/);
  refused({ outputs: Array(17).fill(output) }, /^bundle\.outputs: expected at most 16 entries, found 17$/);
  refused({ outputs: Array(300).fill(output) }, /^bundle\.outputs: expected 0 to 2\^8 - 1, found 300$/);
  refused({ balance: [{ ...entry, amount: 1n << 128n }] }, /^bundle\.balance\[0\]\.amount: expected 0 to 2\^128 - 1/);
  refused({ balance: [entry, entry] }, /^bundle\.balance\[1\]: expected each asset once, the coin first, then by id$/);
  refused({ balance: [{ ...entry, direction: "up" as "inward" }] }, /direction: expected inward or outward, found up$/);
  refused({ bindingSig: "0xzz" }, /^bundle\.bindingSig: expected hex digits in pairs, after 0x$/);
});

test("the ciphertext of a log is taken apart", () => {
  const output = full.outputs[0] ?? assert.fail();
  const { cv, epk, viewTag, ciphertext, senderCiphertext } = output;
  const log = `0x${[cv, epk, viewTag, ciphertext, senderCiphertext].map((hex) => hex.slice(2)).join("")}` as const;
  assert.deepEqual(parseHiddenNote(log), { cv, epk, viewTag, ciphertext, senderCiphertext });
  const { message } = refusal(() => parseHiddenNote(log.slice(0, -2) as `0x${string}`), "short");
  assert.equal(message, "ciphertext: expected 1 more bytes for ciphertext.senderCiphertext, found the end");
  assert.match(refusal(() => parseHiddenNote(`${log}00`), "long").message, /nothing after its end/);
});
