import hardhatToolboxViem from "@nomicfoundation/hardhat-toolbox-viem";
import { defineConfig } from "hardhat/config";
import { createRequire } from "node:module";

// The compiler of npm's solc, so that nothing is fetched.
const path = createRequire(import.meta.url).resolve("solc/soljson.js");
const mnemonic = "test test test test test test test test test test test junk";
const url = process.env.RPC ?? "http://127.0.0.1:8545";

export default defineConfig({
  plugins: [hardhatToolboxViem],
  solidity: { version: "0.8.30", path, settings: { evmVersion: "prague", optimizer: { enabled: true, runs: 200 } } },
  networks: {
    // Signs by itself.
    target: { type: "http", chainType: "l1", url, accounts: { mnemonic } },
    // Has the node sign.
    remote: { type: "http", chainType: "l1", url },
  },
});
