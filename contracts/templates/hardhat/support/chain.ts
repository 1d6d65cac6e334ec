// What a test needs of SERO on Hardhat's own EVM, in one place. The precompiles are models in Solidity: their rules, errors
// and logs are the chain's; proofs hold, and the gas is not the chain's.
import { network } from "hardhat";
import { encodeFunctionData, keccak256, parseAbi, parseEther, stringToHex, type Abi, type Address, type Hex } from "viem";
import { ASSETS, facadeOf, POOL, seroErrorsAbi } from "#sero";
import { installFacade, installSero } from "../lib/sero/hardhat/install.mjs";

/** What a name costs. */
export const FEE = parseEther("1");

const modelAbi = parseAbi([
  "struct Attachment { uint256 asset; uint256 amount; }",
  "function modelBegin(address from, uint64 nonce, bytes refund, bytes bundle) payable",
  "function modelAttach(address from, address to, Attachment[] attachments)",
  "function modelDetach()",
]);

/** A call from notes. */
export type ShieldedCall = {
  /** A one-time account. */
  from: Address;
  to: Address;
  abi: Abi;
  functionName: string;
  args: readonly unknown[];
  /** Attached: `amount` of `asset`, out of the public balance of `from`. */
  asset: bigint;
  amount: bigint;
  /** Where everything that comes back goes: a one-time address. */
  refund: Hex;
};

/** A fresh chain with the precompiles at their addresses. */
export async function startChain() {
  const connection = await network.create();
  const { viem, networkHelpers } = connection;
  const client = await viem.getPublicClient();
  const [deployer] = await viem.getWalletClients();
  if (!deployer) throw new Error("Hardhat has no account");
  const send = (to: Address, data: Hex) => deployer.sendTransaction({ to, data });

  await installSero(connection.provider);

  /** Makes the facade of a token or category, which no model can make by itself here. Returns its address. */
  async function facade(id: bigint): Promise<Address> {
    await installFacade(connection.provider, id);
    return facadeOf(id);
  }

  /** Runs a shielded call; what nobody took returns, also when the call is refused. Returns its receipt. */
  async function shieldedCall(call: ShieldedCall) {
    const { from, to, abi, functionName, args, asset, amount, refund } = call;
    const attachments = [{ asset, amount }];
    await send(POOL, encodeFunctionData({ abi: modelAbi, functionName: "modelBegin", args: [from, 0n, refund, "0x"] }));
    await send(ASSETS, encodeFunctionData({ abi: modelAbi, functionName: "modelAttach", args: [from, to, attachments] }));
    await networkHelpers.setBalance(from, parseEther("1"));
    await networkHelpers.impersonateAccount(from);
    try {
      const caller = await viem.getWalletClient(from);
      const hash = await caller.writeContract({ address: to, abi: [...abi, ...seroErrorsAbi], functionName, args });
      return await client.waitForTransactionReceipt({ hash });
    } finally {
      await networkHelpers.stopImpersonatingAccount(from);
      await send(ASSETS, encodeFunctionData({ abi: modelAbi, functionName: "modelDetach" }));
    }
  }

  return { ...connection, client, facade, shieldedCall };
}

/** A one-time account's address. */
export const oneTimeAccount = (name: string): Address => `0x${keccak256(stringToHex(name)).slice(26)}`;

/** Somebody's payment address, as a wallet shows it. */
export const RECEIVER =
  "dsero1qy866ayvghctu9utzcvfj7s2c4cq7vp332457qgqef6myav0e4hdfrmdj06cllk0y03td54c2xmfz9mlpwvgdpzp8eqqfgdxhkapx5mha4jrwh";
