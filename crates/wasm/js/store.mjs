// For tests and measurements: what `cargo xtask wasm` has built and made.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const { SERO_WASM_MODULE: file, SERO_WASM_STORE: folder } = process.env;
if (file === undefined || folder === undefined) throw new Error("run cargo xtask wasm, which says where things are");

export const store = folder;
export const bytes = await readFile(file);
export const module = await WebAssembly.compile(bytes);
export const keys = {
  spend: new Uint8Array(await readFile(join(folder, "spend.key"))),
  output: new Uint8Array(await readFile(join(folder, "output.key"))),
};
/** Of a payment of one note to two. */
export const request = new Uint8Array(await readFile(join(folder, "request.bin")));
