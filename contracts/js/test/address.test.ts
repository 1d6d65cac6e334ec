import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeAddress,
  decodeOneTimeAddress,
  decodeText,
  encodeAddress,
  encodeOneTimeAddress,
  encodeText,
  isAddress,
  oneTimeAddress,
  checkPkr,
  type TextKind,
} from "sero-js";
import { network, refusal, vectors } from "./support.js";

const texts = vectors("keys", ["text"]);
const valid = texts.find((row) => row.valid && row.network === "development" && row.type === "payment-address");
assert.ok(valid);
const good: string = valid.text;

test("texts of the vectors are written and read", () => {
  for (const { network: name, type, payload, text, upper } of texts.filter((row) => row.valid)) {
    assert.equal(encodeText(network(name), type, payload), text);
    assert.equal(decodeText(network(name), type, text), payload);
    assert.equal(decodeText(network(name), type, upper), payload);
  }
});

test("texts that the vectors refuse are refused for the same reason", () => {
  const words: Record<string, RegExp> = {
    bech32m: /checksum|zero padding|lower case throughout|a prefix, 1, and data|letters and digits/,
    network: /expected network main \(sero1…\), found network (test|dev) \([td]sero1…\)/,
    kind: /expected an? [a-z-]+ (address|key) \(sero[a-z]*1…\), found an? [a-z-]+ (address|key) \(sero[a-z]*1…\)/,
    prefix: /expected a text that begins with sero1/,
    version: /expected version 1, found [02]/,
    length: /expected 115 characters, found (114|117|13)$/,
  };
  for (const { network: name, type, text, reason, name: what } of texts.filter((row) => !row.valid)) {
    const { message } = refusal(() => decodeText(network(name), type, text), what);
    assert.match(message, words[reason] ?? assert.fail(`unknown reason ${reason}`), what);
  }
});

test("every single changed character is refused", () => {
  const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  for (let i = "dsero1".length; i < good.length; i++) {
    const other = alphabet[(alphabet.indexOf(good[i] ?? "") + 1 + (i % 31)) % 32];
    const changed = good.slice(0, i) + other + good.slice(i + 1);
    assert.notEqual(changed, good);
    assert.match(refusal(() => decodeAddress("dev", changed), changed).message, /expected a text with the right checksum/);
  }
});

test("bad addresses: what was expected is said", () => {
  const rows: [string, string, RegExp][] = [
    ["truncated", good.slice(0, -1), /^payment address: expected 116 characters, found 115$/],
    ["a character more", `${good}q`, /^payment address: expected 116 characters, found 117$/],
    ["mixed case", good.slice(0, 20) + good.slice(20).toUpperCase(), /lower case throughout, or upper case throughout, found both/],
    ["main network", `sero1${good.slice(6)}`, /expected network dev \(dsero1…\), found network main \(sero1…\)/],
    ["an Ethereum address", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", /lower case throughout/],
    ["a letter that is not used", `${good.slice(0, 30)}b${good.slice(31)}`, /expected characters of qpzry9x8gf2tvdw0s3jn54khce6mua7l after the 1, found b at character 31/],
    ["a line break", `${good}\n`, /expected letters and digits only, found U\+000A at character 117/],
    ["not a text", 7 as unknown as string, /expected a text, found number/],
  ];
  for (const [what, text, message] of rows) {
    assert.match(refusal(() => decodeAddress("dev", text), what).message, message, what);
    assert.equal(isAddress("dev", text), false);
  }
  assert.equal(isAddress("dev", good), true);
  assert.match(refusal(() => decodeAddress("moon" as "dev", good), "network").message, /network: expected main, test, dev/);
});

test("no refusal repeats a key", () => {
  const { text } = texts.find((row) => row.valid && row.type === "spending-key") ?? assert.fail();
  const { message } = refusal(() => decodeAddress("main", text), "a spending key");
  assert.match(message, /found a spending key/);
  assert.ok(!message.includes(text.slice(8, 20)));
});

test("addresses are halves", () => {
  const address = decodeAddress("dev", good);
  assert.equal(`${address.owner}${address.e.slice(2)}`, valid.payload);
  assert.equal(encodeAddress(address), good);
  assert.match(refusal(() => encodeAddress({ ...address, owner: "0x12" }), "owner").message, /^owner: expected 32 bytes, found 1$/);
});

test("payloads that no key gives are neither written nor read", () => {
  const kinds: TextKind[] = ["payment-address", "one-time-address", "tracing-key", "incoming-key", "spending-key"];
  for (const kind of kinds) {
    const { payload } = texts.find((row) => row.valid && row.type === kind) ?? assert.fail(kind);
    for (let at = 2; at < Math.min(payload.length, 2 + 128); at += 64) {
      const wrong = `${payload.slice(0, at)}${"f".repeat(64)}${payload.slice(at + 64)}` as const;
      assert.match(refusal(() => encodeText("dev", kind, wrong as `0x${string}`), kind).message, /^payload\.\w+: expected/);
    }
  }
  const identity = `${valid.payload.slice(0, 66)}${"1".padStart(64, "0")}` as `0x${string}`;
  const { message } = refusal(() => encodeText("dev", "payment-address", identity), "identity");
  assert.equal(message, "payload.E: expected a point of prime order, and not the identity");
});

test("points of the vectors are judged as there", () => {
  for (const { encoding, valid: fine, reason } of vectors("point", [undefined as unknown as string])) {
    const payload = `0x${"00".repeat(32)}${encoding.slice(2)}` as const;
    if (fine) assert.equal(decodeText("test", "payment-address", encodeText("test", "payment-address", payload)), payload);
    else assert.match(refusal(() => encodeText("test", "payment-address", payload), reason).message, /E: expected (the encoding|a point)/);
  }
});

test("one-time addresses are those of the vectors", () => {
  for (const { O, E, rho, pkr } of vectors("pkr", ["derive"])) {
    assert.equal(oneTimeAddress({ network: "dev", owner: O, e: E }, rho), pkr);
    assert.equal(decodeOneTimeAddress("test", encodeOneTimeAddress("test", pkr)), pkr);
  }
  const address = decodeAddress("dev", good);
  assert.notEqual(oneTimeAddress(address), oneTimeAddress(address));
  checkPkr(oneTimeAddress(address));
  assert.match(refusal(() => checkPkr("0x1234"), "short").message, /^pkr: expected 128 bytes in a one-time address, found 2$/);
});
