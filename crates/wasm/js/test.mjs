// Tests of the module and of the pool, in Node: cargo xtask wasm
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Pool } from "./pool.mjs";
import { Prover } from "./prover.mjs";
import { keys, module, request, store } from "./store.mjs";

const HEAD = 67;
const SPEND = 2776;
const scarce = { ...keys, scarce: true };
let pool;

before(async () => {
  pool = await Pool.start({ module, keys: scarce, workers: 2 });
});
after(() => pool.close());

/** The request with some bytes changed. */
function changed(at, ...values) {
  const copy = request.slice();
  copy.set(values, at);
  return copy;
}

/** Plain ark-groth16 accepts every proof. */
async function check(answer) {
  const file = join(store, "answer.bin");
  await writeFile(file, answer);
  execFileSync(process.env.SERO_BENCH, ["check", "wasm", store, file], { stdio: "pipe" });
}

const refused = (bytes, message) => assert.rejects(pool.prove(bytes), { message });

test("a payment is proven by two workers, and ark-groth16 accepts it", async () => {
  const told = [];
  const answer = await pool.prove(request, (done, of) => told.push([done, of]));
  assert.deepEqual([...answer.subarray(0, 3)], [1, 1, 2]);
  assert.deepEqual(told, [[1, 3], [2, 3], [3, 3]]);
  await check(answer);
  const wrong = answer.slice();
  wrong.copyWithin(3 + 128, 3 + 2 * 128, 3 + 3 * 128);
  await assert.rejects(check(wrong), /output proof: does not verify/);
});

test("payments at the same time do not mix, and no proof is made twice", async () => {
  const answers = await Promise.all([pool.prove(request), pool.prove(request)]);
  for (const answer of answers) await check(answer);
  assert.notDeepEqual(answers[0], answers[1]);
});

test("what is no request is refused by name", async () => {
  await refused(new Uint8Array(), "request has 0 bytes, expected 211");
  await refused(changed(0, 2), "request version: is 2, expected 1");
  await refused(request.slice(0, -1), `request has ${request.length - 1} bytes, expected ${request.length}`);
  await refused(changed(1, 17), "request spends: are 17, at most 16 are allowed");
  await refused(changed(HEAD + 32, ...Array(32).fill(255)), /^request spends\[0\]\.nk: /);
  await refused(changed(HEAD + SPEND + 144, ...Array(32).fill(255)), /^request outputs\[1\]\.O_r: /);
});

test("other keys and false statements are refused by name", async () => {
  await refused(changed(3 + 32, 0, 0, 0, 0), /^request keys\.output: is 0x00000000.*, this prover has 0x/);
  await refused(changed(HEAD + SPEND - 96, 1), "spends[0]: the path does not lead from the note to the anchor");
});

test("key files that are none are refused by name", async () => {
  const start = (keys) => Pool.start({ module, keys, workers: 1 });
  await assert.rejects(start({ ...scarce, spend: keys.spend.slice(0, -1) }), /^Error: proving key of spend: /);
  await assert.rejects(start({ ...scarce, spend: keys.output, output: keys.spend }), /^Error: proving key of spend: /);
});

test("an instance without keys says so", async () => {
  const prover = await Prover.instantiate(module);
  assert.throws(() => prover.prove(request), { message: "no keys are loaded" });
});

test("a closed pool proves nothing and leaves nobody waiting", async () => {
  const closing = await Pool.start({ module, keys: scarce, workers: 1 });
  const waiting = [closing.prove(request), closing.prove(request)];
  closing.close();
  for (const proof of waiting) await assert.rejects(proof, { message: "the pool is closed" });
  await assert.rejects(closing.prove(request), { message: "the pool is closed" });
});
