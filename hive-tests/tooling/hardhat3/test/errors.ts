// Every custom error of the precompiles comes out of Hardhat by name, from the chain that is tested and from Hardhat's own.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { encodeFunctionData } from "viem";

describe("Custom errors", async () => {
  const { viem } = await network.create();
  const client = await viem.getPublicClient();
  const thrower = await viem.deployContract("Thrower");
  const names = thrower.abi.flatMap((item) => (item.type === "function" ? [item.name] : []));

  it("are decoded by name when they come from the node", async () => {
    assert.ok(names.length >= 84, `${names.length} errors`);
    for (const functionName of names) {
      const name = functionName.replace(/^e\d+_/, "");
      const call = client.readContract({ address: thrower.address, abi: thrower.abi, functionName });
      await assert.rejects(call, new RegExp(`Error: ${name}\\(`));
      await viem.assertions.revertWithCustomError(call, thrower, name as never);
    }
  });

  it("are decoded by name when they come from Hardhat's own chain", async () => {
    const own = await network.create("default");
    const { address, abi } = await own.viem.deployContract("Thrower");
    for (const functionName of names) {
      const data = encodeFunctionData({ abi, functionName });
      const call = own.provider.request({ method: "eth_call", params: [{ to: address, data }, "latest"] });
      await assert.rejects(call, new RegExp(`reverted with custom error '${functionName.replace(/^e\d+_/, "")}\\(`));
    }
  });
});
