// One module instance with its keys. Every call computes where it is made: use it in a worker.

/** Random bytes that go with each request. */
const SEED_BYTES = 32;

export class Prover {
  #exports;

  /** @param {WebAssembly.Module} module The compiled `sero_wasm.wasm`. */
  static async instantiate(module) {
    const prover = new Prover();
    prover.#exports = (await WebAssembly.instantiate(module, {})).exports;
    return prover;
  }

  /** Takes proving key files. With `scarce`, tables take a quarter of the memory, and proofs longer. */
  load({ spend, output, scarce = false }) {
    this.#call([spend, output], (wasm) => wasm.sero_load(spend.length, Number(scarce)));
  }

  /** The answer to a proving request, a `Uint8Array`. Throws an error that names what is wrong. */
  prove(request) {
    const seed = globalThis.crypto.getRandomValues(new Uint8Array(SEED_BYTES));
    try {
      return this.#call([seed, request], (wasm) => wasm.sero_prove());
    } finally {
      seed.fill(0);
    }
  }

  /** Bytes of the instance's memory, which only grows. */
  get memory() {
    return this.#exports.memory.buffer.byteLength;
  }

  #call(parts, run) {
    const wasm = this.#exports;
    const address = wasm.sero_input(parts.reduce((sum, part) => sum + part.length, 0)) >>> 0;
    // Views are made anew: memory that grows leaves old ones empty.
    const input = new Uint8Array(wasm.memory.buffer);
    let end = address;
    for (const part of parts) {
      input.set(part, end);
      end += part.length;
    }
    const failed = run(wasm);
    const start = wasm.sero_output() >>> 0;
    const output = new Uint8Array(wasm.memory.buffer).slice(start, start + (wasm.sero_output_length() >>> 0));
    if (failed !== 0) throw new Error(new TextDecoder().decode(output));
    return output;
  }
}
