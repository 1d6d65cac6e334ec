import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ASSETS, assetsAbi, decodeAddress, erc20FacadeAbi, memoBytes, oneTimeAddress, parseSeroLogs, seroErrorsAbi, tokenId } from "#sero";
import { FEE, RECEIVER, startChain } from "../support/chain.js";

describe("Token", async () => {
  const { viem, client, facade } = await startChain();
  const [owner, other] = await viem.getWalletClients();
  assert.ok(owner && other);
  const token = await viem.deployContract("Token", ["GOLD", 6], { value: FEE });
  const asset = await token.read.asset();
  /** The token with the errors of the precompiles, which come through it. */
  const named = await viem.getContractAt("Token", token.address);
  const abi = [...token.abi, ...seroErrorsAbi] as const;

  it("is registered and answers as ERC-20", async () => {
    assert.equal(asset, tokenId(token.address, "GOLD"));
    const address = await facade(asset);
    assert.equal(await client.readContract({ address, abi: erc20FacadeAbi, functionName: "decimals" }), 6);
    assert.equal(await client.readContract({ address, abi: erc20FacadeAbi, functionName: "name" }), "GOLD");
  });

  it("is issued in private: everybody sees a note, and not whose", async () => {
    const pkr = oneTimeAddress(decodeAddress("dev", RECEIVER));
    const hash = await token.write.mintPrivate([pkr, 70n, memoBytes("first")]);
    const receipt = await client.waitForTransactionReceipt({ hash });
    const note = parseSeroLogs(receipt.logs).find((log) => log.eventName === "PublicNote");
    assert.ok(note?.eventName === "PublicNote");
    assert.deepEqual([note.args.asset, note.args.amount, note.args.pkr], [asset, 70n, pkr]);
    const supply = await client.readContract({ address: ASSETS, abi: assetsAbi, functionName: "supply", args: [asset] });
    assert.deepEqual(supply, [70n, 0n, 70n]);
  });

  it("has its refusals decoded by name", async () => {
    const at = { address: token.address, abi, account: owner.account } as const;
    await assert.rejects(
      client.simulateContract({ ...at, functionName: "mintPrivate", args: ["0x1234", 1n, "0x"] }),
      /InvalidPkr\(string reason\)\s+\(a PKr has 128 bytes, not 2\)/,
    );
    await viem.assertions.revertWithCustomErrorWithArgs(
      owner.writeContract({ ...at, functionName: "mintPublic", args: [owner.account.address, 1n << 128n] }),
      { ...named, abi },
      "InvalidAmount",
      [1n << 128n],
    );
  });

  it("is issued by its owner alone", async () => {
    const minting = token.write.mintPublic([other.account.address, 1n], { account: other.account });
    await viem.assertions.revertWithCustomError(minting, token, "NotOwner");
  });
});
