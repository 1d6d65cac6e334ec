// The one statement of how the contracts are compiled. foundry.toml repeats it
// in Foundry's words; tools/build.mjs --forge shows that both agree.

/** solc's own version, as in package.json. */
export const SOLC_VERSION = "0.8.30";

/** `settings` of solc's standard JSON, without the output selection. */
export const SETTINGS = {
  evmVersion: "prague",
  metadata: { bytecodeHash: "none" },
  optimizer: { enabled: true, runs: 200 },
  viaIR: false,
};

/** The contracts whose artifacts are committed: file under src/, or ../test/ for what nobody should copy; name. */
export const ARTIFACTS = [
  ["examples/Counter.sol", "Counter"],
  ["examples/PlainToken.sol", "PlainToken"],
  ["examples/PrivateToken.sol", "PrivateToken"],
  ["examples/Relay.sol", "Relay"],
  ["examples/SealedBidAuction.sol", "SealedBidAuction"],
  ["examples/TicketBox.sol", "TicketBox"],
  ["examples/TicketShop.sol", "TicketShop"],
  ["examples/openzeppelin/Escrow.sol", "Escrow"],
  ["examples/openzeppelin/Vault.sol", "Vault"],
  ["examples/openzeppelin/Vesting.sol", "Vesting"],
  ["facades/Erc20Facade.sol", "Erc20Facade"],
  ["facades/Erc721Facade.sol", "Erc721Facade"],
  ["examples/zkp/SolidityZkp.sol", "SolidityZkp"],
  ["../test/NaiveBox.sol", "NaiveBox"],
];

/** Of these, the ones whose runtime code the chain itself carries: artifacts/NAME.bin, raw bytes. */
export const RUNTIME = ["Erc20Facade", "Erc721Facade"];

/** The models of the precompiles, and what they need: contract, where its runtime code is put. artifacts/models.json */
export const MODELS = [
  ["model/AssetsModel.sol", "AssetsModel", "0x0000000000000000000000000000000000005301"],
  ["model/PoolModel.sol", "PoolModel", "0x0000000000000000000000000000000000005302"],
  ["model/PackagesModel.sol", "PackagesModel", "0x0000000000000000000000000000000000005303"],
  ["model/ZkpModel.sol", "ZkpModel", "0x0000000000000000000000000000000000005304"],
  ["model/FacadeModels.sol", "Erc20FacadeModel", "0x882dc2ef4da717efdf7b16fa3bdf578029222bb4"],
  ["model/FacadeModels.sol", "Erc721FacadeModel", "0x6b4db9bfdaf5c4be4cc3aa1a0912260234eaa04c"],
];
