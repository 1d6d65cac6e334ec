// Writes the genesis files of Ethereum's networks, with an empty chain beside each: networks.mjs FOLDER
// The states come from an npm package; the repository holds none of them.
import { mkdirSync, writeFileSync } from "node:fs";
import { Hoodi, Mainnet, Sepolia } from "@ethereumjs/common";
import { getGenesis } from "@ethereumjs/genesis";

// geth's names of forks, where they are not the fork's name and "Block" or "Time".
const NAMES = {
  tangerineWhistle: ["eip150Block"],
  spuriousDragon: ["eip155Block", "eip158Block"],
  arrowGlacier: ["arrowGlacierBlock"],
  mergeNetsplitBlock: ["mergeNetsplitBlock"],
};
// The transfer of the DAO fork is refused by name, and forks without a time have no rules yet.
const LEFT_OUT = new Set(["chainstart", "dao", "paris", "mergeForkIdTransition"]);

const folder = process.argv[2];
if (!folder) {
  console.error("usage: networks.mjs FOLDER");
  process.exit(2);
}
for (const chain of [Mainnet, Sepolia, Hoodi]) {
  const file = { config: config(chain), ...header(chain.genesis), alloc: alloc(getGenesis(chain.chainId)) };
  mkdirSync(`${folder}/${chain.name}`, { recursive: true });
  writeFileSync(`${folder}/${chain.name}/genesis.json`, JSON.stringify(file));
  writeFileSync(`${folder}/${chain.name}/chain.rlp`, "");
}

function config(chain) {
  const out = { chainId: chain.chainId };
  for (const { name, block, timestamp } of chain.hardforks) {
    if (LEFT_OUT.has(name)) continue;
    if (timestamp !== undefined) {
      out[`${name}Time`] = Number(timestamp);
    } else if (typeof block === "number") {
      for (const key of NAMES[name] ?? [`${name}Block`]) out[key] = block;
    }
  }
  return out;
}

function header({ timestamp, gasLimit, difficulty, nonce, extraData, baseFeePerGas }) {
  const fee = baseFeePerGas === undefined ? {} : { baseFeePerGas: hex(baseFeePerGas) };
  return {
    timestamp: hex(timestamp ?? 0),
    gasLimit: hex(gasLimit),
    difficulty: hex(difficulty),
    nonce: hex(nonce),
    extraData,
    mixHash: `0x${"00".repeat(32)}`,
    coinbase: `0x${"00".repeat(20)}`,
    ...fee,
  };
}

function alloc(state) {
  const out = {};
  for (const [address, account] of Object.entries(state)) {
    const [balance, code, storage, nonce] = typeof account === "string" ? [account] : account;
    out[address] = { balance: hex(balance) };
    if (code && code !== "0x") out[address].code = code;
    if (storage?.length) out[address].storage = Object.fromEntries(storage.map(([key, value]) => [word(key), word(value)]));
    if (nonce) out[address].nonce = hex(nonce);
  }
  return out;
}

function hex(number) {
  return `0x${BigInt(number).toString(16)}`;
}

function word(text) {
  return `0x${BigInt(text).toString(16).padStart(64, "0")}`;
}
