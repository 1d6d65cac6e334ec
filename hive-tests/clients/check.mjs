// What viem.mjs and ethers.mjs share: the checks' output, the chain's fixed facts,
// and the packages, which are installed beside the contracts.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const contracts = new URL("../../contracts/", import.meta.url);

/** Loads a package from contracts/node_modules. */
export const require = createRequire(new URL("package.json", contracts));

/** abi and bytecode of an example contract. */
export const artifact = (name) => JSON.parse(readFileSync(new URL(`artifacts/${name}.json`, contracts), "utf8"));

if (!process.env.RPC) {
  console.error("set RPC to the URL of a development node, like RPC=http://127.0.0.1:8545");
  process.exit(2);
}
export const HTTP_URL = process.env.RPC;
export const WS_URL = HTTP_URL.replace(/^http/, "ws");

export const CHAIN_ID = 1337;
export const MNEMONIC = "test test test test test test test test test test test junk";
/** The first account of the mnemonic. */
export const FIRST_ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

const TIMEOUT_MS = 30_000;
let passed = 0;

/** Settles as `promise` does, but not later than `TIMEOUT_MS`. */
export function inTime(promise) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS).unref();
  });
  return Promise.race([promise, late]);
}

/** Runs one check; the first failure ends the process. Returns what `body` returns. */
export async function check(name, body) {
  try {
    const result = await inTime(body());
    passed += 1;
    console.log(`ok ${name}`);
    return result;
  } catch (error) {
    console.log(`FAILED ${name}: ${error.shortMessage ?? error.message}`);
    if (error.details) console.log(error.details);
    console.log(`${passed} passed, 1 failed`);
    process.exit(1);
  }
}

/** The last line. Open connections do not keep the process alive. */
export function finish() {
  console.log(`${passed} passed, 0 failed`);
  process.exit(0);
}
