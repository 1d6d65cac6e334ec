// Hardhat 2 with ethers 6 against a node: deploy, write, read, events, named errors, network helpers.
const { expect } = require("chai");
const { ethers } = require("hardhat");
const helpers = require("@nomicfoundation/hardhat-network-helpers");

describe("Counter", () => {
  const deployed = async () => {
    const counter = await ethers.deployContract("Counter");
    await counter.waitForDeployment();
    return counter;
  };

  it("is deployed, adds, and tells", async () => {
    const counter = await deployed();
    const [signer] = await ethers.getSigners();
    const transaction = await counter.add(5);
    // The matcher does not wait for a block.
    await transaction.wait();
    await expect(transaction).to.emit(counter, "Added").withArgs(signer.address, 5, 5);
    expect(await counter.number()).to.equal(5);
    const logs = await counter.queryFilter(counter.filters.Added(signer.address));
    expect(logs.map((log) => log.args.amount)).to.deep.equal([5n]);
  });

  it("has its errors decoded by name", async () => {
    const counter = await deployed();
    await expect(counter.add(2000)).to.be.revertedWithCustomError(counter, "TooMuch").withArgs(0, 2000, 1000);
  });

  it("pays", async () => {
    const [from, to] = await ethers.getSigners();
    await expect(from.sendTransaction({ to: to.address, value: 123n })).to.changeEtherBalance(to, 123n);
  });

  // With what drives a development chain.
  (process.env.AS_PUBLIC ? it.skip : it)("goes back and forth in time", async () => {
    const first = await helpers.loadFixture(deployed);
    await (await first.add(9)).wait();
    const second = await helpers.loadFixture(deployed);
    expect(second.target).to.equal(first.target);
    expect(await second.number()).to.equal(0);
    const latest = await helpers.time.latest();
    await helpers.time.increase(3600);
    expect(await helpers.time.latest()).to.be.within(latest + 3600, latest + 3700);
    await helpers.setBalance("0x00000000000000000000000000000000000000aa", 7n);
    expect(await ethers.provider.getBalance("0x00000000000000000000000000000000000000aa")).to.equal(7n);
    await helpers.setStorageAt(second.target, 0, 77);
    expect(await second.number()).to.equal(77);
  });
});
