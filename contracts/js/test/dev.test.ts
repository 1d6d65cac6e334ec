// The package against `sero dev`, with notes and proofs of `sero wallet`.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { hexToString, parseEther, parseEventLogs, toHex, type Hex } from "viem";
import {
  ASSETS,
  assetsAbi,
  categoryId,
  COIN,
  decodeAddress,
  decodeBundle,
  erc20FacadeAbi,
  facadeOf,
  hashShieldedTransaction,
  memoBytes,
  memoText,
  oneTimeAddress,
  parseHiddenNote,
  parseSeroLogs,
  parseShieldedTransaction,
  POOL,
  poolAbi,
  packagesAbi,
  PACKAGES,
  serializeShieldedTransaction,
  shieldedTransactionOf,
  ticketId,
  tokenId,
  type SeroLog,
} from "sero-js";
import { account, devNode, refusal } from "./support.js";
import { newWallet } from "./wallet.js";

const NAME = "GOLD";
const gold = tokenId(account.address, NAME);

describe("sero dev", async () => {
  const { client, wallet, mined, url } = await devNode();
  const person = newWallet(url);
  const logs: SeroLog[] = [];
  /** Hashes of shielded transactions. */
  const shielded: { transfer?: Hex; call?: Hex; box?: Hex } = {};

  /** Calls ASSETS or POOL, and keeps what they log. */
  async function call(request: object) {
    const receipt = await mined(await wallet.writeContract(request as never));
    const found = parseSeroLogs(receipt.logs);
    logs.push(...found);
    return { receipt, found };
  }

  async function walletRan(...args: string[]): Promise<Hex> {
    const { transactionHash, success } = person.run(...args);
    assert.equal(success, true);
    logs.push(...parseSeroLogs((await client.getTransactionReceipt({ hash: transactionHash })).logs));
    return transactionHash;
  }

  before(async () => {
    const fee = await client.readContract({ address: ASSETS, abi: assetsAbi, functionName: "registrationFee" });
    const assets = { address: ASSETS, abi: assetsAbi, account, chain: wallet.chain } as const;
    await call({ ...assets, functionName: "registerToken", args: [NAME, 6], value: fee });
    await call({ ...assets, functionName: "registerCategory", args: ["SHOW"], value: fee });
    await call({ ...assets, functionName: "mint", args: [gold, account.address, 1000n] });
    await call({ ...assets, functionName: "issueTicket", args: [categoryId(account.address, "SHOW"), 7n, account.address] });
    await call({ ...assets, functionName: "approve", args: [POOL, gold, 1n] });
    await call({ ...assets, functionName: "setOperator", args: [POOL, true] });
    const pkr = oneTimeAddress(decodeAddress("dev", person.address));
    const shield = [pkr, gold, 25n, memoBytes("grüße")] as const;
    await call({ address: POOL, abi: poolAbi, functionName: "shield", args: shield, account, chain: wallet.chain });
    await walletRan("shield", "--amount", "100 SERO", "--from", account.address);
    shielded.transfer = await walletRan("send", "--to", person.address, "--amount", "1 SERO");
    shielded.call = await walletRan("call", "--to", account.address, "--data", "0x", "--value", "0.5 SERO");
    shielded.box = await walletRan("package", "create", "--amount", "2 SERO", "--data", "sealed", "--owner", account.address);
  });

  test("chain, tree and assets", async () => {
    const info = await client.getSeroChainInfo();
    const genesis = await client.getBlock({ blockNumber: 0n });
    assert.equal(info.chainId, client.chain.id);
    assert.equal(info.network, "dev");
    assert.equal(info.genesisHash, genesis.hash);
    assert.equal(info.registrationFee, parseEther("1"));
    assert.equal(info.depositPool, 0);
    const tree = await client.getTreeState();
    assert.equal(tree.blockNumber, await client.getBlockNumber());
    assert.equal(tree.noteCount, info.pools[0]?.noteCount);
    assert.ok(tree.noteCount >= 4n);
    assert.equal((await client.getTreeState({ block: 0n, pool: 0 })).noteCount, 0n);

    const token = { id: gold, kind: "token", name: NAME, decimals: 6, issuer: account.address.toLowerCase(), category: null, number: null };
    assert.deepEqual(await client.getAsset({ asset: NAME }), token);
    assert.deepEqual(await client.getAsset({ asset: gold }), token);
    assert.equal((await client.getAsset({ asset: 5n })).kind, "unknown");
    const ticket = ticketId(categoryId(account.address, "SHOW"), 7n);
    const { category, number } = await client.getAsset({ asset: ticket });
    assert.deepEqual([category, number], [categoryId(account.address, "SHOW"), 7n]);
    const { assets, head, nextBlock } = await client.listAssets();
    assert.deepEqual(assets.map(({ kind }) => kind), ["coin", "token", "category", "ticket"]);
    assert.equal(assets[0]?.id, COIN);
    assert.equal(nextBlock, head + 1n);
    assert.equal((await client.listAssets({ fromBlock: 1n, limit: 1n })).assets.length, 1);
  });

  test("facades are where `facadeOf` says", async () => {
    for (const id of [gold, categoryId(account.address, "SHOW")]) {
      const facade = await client.readContract({ address: ASSETS, abi: assetsAbi, functionName: "facadeOf", args: [id] });
      assert.equal(facadeOf(id), facade);
    }
    const facade = { address: facadeOf(gold), abi: erc20FacadeAbi } as const;
    assert.equal(await client.readContract({ ...facade, functionName: "totalSupply" }), 1000n);
    const transfer = logs.find(({ eventName }) => eventName === "Transfer") ?? assert.fail();
    const receipt = await client.getTransactionReceipt({ hash: transfer.transactionHash ?? assert.fail() });
    const [event] = parseEventLogs({ abi: erc20FacadeAbi, logs: receipt.logs, eventName: "Transfer" });
    assert.deepEqual(event?.args, { from: "0x0000000000000000000000000000000000000000", to: account.address, value: 1000n });
  });

  test("supply, and its recount", async () => {
    const supply = await client.getSupply({ asset: NAME });
    assert.deepEqual(supply, { asset: gold, issued: 1000n, public: 975n, hidden: 25n });
    const audit = await client.auditSupply();
    assert.equal(audit.agrees, true);
    const row = audit.assets.find(({ asset }) => asset === gold) ?? assert.fail();
    assert.deepEqual([row.name, row.recount, row.agrees], [NAME, { issued: 1000n, public: 975n, hidden: 25n }, true]);
  });

  test("a wallet finds what was paid to a one-time address made here", async () => {
    const shown = JSON.stringify(person.run("balance"));
    assert.match(shown, /"GOLD"/);
    assert.match(shown, /"25"/);
  });

  test("notes by range", async () => {
    const { notes, noteCount } = await client.getNotes({ fromPosition: 0n });
    assert.equal(BigInt(notes.length), noteCount);
    const [first] = notes;
    assert.ok(first?.kind === "public");
    assert.deepEqual([first.position, first.asset, first.amount, memoText(first.memo)], [0n, gold, 25n, "grüße"]);
    const hidden = notes.find(({ kind }) => kind === "hidden");
    assert.ok(hidden?.kind === "hidden");
    assert.equal(parseHiddenNote(hidden.ciphertext).ciphertext.length, 2 + 2 * 194);
    const all = [];
    for await (const note of client.notes({ pageSize: 1 })) all.push(note);
    assert.deepEqual(all, notes);
    await assert.rejects(client.notes({ pageSize: 0 }).next(), /^SeroError: pageSize: expected 1 or more, found 0$/);
    const some = [];
    for await (const note of client.notes({ fromPosition: 1n, toPosition: 3n, pool: 0 })) some.push(note);
    assert.deepEqual(some, notes.slice(1, 3));
    assert.deepEqual((await client.getNotes({ fromPosition: 1n, limit: 1 })).notes, notes.slice(1, 2));
  });

  test("shielded blocks and nullifiers", async () => {
    const { blocks, head, nextBlock } = await client.getShieldedBlocks({ fromBlock: 0n });
    assert.equal(nextBlock, head + 1n);
    const nullifiers = blocks.flatMap((block) => block.nullifiers.map((spent) => ({ ...spent, block: block.number })));
    assert.ok(nullifiers.length >= 2);
    const status = await client.getNullifierStatus({ nullifiers: [...nullifiers.map(({ nullifier }) => nullifier), toHex(1, { size: 32 })] });
    assert.deepEqual(status.map(({ spentInBlock }) => spentInBlock), [...nullifiers.map(({ block }) => block), null]);
    const box = blocks.flatMap(({ packages }) => packages)[0];
    assert.ok(box?.event === "created");
    assert.equal(box.owner, account.address.toLowerCase());
    assert.equal((await client.getShieldedBlocks({ fromBlock: 0n, maxBlocks: 1n })).blocks.length, 1);
  });

  test("shielded transactions of the node are read, and give the same bytes", async () => {
    for (const hash of [shielded.transfer, shielded.call, shielded.box]) {
      assert.ok(hash);
      const transaction = await client.getTransaction({ hash });
      assert.ok(transaction.type === "shielded");
      const tx = shieldedTransactionOf(transaction);
      const raw = await client.request({ method: "eth_getRawTransactionByHash" as never, params: [hash] as never });
      assert.equal(serializeShieldedTransaction(tx), raw);
      assert.equal(hashShieldedTransaction(tx), hash);
      assert.deepEqual(parseShieldedTransaction(raw), tx);

      const receipt = await client.getTransactionReceipt({ hash });
      assert.equal(receipt.type, "shielded");
      assert.equal(receipt.status, "success");
      const block = await client.getBlock({ blockNumber: receipt.blockNumber, includeTransactions: true });
      assert.deepEqual(block.transactions[receipt.transactionIndex], transaction);

      const decoded = await client.decodeShielded({ serializedTransaction: raw });
      assert.equal(decoded.hash, hash);
      assert.equal(decoded.kind, tx.call ? "call" : "transfer");
      assert.equal(decoded.fee, tx.gas * tx.maxFeePerGas);
      const { spends, outputs, packages, balance } = decodeBundle(transaction.shielded.bundle);
      const without = <T extends object>(list: readonly T[]) =>
        list.map((item) => Object.fromEntries(Object.entries(item).filter(([key]) => key !== "proof" && key !== "authSig")));
      assert.deepEqual(decoded.bundle.spends, without(spends));
      assert.deepEqual(decoded.bundle.outputs, without(outputs));
      assert.deepEqual(decoded.bundle.packages, without(packages));
      assert.deepEqual(decoded.bundle.balance, balance);
    }
    const transaction = await client.getTransaction({ hash: logs[0]?.transactionHash ?? assert.fail() });
    assert.equal(transaction.type, "eip1559");
    assert.equal(transaction.shielded, undefined);
    assert.match(refusal(() => shieldedTransactionOf(transaction), "eip1559").message, /^type: expected shielded, found eip1559$/);
  });

  test("refusals of the node come in its own words", async () => {
    const raw = (await client.request({ method: "eth_getRawTransactionByHash" as never, params: [shielded.call] as never })) as Hex;
    const spent = await client.simulateShielded({ serializedTransaction: raw }).catch((error: unknown) => error);
    assert.ok(spent instanceof Error);
    assert.match(spent.message, /spent/);
    await assert.rejects(client.decodeShielded({ serializedTransaction: "0x02c0" }), /cannot be decoded/);
    await assert.rejects(client.getSupply({ asset: "NOBODY" }), /no asset has this name/);
    await assert.rejects(client.getNotes({ fromPosition: 0n, pool: 9 }), /^SeroError: pool: expected 0 to 7, found 9$/);
    await assert.rejects(client.getNotes({ fromPosition: -1n }), /fromPosition: expected a bigint from 0 to 2\^64 - 1, found -1/);
    await assert.rejects(client.getAsset({ asset: -1n }), /asset: expected an id below 2\^256, or a name/);
  });

  test("logs of every kind that was caused are decoded by name", () => {
    const names = new Set(logs.map(({ contract, eventName }) => `${contract}.${eventName}`));
    const expected = ["ASSETS.Approval", "ASSETS.CategoryRegistered", "ASSETS.OperatorSet", "ASSETS.TicketIssued", "ASSETS.TokenRegistered",
      "ASSETS.Transfer", "PACKAGES.PackageCreated", "POOL.Flow", "POOL.HiddenNote", "POOL.NullifierSpent", "POOL.PublicNote"];
    assert.deepEqual([...names].sort(), expected);
    const note = logs.find((log) => log.contract === "POOL" && log.eventName === "PublicNote") ?? assert.fail();
    assert.ok(note.contract === "POOL" && note.eventName === "PublicNote");
    assert.deepEqual([note.args.asset, note.args.amount, hexToString(note.args.memo)], [gold, 25n, "grüße"]);
  });

  test("a package that is handed on logs by name", async () => {
    const box = logs.find((log) => log.eventName === "PackageCreated") ?? assert.fail();
    assert.ok(box.eventName === "PackageCreated");
    const packages = { address: PACKAGES, abi: packagesAbi, account, chain: wallet.chain } as const;
    const { found } = await call({ ...packages, functionName: "transfer", args: [box.args.id, "0x0000000000000000000000000000000000000abc"] });
    assert.deepEqual(found.map(({ eventName }) => eventName), ["PackageTransferred"]);
  });
});
