// A worker of the pool: one module instance. Web Workers and Node's worker threads.
import { Prover } from "./prover.mjs";

const port =
  typeof WorkerGlobalScope === "undefined" ? (await import("node:worker_threads")).parentPort : globalThis;
let prover;

const work = {
  async load({ module, keys }) {
    prover = await Prover.instantiate(module);
    prover.load(keys);
    return prover.memory;
  },
  prove({ request }) {
    try {
      return prover.prove(request);
    } finally {
      request.fill(0);
    }
  },
};

async function answer(message) {
  try {
    port.postMessage({ result: await work[message.kind](message) });
  } catch (error) {
    // After a trap an instance is not to be used again.
    const fatal = error instanceof WebAssembly.RuntimeError;
    port.postMessage({ error: error.message, fatal });
  }
}

if (typeof port.on === "function") port.on("message", answer);
else port.onmessage = ({ data }) => answer(data);
