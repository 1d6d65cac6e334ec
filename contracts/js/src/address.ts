// Texts of addresses and keys, and one-time addresses (docs/spec/02-keys.md).
import { randomBytes } from "@noble/hashes/utils";
import { bytesToHex, type Hex } from "viem";
import { encode, join, split, textLength } from "./bech32m.js";
import { bigintFromBytes, bigintToBytes, bytesOf, checkFieldElement, concatBytes } from "./bytes.js";
import { L } from "./constants.js";
import { checkPoint, multiply, pointFromBytes, pointToBytes } from "./curve.js";
import { SeroError } from "./errors.js";
import { blake, hashToCurve, hashToField, hashToScalar, poseidon } from "./hash.js";

/** A network; it gives every text its first letters. */
export type Network = "main" | "test" | "dev";

/** What a text can stand for. */
export type TextKind = "payment-address" | "one-time-address" | "tracing-key" | "incoming-key" | "spending-key";

const NETWORKS: Record<Network, string> = { main: "sero", test: "tsero", dev: "dsero" };
const VERSION = 1;

type Part = (bytes: Uint8Array, field: string) => void;
const fieldElement: Part = (bytes, field) => checkFieldElement(bigintFromBytes(bytes), field);
const scalar: Part = (bytes, field) => {
  const value = bigintFromBytes(bytes);
  if (value === 0n || value >= L) throw new SeroError(field, "1 to the order of the group of keys");
};
const anything: Part = () => {};

/** What the payload's parts of 32 bytes each are. */
const KINDS: Record<TextKind, { name: string; suffix: string; parts: [string, Part][] }> = {
  "payment-address": {
    name: "a payment address",
    suffix: "",
    parts: [
      ["O", fieldElement],
      ["E", checkPoint],
    ],
  },
  "one-time-address": {
    name: "a one-time address",
    suffix: "pkr",
    parts: [
      ["O_r", fieldElement],
      ["epk", checkPoint],
      ["c", anything],
      ["c", anything],
    ],
  },
  "tracing-key": {
    name: "a tracing key",
    suffix: "tk",
    parts: [
      ["ak", checkPoint],
      ["nk", fieldElement],
    ],
  },
  "incoming-key": { name: "an incoming key", suffix: "ivk", parts: [["ivk", scalar]] },
  "spending-key": {
    name: "a spending key",
    suffix: "sk",
    parts: [
      ["ask", scalar],
      ["nk", fieldElement],
    ],
  },
};

function checkPayload(kind: TextKind, payload: Uint8Array, field: string): void {
  const { name, parts } = KINDS[kind];
  if (payload.length !== 32 * parts.length) {
    throw new SeroError(field, `${32 * parts.length} bytes in ${name}`, String(payload.length));
  }
  parts.forEach(([part, check], i) => check(payload.subarray(32 * i, 32 * (i + 1)), `${field}.${part}`));
}

function prefixOf(network: Network, kind: TextKind): string {
  const start = NETWORKS[network];
  if (start === undefined) throw new SeroError("network", Object.keys(NETWORKS).join(", "), String(network));
  return `${start}${KINDS[kind].suffix}`;
}

/** What a prefix belongs to. */
function owner(prefix: string): { network: Network; kind: TextKind } | undefined {
  for (const network of Object.keys(NETWORKS) as Network[]) {
    for (const kind of Object.keys(KINDS) as TextKind[]) {
      if (prefixOf(network, kind) === prefix) return { network, kind };
    }
  }
  return undefined;
}

/** The text of a payload, which must be a valid address or key. */
export function encodeText(network: Network, kind: TextKind, payload: Hex): string {
  const bytes = bytesOf(payload, "payload");
  checkPayload(kind, bytes, "payload");
  return encode(prefixOf(network, kind), concatBytes(Uint8Array.of(VERSION), bytes));
}

/**
 * The payload of a text of this network and kind.
 *
 * Refuses, and says what was expected: strange characters, mixed case, another network, another kind (a key where an
 * address belongs), a wrong length, a wrong checksum, another version, and payloads that no key gives.
 */
export function decodeText(network: Network, kind: TextKind, text: string): Hex {
  const field = KINDS[kind].name.replace(/^an? /, "");
  const expected = prefixOf(network, kind);
  const parts = split(text, field);
  if (parts.prefix !== expected) {
    const found = owner(parts.prefix);
    if (found === undefined) throw new SeroError(field, `a text that begins with ${expected}1`, "another prefix");
    if (found.kind !== kind) {
      throw new SeroError(field, `${KINDS[kind].name} (${expected}1…)`, `${KINDS[found.kind].name} (${parts.prefix}1…)`);
    }
    throw new SeroError(field, `network ${network} (${expected}1…)`, `network ${found.network} (${parts.prefix}1…)`);
  }
  const length = textLength(expected, 1 + 32 * KINDS[kind].parts.length);
  if (text.length !== length) throw new SeroError(field, `${length} characters`, String(text.length));
  const bytes = join(parts, field);
  if (bytes[0] !== VERSION) throw new SeroError(field, `version ${VERSION}`, String(bytes[0]));
  checkPayload(kind, bytes.subarray(1), field);
  return bytesToHex(bytes.subarray(1));
}

/** Where somebody is paid in private: the two halves that a wallet shows as `sero1…`. */
export type PaymentAddress = { network: Network; owner: Hex; e: Hex };

/** `sero1…`, `tsero1…` or `dsero1…`. */
export function encodeAddress({ network, owner: o, e }: PaymentAddress): string {
  const payload = concatBytes(bytesOf(o, "owner", 32), bytesOf(e, "e", 32));
  return encodeText(network, "payment-address", bytesToHex(payload));
}

/** Reads `sero1…` of this network. */
export function decodeAddress(network: Network, text: string): PaymentAddress {
  const payload = decodeText(network, "payment-address", text);
  return { network, owner: `0x${payload.slice(2, 66)}`, e: `0x${payload.slice(66)}` };
}

/** Whether `decodeAddress` accepts the text. */
export function isAddress(network: Network, text: string): boolean {
  try {
    decodeAddress(network, text);
    return true;
  } catch (error) {
    if (error instanceof SeroError) return false;
    throw error;
  }
}

/** `seropkr1…` of a PKr of 128 bytes. */
export const encodeOneTimeAddress = (network: Network, pkr: Hex): string =>
  encodeText(network, "one-time-address", pkr);

/** Reads `seropkr1…` of this network; 128 bytes. */
export const decodeOneTimeAddress = (network: Network, text: string): Hex =>
  decodeText(network, "one-time-address", text);

/** Refuses what contracts refuse as `InvalidPkr`. */
export function checkPkr(pkr: Hex, field = "pkr"): void {
  checkPayload("one-time-address", bytesOf(pkr, field), field);
}

/**
 * A fresh one-time address (PKr, 128 bytes) of a payment address: what contracts are given to pay somebody in private.
 * Use each once. `rho` is 32 random bytes; give it in tests only.
 */
export function oneTimeAddress(address: PaymentAddress, rho: Hex = bytesToHex(randomBytes(32))): Hex {
  const o = bytesOf(address.owner, "owner", 32);
  const e = bytesOf(address.e, "e", 32);
  checkPayload("payment-address", concatBytes(o, e), "address");
  const random = bytesOf(rho, "rho", 32);
  const esk = hashToScalar("SERO_pkr_esk", random, o, e);
  const point = pointFromBytes(e);
  if (esk === 0n || point === undefined) throw new SeroError("rho", "another random number");
  const epk = pointToBytes(multiply(hashToCurve("SERO.base", o), esk));
  const shared = pointToBytes(multiply(point, esk));
  const mask = blake("SERO_pkr_mask", shared, epk);
  const s = hashToField("SERO_pkr_s", random, o, e);
  const owner = bigintToBytes(poseidon(2, bigintFromBytes(o), s), 32, "O_r");
  const c = concatBytes(o, random).map((byte, i) => byte ^ (mask[i] ?? 0));
  return bytesToHex(concatBytes(owner, epk, c));
}
