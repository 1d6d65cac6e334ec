import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ASSETS, assetsAbi, decodeAddress, oneTimeAddress, parseSeroLogs, ticketId } from "#sero";
import { FEE, oneTimeAccount, RECEIVER, startChain } from "../support/chain.js";

const PRICE = 25n;
const BUYER = oneTimeAccount("buyer");

describe("TicketShop", async () => {
  const { viem, client, shieldedCall } = await startChain();
  const token = await viem.deployContract("Token", ["GOLD", 6], { value: FEE });
  const gold = await token.read.asset();
  const shop = await viem.deployContract("TicketShop", ["Show", gold, PRICE], { value: FEE });
  await token.write.mintPublic([BUYER, 100n]);
  const pkr = () => oneTimeAddress(decodeAddress("dev", RECEIVER));
  const { address: to, abi } = shop;

  const buy = (number: bigint, amount: bigint, refund = pkr()) =>
    shieldedCall({ from: BUYER, to, abi, functionName: "buy", args: [number], asset: gold, amount, refund });
  const held = () => client.readContract({ address: ASSETS, abi: assetsAbi, functionName: "balanceOf", args: [BUYER, gold] });

  it("sells a ticket as a note", async () => {
    const refund = pkr();
    const receipt = await buy(7n, PRICE, refund);
    const note = parseSeroLogs(receipt.logs).find((log) => log.eventName === "PublicNote");
    assert.ok(note?.eventName === "PublicNote");
    const ticket = ticketId(await shop.read.category(), 7n);
    assert.deepEqual([note.args.asset, note.args.amount, note.args.pkr], [ticket, 1n, refund]);
    assert.equal(await shop.read.proceeds(), PRICE);
    assert.equal(await held(), 100n - PRICE);
  });

  it("refuses by name, at no cost to the buyer", async () => {
    const ticket = ticketId(await shop.read.category(), 7n);
    await assert.rejects(buy(7n, PRICE), new RegExp(`AlreadyIssued\\(uint256 asset\\)\\s+\\(${ticket}\\)`));
    await assert.rejects(buy(8n, PRICE - 1n), /WrongAttachment\(/);
    await assert.rejects(buy(1000n, PRICE), /NoSuchTicket\(uint256 number, uint256 tickets\)\s+\(1000, 1000\)/);
    assert.equal(await held(), 100n - PRICE);
  });

  it("pays its owner in private", async () => {
    await shop.write.withdraw([pkr()]);
    assert.equal(await shop.read.proceeds(), 0n);
    const supply = await client.readContract({ address: ASSETS, abi: assetsAbi, functionName: "supply", args: [gold] });
    assert.deepEqual(supply, [100n, 100n - PRICE, PRICE]);
  });
});
