require("@nomicfoundation/hardhat-ethers");
require("@nomicfoundation/hardhat-chai-matchers");
require("@nomicfoundation/hardhat-ignition-ethers");
const { subtask } = require("hardhat/config");
const { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } = require("hardhat/builtin-tasks/task-names");

const { version } = require("solc/package.json");
const mnemonic = "test test test test test test test test test test test junk";

// The compiler of npm's solc, so that nothing is fetched.
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async (args, _hre, runSuper) => {
  if (args.solcVersion !== version) return runSuper();
  const longVersion = require("solc").version();
  return { compilerPath: require.resolve("solc/soljson.js"), isSolcJs: true, version, longVersion };
});

module.exports = {
  solidity: { version, settings: { evmVersion: "cancun", optimizer: { enabled: true, runs: 200 } } },
  networks: { target: { url: process.env.RPC ?? "http://127.0.0.1:8545", accounts: { mnemonic } } },
};
