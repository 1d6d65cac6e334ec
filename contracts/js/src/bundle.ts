// Bundles: what a shielded transaction moves (docs/spec/06-bundle.md).
import { bytesToHex, concatHex, keccak256, numberToHex, stringToHex, toHex, type Address, type Hex } from "viem";
import { checkAmount, COIN } from "./assets.js";
import { bigintToBytes, bytesOf, concatBytes } from "./bytes.js";
import { SeroError } from "./errors.js";
import { Reader } from "./reader.js";

/** A note that is used up; nobody sees which. */
export type Spend = { nullifier: Hex; rk: Hex; cv: Hex; proof: Hex; authSig: Hex };

/** A hidden note that is made. */
export type Output = {
  commitment: Hex;
  cv: Hex;
  epk: Hex;
  viewTag: Hex;
  ciphertext: Hex;
  senderCiphertext: Hex;
  proof: Hex;
};

/** A package that is made or opened. */
export type PackageAction =
  | { action: "create"; commitment: Hex; cv: Hex; owner: Address; tag: Hex; ciphertext: Hex; proof: Hex }
  | { action: "open"; id: Hex; commitment: Hex; cv: Hex; proof: Hex };

/** An amount that everybody sees move between the public account and the pool. */
export type BalanceEntry = { asset: bigint; direction: "inward" | "outward"; amount: bigint };

/** A bundle. Points, field elements, proofs and signatures are hex, as on the wire. */
export type Bundle = {
  pool: number;
  anchor: Hex;
  spends: readonly Spend[];
  outputs: readonly Output[];
  packages: readonly PackageAction[];
  balance: readonly BalanceEntry[];
  bindingSig: Hex;
};

const VERSION = 1;
const POOLS = 8;
const MAX = { spends: 16, outputs: 16, packages: 8, balance: 16 };
const PROOF = 128;
const SIGNATURE = 64;
const CIPHERTEXT_LENGTHS = [128, 256, 512, 1024];
const FLAG_INWARD = 1;
const FLAG_COIN = 2;
const CREATE = 0;
const OPEN = 1;

/** Bytes of the hidden part of a note: epk | view tag | note | note for the sender. */
const NOTE = { epk: 32, viewTag: 2, ciphertext: 194, senderCiphertext: 80 };

/**
 * Reads a bundle's bytes. Accepts what consensus accepts, and names the field of everything else, like
 * `bundle.spends[1].rk`; proofs and signatures are not verified.
 */
export function decodeBundle(encoded: Hex, field = "bundle"): Bundle {
  const reader = new Reader(bytesOf(encoded, field), field);
  const at = (name: string) => `${field}.${name}`;
  const version = reader.byte(at("version"));
  if (version !== VERSION) throw new SeroError(at("version"), String(VERSION), String(version));
  const pool = reader.byte(at("pool"));
  if (pool >= POOLS) throw new SeroError(at("pool"), `0 to ${POOLS - 1}`, String(pool));
  const count = (name: keyof typeof MAX) => {
    const found = reader.byte(at(name));
    if (found > MAX[name]) throw new SeroError(at(name), `at most ${MAX[name]} entries`, String(found));
    return found;
  };
  const counts = [count("spends"), count("outputs"), count("packages"), count("balance")] as const;
  const each = <T>(name: string, length: number, read: (at: (name: string) => string) => T): T[] =>
    Array.from({ length }, (_, i) => read((part) => `${field}.${name}[${i}].${part}`));
  const element = (name: string) => toHex(reader.fieldElement(name), { size: 32 });
  const bundle: Bundle = {
    pool,
    anchor: element(at("anchor")),
    spends: each("spends", counts[0], (at) => ({
      nullifier: element(at("nullifier")),
      rk: reader.point(at("rk")),
      cv: reader.point(at("cv")),
      proof: reader.hex(PROOF, at("proof")),
      authSig: reader.hex(SIGNATURE, at("authSig")),
    })),
    outputs: each("outputs", counts[1], (at) => ({
      commitment: element(at("commitment")),
      cv: reader.point(at("cv")),
      ...readNote(reader, at),
      proof: reader.hex(PROOF, at("proof")),
    })),
    packages: each("packages", counts[2], (at) => readPackage(reader, at)),
    balance: each("balance", counts[3], (at) => readBalance(reader, at)),
    bindingSig: reader.hex(SIGNATURE, at("bindingSig")),
  };
  reader.end();
  checkShape(bundle, field);
  return bundle;
}

function readNote(reader: Reader, at: (name: string) => string) {
  return {
    epk: reader.point(at("epk")),
    viewTag: reader.hex(NOTE.viewTag, at("viewTag")),
    ciphertext: reader.hex(NOTE.ciphertext, at("ciphertext")),
    senderCiphertext: reader.hex(NOTE.senderCiphertext, at("senderCiphertext")),
  };
}

function readPackage(reader: Reader, at: (name: string) => string): PackageAction {
  const element = (name: string) => toHex(reader.fieldElement(at(name)), { size: 32 });
  const kind = reader.byte(at("kind"));
  if (kind === CREATE) {
    const start = {
      action: "create" as const,
      commitment: element("commitment"),
      cv: reader.point(at("cv")),
      owner: reader.hex(20, at("owner")),
      tag: reader.hex(32, at("tag")),
    };
    const length = Number(reader.uint(2, at("ciphertext")));
    if (!CIPHERTEXT_LENGTHS.includes(length)) {
      throw new SeroError(at("ciphertext"), "128, 256, 512 or 1024 bytes", String(length));
    }
    return { ...start, ciphertext: reader.hex(length, at("ciphertext")), proof: reader.hex(PROOF, at("proof")) };
  }
  if (kind !== OPEN) throw new SeroError(at("kind"), "0 (create) or 1 (open)", String(kind));
  return {
    action: "open",
    id: element("id"),
    commitment: element("commitment"),
    cv: reader.point(at("cv")),
    proof: reader.hex(PROOF, at("proof")),
  };
}

function readBalance(reader: Reader, at: (name: string) => string): BalanceEntry {
  const flags = reader.byte(at("flags"));
  if ((flags & ~(FLAG_INWARD | FLAG_COIN)) !== 0) {
    throw new SeroError(at("flags"), "bits 0 (inward) and 1 (coin) only", String(flags));
  }
  const asset = flags & FLAG_COIN ? COIN : reader.fieldElement(at("asset"));
  if (asset === COIN && !(flags & FLAG_COIN)) throw new SeroError(at("asset"), "the coin as flag bit 1", "its id");
  const amount = reader.uint(16, at("amount"));
  checkAmount(amount, at("amount"));
  return { asset, direction: flags & FLAG_INWARD ? "inward" : "outward", amount };
}

/** Rules on the whole. */
function checkShape({ anchor, spends, outputs, packages, balance }: Bundle, field: string): void {
  const order = balance.map(({ asset }) => (asset === COIN ? -1n : asset));
  order.forEach((asset, i) => {
    const before = order[i - 1];
    if (before !== undefined && before >= asset) {
      throw new SeroError(`${field}.balance[${i}]`, "each asset once, the coin first, then by id");
    }
  });
  spends.forEach(({ nullifier }, i) => {
    if (spends.slice(0, i).some((other) => other.nullifier === nullifier)) {
      throw new SeroError(`${field}.spends[${i}].nullifier`, "no nullifier twice in a bundle");
    }
  });
  packages.forEach((action, i) => {
    const earlier = packages.slice(0, i);
    if (action.action === "create") {
      if ([...outputs, ...earlier].some(({ commitment }) => commitment === action.commitment)) {
        throw new SeroError(`${field}.packages[${i}].commitment`, "no commitment twice in a bundle");
      }
    } else if (earlier.some((other) => other.action === "open" && other.id === action.id)) {
      throw new SeroError(`${field}.packages[${i}].id`, "no package opened twice in a bundle");
    }
  });
  if ((BigInt(anchor) === 0n) !== (spends.length === 0)) {
    throw new SeroError(`${field}.anchor`, "zero if there are no spends, and only then");
  }
}

/** A bundle's bytes; refuses, by the names of fields, what `decodeBundle` would refuse. */
export function encodeBundle(bundle: Bundle, field = "bundle"): Hex {
  const encoded = write(bundle, true, field);
  decodeBundle(encoded, field);
  return encoded;
}

/** The bytes without proofs and signatures, which the sighash covers. */
export const bundleEffects = (bundle: Bundle): Hex => write(bundle, false, "bundle");

function write(bundle: Bundle, whole: boolean, field: string): Hex {
  const out: Uint8Array[] = [];
  const push = (hex: Hex, length: number, name: string) => out.push(bytesOf(hex, `${field}.${name}`, length));
  const proven = (hex: Hex, length: number, name: string) => whole && push(hex, length, name);
  const byte = (value: number, name: string) => {
    if (!Number.isInteger(value) || value < 0) throw new SeroError(`${field}.${name}`, "a whole number", String(value));
    out.push(bigintToBytes(BigInt(value), 1, `${field}.${name}`));
  };
  const { pool, anchor, spends, outputs, packages, balance, bindingSig } = bundle;
  byte(VERSION, "version");
  byte(pool, "pool");
  Object.entries({ spends, outputs, packages, balance }).forEach(([name, list]) => byte(list.length, name));
  push(anchor, 32, "anchor");
  spends.forEach((spend, i) => {
    push(spend.nullifier, 32, `spends[${i}].nullifier`);
    push(spend.rk, 32, `spends[${i}].rk`);
    push(spend.cv, 32, `spends[${i}].cv`);
    proven(spend.proof, PROOF, `spends[${i}].proof`);
    proven(spend.authSig, SIGNATURE, `spends[${i}].authSig`);
  });
  outputs.forEach((output, i) => {
    push(output.commitment, 32, `outputs[${i}].commitment`);
    push(output.cv, 32, `outputs[${i}].cv`);
    (Object.keys(NOTE) as (keyof typeof NOTE)[]).forEach((part) => push(output[part], NOTE[part], `outputs[${i}].${part}`));
    proven(output.proof, PROOF, `outputs[${i}].proof`);
  });
  packages.forEach((action, i) => {
    const at = (name: string) => `packages[${i}].${name}`;
    if (action.action === "create") {
      const ciphertext = bytesOf(action.ciphertext, `${field}.${at("ciphertext")}`);
      byte(CREATE, at("kind"));
      push(action.commitment, 32, at("commitment"));
      push(action.cv, 32, at("cv"));
      push(action.owner, 20, at("owner"));
      push(action.tag, 32, at("tag"));
      out.push(bigintToBytes(BigInt(ciphertext.length), 2, `${field}.${at("ciphertext")}`), ciphertext);
    } else {
      byte(OPEN, at("kind"));
      push(action.id, 32, at("id"));
      push(action.commitment, 32, at("commitment"));
      push(action.cv, 32, at("cv"));
    }
    proven(action.proof, PROOF, at("proof"));
  });
  balance.forEach(({ asset, direction, amount }, i) => {
    if (direction !== "inward" && direction !== "outward") {
      throw new SeroError(`${field}.balance[${i}].direction`, "inward or outward", String(direction));
    }
    const coin = asset === COIN;
    byte((direction === "inward" ? FLAG_INWARD : 0) | (coin ? FLAG_COIN : 0), `balance[${i}].flags`);
    if (!coin) out.push(bigintToBytes(asset, 32, `${field}.balance[${i}].asset`));
    out.push(bigintToBytes(amount, 16, `${field}.balance[${i}].amount`));
  });
  proven(bindingSig, SIGNATURE, "bindingSig");
  return bytesToHex(concatBytes(...out));
}

/** The hash that a bundle's spends sign in a transaction with this digest, on the chain with this genesis. */
export function bundleSighash(bundle: Bundle, chainId: number, genesisHash: Hex, transactionDigest: Hex): Hex {
  return keccak256(
    concatHex([
      stringToHex("SERO.sighash.transaction"),
      numberToHex(chainId, { size: 8 }),
      genesisHash,
      numberToHex(bundle.pool, { size: 1 }),
      numberToHex(VERSION, { size: 1 }),
      keccak256(bundleEffects(bundle)),
      transactionDigest,
    ]),
  );
}

/** What a `HiddenNote` log carries. */
export type HiddenNoteContent = { cv: Hex } & Pick<Output, "epk" | "viewTag" | "ciphertext" | "senderCiphertext">;

/** Takes the `ciphertext` of a `HiddenNote` log, or of a hidden note of the node's, apart. */
export function parseHiddenNote(ciphertext: Hex): HiddenNoteContent {
  const reader = new Reader(bytesOf(ciphertext, "ciphertext"), "ciphertext");
  const content = { cv: reader.point("ciphertext.cv"), ...readNote(reader, (name) => `ciphertext.${name}`) };
  reader.end();
  return content;
}
