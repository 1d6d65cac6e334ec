// Times of the module in Node: cargo xtask wasm --bench
import { Pool } from "./pool.mjs";
import { Prover } from "./prover.mjs";
import { basename } from "node:path";
import { bytes, keys, module, request } from "./store.mjs";

const RUNS = Number(process.env.RUNS ?? 10);
const HEAD = 67;
const SPEND = 2776;
const OUTPUT = 144;

const mib = (count) => (count / 2 ** 20).toFixed(1);

/** Median, fastest and slowest of some runs in ms, after one that is not counted. */
async function row(name, work) {
  const times = [];
  for (let i = 0; i <= RUNS; i++) {
    const start = performance.now();
    await work();
    if (i > 0) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const [median, least, most] = [times[times.length >> 1], times[0], times.at(-1)].map((ms) => ms.toFixed(1));
  console.log(`${name.padEnd(36)} ${median.padStart(8)} ${least.padStart(8)} ${most.padStart(8)}`);
}

/** One proof of the payment. */
function alone(counts, start, length) {
  const one = request.slice(0, HEAD + length);
  one.set(counts, 1);
  one.set(request.subarray(start, start + length), HEAD);
  return one;
}

const name = basename(process.env.SERO_WASM_MODULE);
console.log(`Node ${process.version}, V8 ${process.versions.v8}; ${name}: ${(bytes.length / 1e3).toFixed(0)} kB`);
console.log(`${"".padEnd(36)} ${"median".padStart(8)} ${"fastest".padStart(8)} ${"slowest".padStart(8)} ms`);
for (const scarce of [false, true]) {
  const label = scarce ? ", scarce memory" : "";
  const prover = await Prover.instantiate(module);
  const start = performance.now();
  prover.load({ ...keys, scarce });
  console.log(`loading the keys${label}: ${(performance.now() - start).toFixed(0)} ms, memory ${mib(prover.memory)} MiB`);
  await row(`spend, 1 thread${label}`, () => prover.prove(alone([1, 0], HEAD, SPEND)));
  await row(`output, 1 thread${label}`, () => prover.prove(alone([0, 1], HEAD + SPEND, OUTPUT)));
  await row(`1-in-2-out, 1 thread${label}`, () => prover.prove(request));
  console.log(`memory after proofs${label}: ${mib(prover.memory)} MiB`);
  const pool = await Pool.start({ module, keys: { ...keys, scarce }, workers: 2 });
  await row(`1-in-2-out, 2 workers${label}`, () => pool.prove(request));
  pool.close();
}
