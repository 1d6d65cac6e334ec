import assert from "node:assert/strict";
import { test } from "node:test";
import { hexToBytes, toHex, type Hex } from "viem";
import { categoryId, checkAmount, checkName, COIN, facadeOf, ticketId, tokenId } from "sero-js";
import { refusal, vectors, type Case } from "./support.js";

/** A name of the vectors as text, or undefined where it is not UTF-8. */
function text(bytes: Hex): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(hexToBytes(bytes));
  } catch {
    return undefined;
  }
}

test("ids of the vectors", () => {
  const id = (row: Case) => {
    if (row.kind === "coin") return COIN;
    if (row.kind === "ticket") return ticketId(BigInt(row.category), BigInt(row.number));
    return (row.kind === "token" ? tokenId : categoryId)(row.issuer, text(row.name as Hex) ?? assert.fail());
  };
  for (const row of vectors("asset", ["coin", "token", "category", "ticket"])) assert.equal(toHex(id(row), { size: 32 }), row.id);
});

test("names of the vectors are judged as there", () => {
  const words: Record<string, RegExp> = {
    length: /expected 1 to 32 bytes of UTF-8, found \d+/,
    control: /expected no control characters, found U\+00/,
    invisible: /expected no invisible characters, found U\+/,
    "white-space": /expected no white space around it/,
    "not-nfc": /expected Unicode normalisation form C/,
  };
  let judged = 0;
  for (const row of vectors("asset", ["name"])) {
    const name = text(row.name as unknown as Hex);
    // A JavaScript text cannot be bytes that are not UTF-8.
    if (name === undefined) assert.equal(row.reason, "utf-8");
    else if (row.valid) checkName(name);
    else assert.match(refusal(() => checkName(name), row.name).message, words[row.reason] ?? assert.fail(row.reason));
    judged++;
  }
  assert.ok(judged >= 52);
  assert.match(refusal(() => checkName("a\ud800"), "surrogate").message, /well-formed Unicode/);
});

test("numbers out of range are named", () => {
  assert.match(refusal(() => ticketId(1n << 255n, 1n), "category").message, /^category: expected a number below the order/);
  assert.match(refusal(() => ticketId(1n, 1n << 256n), "number").message, /^number: expected 0 to 2\^256 - 1/);
  assert.match(refusal(() => tokenId("0x12", "A"), "issuer").message, /^issuer: expected 20 bytes, found 1/);
  assert.match(refusal(() => facadeOf(-1n), "id").message, /^id: expected/);
  for (const amount of [0n, -1n, 1n << 128n]) {
    assert.match(refusal(() => checkAmount(amount), "amount").message, /^amount: expected 1 to 2\^128 - 1, found /);
  }
  checkAmount(1n);
  checkAmount((1n << 128n) - 1n);
});
