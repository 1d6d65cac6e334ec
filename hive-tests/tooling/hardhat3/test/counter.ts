// Hardhat 3 with viem against a node: deploy, write, read, events, named errors, network helpers.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network } from "hardhat";

const { viem, networkHelpers, networkName, provider } = await network.create();
const publicClient = await viem.getPublicClient();

describe("Counter", async () => {
  it("is deployed, adds, and tells", async () => {
    const counter = await viem.deployContract("Counter");
    const before = await publicClient.getBlockNumber();
    await viem.assertions.emit(counter.write.add([5n]), counter, "Added");
    assert.equal(await counter.read.number(), 5n);
    const events = await publicClient.getContractEvents({
      address: counter.address,
      abi: counter.abi,
      eventName: "Added",
      fromBlock: before,
      strict: true,
    });
    assert.deepEqual(events.map((event) => event.args.amount), [5n]);
  });

  it("has its errors decoded by name", async () => {
    const counter = await viem.deployContract("Counter");
    // Where blocks come at a pace, the next call is to see this one.
    await publicClient.waitForTransactionReceipt({ hash: await counter.write.add([7n]) });
    await viem.assertions.revertWithCustomErrorWithArgs(counter.write.add([994n]), counter, "TooMuch", [7n, 994n, 1000n]);
    await assert.rejects(counter.simulate.add([2000n]), /TooMuch/);
  });

  it("pays", async () => {
    const [, , to] = await viem.getWalletClients();
    const [from] = await viem.getWalletClients();
    const before = await publicClient.getBalance({ address: to.account.address });
    const hash = await from.sendTransaction({ to: to.account.address, value: 123n });
    const receipt = await publicClient.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, "success");
    assert.equal(await publicClient.getBalance({ address: to.account.address }), before + 123n);
  });

  // With what drives a development chain.
  it("goes back and forth in time, and sends as anybody", { skip: Boolean(process.env.AS_PUBLIC) }, async () => {
    const fixture = async () => viem.deployContract("Counter");
    const first = await networkHelpers.loadFixture(fixture);
    await first.write.add([9n]);
    const second = await networkHelpers.loadFixture(fixture);
    assert.equal(second.address, first.address);
    assert.equal(await second.read.number(), 0n);
    const latest = await networkHelpers.time.latest();
    await networkHelpers.time.increaseTo(latest + 3600);
    assert.equal(await networkHelpers.time.latest(), latest + 3600);
    const height = await networkHelpers.time.latestBlock();
    await networkHelpers.mine(3);
    assert.equal(await networkHelpers.time.latestBlock(), height + 3);
    const somebody = "0x00000000000000000000000000000000000000aa";
    await networkHelpers.setBalance(somebody, 10n ** 18n);
    assert.equal(await publicClient.getBalance({ address: somebody }), 10n ** 18n);
    // Hardhat itself signs for `target`, and has no key of somebody.
    if (networkName === "remote") {
      await networkHelpers.impersonateAccount(somebody);
      const params = [{ from: somebody, to: second.address, data: "0x1003e2d20000000000000000000000000000000000000000000000000000000000000004" }];
      const hash = (await provider.request({ method: "eth_sendTransaction", params })) as `0x${string}`;
      const receipt = await publicClient.waitForTransactionReceipt({ hash });
      assert.equal(receipt.from, somebody);
      assert.equal(await second.read.number(), 4n);
      await networkHelpers.stopImpersonatingAccount(somebody);
    }
    await networkHelpers.setStorageAt(second.address, 0, 77n);
    assert.equal(await second.read.number(), 77n);
    await networkHelpers.setNextBlockBaseFeePerGas(7n);
    await networkHelpers.mine();
    assert.equal((await publicClient.getBlock()).baseFeePerGas, 7n);
  });
});
