// The precompiles' models on a Hardhat network, or on anvil: any EIP-1193 provider with hardhat_setCode.
//
//   import { installSero, installFacade } from "sero-contracts/hardhat/install.mjs";
//   const provider = (await network.connect()).provider;      // Hardhat 3; in Hardhat 2: hre.network.provider
//   await installSero(provider);
//   ... registerToken(...)
//   await installFacade(provider, asset);                     // the token as ERC-20, the category as ERC-721
//
// A contract cannot put code at a facade's address, and here no cheat code does it at the moment of registration: a test
// does it afterwards by `installFacade`, or before by `prepareFacade`, which also makes the registration's own logs
// appear at the facade.
import { readFileSync } from "node:fs";

const ASSETS = "0x0000000000000000000000000000000000005301";
const POOL = "0x0000000000000000000000000000000000005302";
const KIND_CATEGORY = 3n;

/** First four bytes of keccak256 of each signature. */
const SELECTORS = {
  assetsGenesis: "0xf1500a6e", // modelGenesis(uint256,uint256)
  poolGenesis: "0x6b33c894", // modelGenesis()
  facadeOf: "0xf2eee57e", // facadeOf(uint256)
  assetInfo: "0xa879fcbb", // assetInfo(uint256)
};

/** Name, address and runtime code of each contract that belongs to the models. */
export const models = JSON.parse(readFileSync(new URL("../artifacts/models.json", import.meta.url), "utf8"));

const word = (value) => BigInt(value).toString(16).padStart(64, "0");

/**
 * Puts the models at the precompiles' addresses and begins a chain: one pool, which takes deposits.
 * @param provider an EIP-1193 provider with an unlocked account
 * @param registrationFee what a name costs, in base units; 1 SERO unless given
 * @param issuedCoin the coins that exist as far as ASSETS knows
 */
export async function installSero(provider, { registrationFee = 10n ** 18n, issuedCoin = 1n << 127n } = {}) {
  for (const { address, code } of models) {
    await provider.request({ method: "hardhat_setCode", params: [address, code] });
  }
  await send(provider, ASSETS, SELECTORS.assetsGenesis + word(registrationFee) + word(issuedCoin));
  await send(provider, POOL, SELECTORS.poolGenesis);
}

/** Puts a facade's code at its address before its token (or category) is registered; registration does the rest. */
export async function prepareFacade(provider, id, kind) {
  const name = { token: "Erc20FacadeModel", category: "Erc721FacadeModel" }[kind];
  if (!name) throw new Error(`kind is ${kind}, allowed are "token" and "category"`);
  const address = await facadeOf(provider, id);
  const { code } = models.find((model) => model.name === name);
  await provider.request({ method: "hardhat_setCode", params: [address, code] });
  return address;
}

/** Makes the facade of a registered token or category; returns its address. */
export async function installFacade(provider, id) {
  const info = await call(provider, ASSETS, SELECTORS.assetInfo + word(id));
  // A dynamic struct: its place, then its kind.
  const kind = BigInt(`0x${info.slice(66, 130)}`);
  if (kind !== 2n && kind !== KIND_CATEGORY) throw new Error(`${id} is no registered token or category`);
  const address = await prepareFacade(provider, id, kind === KIND_CATEGORY ? "category" : "token");
  await provider.request({ method: "hardhat_setStorageAt", params: [address, "0x0", `0x${word(id)}`] });
  return address;
}

async function facadeOf(provider, id) {
  return `0x${(await call(provider, ASSETS, SELECTORS.facadeOf + word(id))).slice(26)}`;
}

function call(provider, to, data) {
  return provider.request({ method: "eth_call", params: [{ to, data }, "latest"] });
}

/** A transaction of the first account, to its receipt. */
async function send(provider, to, data) {
  const [from] = await provider.request({ method: "eth_accounts", params: [] });
  if (!from) throw new Error("the provider has no account to send from");
  const hash = await provider.request({ method: "eth_sendTransaction", params: [{ from, to, data }] });
  for (;;) {
    const receipt = await provider.request({ method: "eth_getTransactionReceipt", params: [hash] });
    if (receipt?.status === "0x1") return;
    if (receipt) throw new Error(`transaction ${hash} to ${to} failed`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
