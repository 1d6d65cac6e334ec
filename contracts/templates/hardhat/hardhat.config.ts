import hardhatToolboxViem from "@nomicfoundation/hardhat-toolbox-viem";
import { defineConfig } from "hardhat/config";
import { createRequire } from "node:module";

// npm's compiler, so that nothing is fetched.
const path = createRequire(import.meta.url).resolve("solc/soljson.js");

// The accounts of every `sero dev`, known to everybody.
const mnemonic = "test test test test test test test test test test test junk";

export default defineConfig({
  plugins: [hardhatToolboxViem],
  solidity: { version: "0.8.30", path, settings: { evmVersion: "prague", optimizer: { enabled: true, runs: 200 } } },
  networks: {
    // Where tests run; support/chain.ts puts models of the precompiles there.
    default: { type: "edr-simulated", chainType: "l1", allowUnlimitedContractSize: true },
    sero: { type: "http", chainType: "l1", url: process.env.RPC ?? "http://127.0.0.1:8545", accounts: { mnemonic } },
  },
});
