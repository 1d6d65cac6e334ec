// Proves requests (docs/spec/13-proving-service.md) in workers. Each has a module instance and keys of its own; they share no
// memory, so a page needs no special headers. A request is cut into one for each proof, largest first.

const HEAD_BYTES = 3 + 2 * 32;
const SPEND_BYTES = 2776;
const OUTPUT_BYTES = 144;
const PROOF_BYTES = 128;

/** Compiles the faster of the two modules that this engine takes. */
export const compile = ({ relaxed, plain }) =>
  WebAssembly.compile(WebAssembly.validate(relaxed) ? relaxed : plain);

export class Pool {
  #workers = [];
  /** Work that no worker has yet. */
  #waiting = [];
  #closed;

  /**
   * Starts workers and gives each the keys.
   * @param {WebAssembly.Module} module The compiled `sero_wasm.wasm`.
   * @param {{spend: Uint8Array, output: Uint8Array, scarce?: boolean}} keys Proving key files.
   * @param {number} workers How many: as many as there are processors, and no more than a payment has proofs.
   */
  static async start({ module, keys, workers }) {
    if (!Number.isInteger(workers) || workers < 1) {
      throw new RangeError(`workers is ${workers}, a whole number from 1 on is needed`);
    }
    const pool = new Pool();
    try {
      for (let i = 0; i < workers; i++) pool.#workers.push(await pool.#worker());
      const load = (worker) =>
        new Promise((resolve, reject) => {
          worker.task = { resolve, reject };
          worker.port.postMessage({ kind: "load", module, keys });
        });
      /** Bytes of memory of each instance. */
      pool.memory = await Promise.all(pool.#workers.map(load));
    } catch (error) {
      pool.close();
      throw error;
    }
    return pool;
  }

  /**
   * The answer to a request, a `Uint8Array`; rejects with an error that names what is wrong.
   * @param {Uint8Array} request
   * @param {(done: number, of: number) => void} [progress] Called after each proof.
   */
  async prove(request, progress = () => {}) {
    const parts = cut(request);
    // What is no request goes whole: the module says what is wrong with it.
    if (parts.length === 0) return this.#ask(request.slice());
    let done = 0;
    const tasks = [];
    const prove = async ({ name, bytes }) => {
      try {
        const proof = (await this.#ask(bytes, tasks)).slice(-PROOF_BYTES);
        progress(++done, parts.length);
        return proof;
      } catch (error) {
        // The rest is not needed any more.
        this.#waiting = this.#waiting.filter((task) => !tasks.includes(task));
        throw new Error(error.message.replace(/\b(spends|outputs)\[0\]/, name), { cause: error });
      }
    };
    const proofs = await Promise.all(parts.map(prove));
    const answer = new Uint8Array(3 + proofs.length * PROOF_BYTES);
    answer.set(request.subarray(0, 3));
    proofs.forEach((proof, i) => answer.set(proof, 3 + i * PROOF_BYTES));
    return answer;
  }

  /** Ends the workers, and with them what they prove. */
  close(reason = new Error("the pool is closed")) {
    this.#closed ??= reason;
    for (const worker of this.#workers.splice(0)) {
      worker.port.terminate();
      worker.task?.reject(this.#closed);
    }
    for (const task of this.#waiting.splice(0)) task.reject(this.#closed);
  }

  async #worker() {
    const port = await start(new URL("./worker.mjs", import.meta.url));
    const worker = { port, task: undefined };
    port.onmessage = ({ data: { result, error, fatal } }) => {
      const task = worker.task;
      worker.task = undefined;
      if (fatal) this.close(new Error(`a worker stopped: ${error}`));
      if (error === undefined) task.resolve(result);
      else task.reject(new Error(error));
      if (!this.#closed) this.#next();
    };
    port.onerror = (event) => {
      event.preventDefault?.();
      this.close(new Error(`a worker stopped: ${event.message}`));
    };
    return worker;
  }

  #ask(request, tasks = []) {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      const message = { kind: "prove", request };
      const task = { message, transfer: [request.buffer], resolve, reject };
      tasks.push(task);
      this.#waiting.push(task);
      this.#next();
    });
  }

  /** Gives waiting work to idle workers. */
  #next() {
    for (const worker of this.#workers) {
      if (worker.task !== undefined) continue;
      const task = this.#waiting.shift();
      if (task === undefined) return;
      worker.task = task;
      worker.port.postMessage(task.message, task.transfer);
    }
  }
}

/** A request for each proof, in order: Spends, the larger ones, first. None if the lengths do not fit. */
function cut(request) {
  const [version, spends, outputs] = request;
  if (request.length !== HEAD_BYTES + spends * SPEND_BYTES + outputs * OUTPUT_BYTES) return [];
  const hashes = request.subarray(3, HEAD_BYTES);
  const parts = [];
  let start = HEAD_BYTES;
  const part = (name, counts, length) => {
    const bytes = new Uint8Array(HEAD_BYTES + length);
    bytes.set([version, ...counts]);
    bytes.set(hashes, 3);
    bytes.set(request.subarray(start, start + length), HEAD_BYTES);
    start += length;
    parts.push({ name, bytes });
  };
  for (let i = 0; i < spends; i++) part(`spends[${i}]`, [1, 0], SPEND_BYTES);
  for (let i = 0; i < outputs; i++) part(`outputs[${i}]`, [0, 1], OUTPUT_BYTES);
  return parts;
}

/** A Web Worker, or a thread of Node behind the same face. */
async function start(url) {
  if (typeof Worker !== "undefined") return new Worker(url, { type: "module" });
  const { Worker: Thread } = await import("node:worker_threads");
  const thread = new Thread(url);
  const port = {
    postMessage: (message, transfer) => thread.postMessage(message, transfer),
    terminate: () => thread.terminate(),
  };
  thread.on("message", (data) => port.onmessage({ data }));
  thread.on("error", (error) => port.onerror(error));
  return port;
}
