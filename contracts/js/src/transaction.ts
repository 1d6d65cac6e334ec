// Transactions of type 0x53 (docs/spec/07-transactions.md).
import {
  concatHex,
  fromRlp,
  getAddress,
  keccak256,
  numberToHex,
  parseTransaction as parseEthereum,
  serializeTransaction as serializeEthereum,
  toRlp,
  type AccessList,
  type Address,
  type Hex,
  type Signature,
  type TransactionSerializable,
} from "viem";
import { checkPkr } from "./address.js";
import { checkAmount, COIN } from "./assets.js";
import { bytesOf, checkFieldElement, checkUint } from "./bytes.js";
import { bundleSighash, decodeBundle, encodeBundle, type Bundle } from "./bundle.js";
import { SeroError } from "./errors.js";

/** EIP-2718's type byte of shielded transactions. */
export const SHIELDED_TYPE = "0x53";
/** Blocks that `expiry` may lie ahead. */
export const EXPIRY_MAX_AHEAD = 43_200n;

/** A public output of a pure transfer: `amount` of `asset` to the one-time address `to`. */
export type PublicOut = { to: Hex; asset: bigint; amount: bigint; memo: Hex };

/** An asset handed to the callee; never the coin, which travels as `value`. */
export type Attached = { asset: bigint; amount: bigint };

/** secp256k1, by `from`. */
export type FromSignature = { r: Hex; s: Hex; yParity: number };

/** What a shielded transaction calls. */
export type ShieldedCall = {
  from: Address;
  nonce: bigint;
  /** The callee; null creates a contract. */
  to: Address | null;
  value: bigint;
  input: Hex;
  accessList: AccessList;
  /** At most 16, ascending by asset. */
  attached: readonly Attached[];
  /** Where unused funds go: a one-time address of 128 bytes. */
  refund: Hex;
  /** Absent before `from` has signed. */
  signature?: FromSignature;
};

/** A shielded transaction: a pure transfer (`outs`), or one with a `call`. */
export type ShieldedTransaction = {
  type: "shielded";
  chainId: number;
  /** Last block that may contain it. */
  expiry: bigint;
  maxFeePerGas: bigint;
  /** 0 in a pure transfer. */
  maxPriorityFeePerGas: bigint;
  gas: bigint;
  bundle: Bundle;
  call?: ShieldedCall;
  /** At most 16, only without a call. */
  outs: readonly PublicOut[];
};

const OUTS_MAX = 16;
const ATTACHED_MAX = 16;
const MEMO_MAX = 64;

type Rlp = Hex | readonly Rlp[];

function list(value: Rlp | undefined, field: string): readonly Rlp[] {
  if (value === undefined || typeof value === "string") throw new SeroError(field, "a list", "bytes");
  return value;
}

/** A list of these fields. */
function struct<const Names extends readonly string[]>(value: Rlp | undefined, field: string, names: Names) {
  const items = list(value, field);
  if (items.length !== names.length) {
    throw new SeroError(field, `a list of ${names.join(", ")}`, `${items.length} items`);
  }
  return Object.fromEntries(names.map((name, i) => [name, items[i]])) as Record<Names[number], Rlp>;
}

function bytes(value: Rlp | undefined, field: string, length?: number): Hex {
  if (typeof value !== "string") throw new SeroError(field, "bytes", "a list");
  bytesOf(value, field, length);
  return value;
}

function uint(value: Rlp | undefined, field: string, bits: number): bigint {
  const hex = bytes(value, field);
  if (hex.startsWith("0x00")) throw new SeroError(field, "a number without leading zeros");
  if (hex.length > 2 + bits / 4) throw new SeroError(field, `0 to 2^${bits} - 1`, `${hex.length / 2 - 1} bytes`);
  return hex === "0x" ? 0n : BigInt(hex);
}

function chainId(value: Rlp | undefined, field: string): number {
  const id = uint(value, field, 64);
  if (id > BigInt(Number.MAX_SAFE_INTEGER)) throw new SeroError(field, "at most 2^53 - 1", String(id));
  return Number(id);
}

const address = (value: Rlp | undefined, field: string): Address => getAddress(bytes(value, field, 20));

function asset(value: Rlp | undefined, field: string): bigint {
  const id = BigInt(bytes(value, field, 32));
  checkFieldElement(id, field);
  return id;
}

function amount(value: Rlp | undefined, field: string): bigint {
  const found = uint(value, field, 128);
  checkAmount(found, field);
  return found;
}

function pkr(value: Rlp | undefined, field: string): Hex {
  const found = bytes(value, field, 128);
  checkPkr(found, field);
  return found;
}

const FIELDS = ["chainId", "expiry", "maxFeePerGas", "maxPriorityFeePerGas", "gas", "bundle", "calls", "outs"] as const;
const CALL = ["from", "nonce", "to", "value", "input", "accessList", "attached", "refund", "yParity", "r", "s"] as const;
const OUT = ["to", "asset", "amount", "memo"] as const;

/**
 * Reads a shielded transaction. Accepts exactly the bytes that nodes accept as encoding; every refusal names the field,
 * like `call.attached[1].asset`, and what is allowed. Signatures and proofs are not verified.
 */
export function parseShieldedTransaction(serialized: Hex): ShieldedTransaction {
  const type = bytesOf(serialized, "transaction")[0];
  if (type !== 0x53) {
    throw new SeroError("transaction.type", SHIELDED_TYPE, type === undefined ? "no byte" : numberToHex(type));
  }
  const payload: Hex = `0x${serialized.slice(4)}`;
  let decoded: Rlp;
  try {
    decoded = fromRlp(payload, "hex");
  } catch {
    throw new SeroError("transaction", "RLP after the type byte, complete and with right lengths");
  }
  const fields = struct(decoded, "transaction", FIELDS);
  const calls = list(fields.calls, "calls");
  const outs = list(fields.outs, "outs");
  const tx: ShieldedTransaction = {
    type: "shielded",
    chainId: chainId(fields.chainId, "chainId"),
    expiry: uint(fields.expiry, "expiry", 64),
    maxFeePerGas: uint(fields.maxFeePerGas, "maxFeePerGas", 128),
    maxPriorityFeePerGas: uint(fields.maxPriorityFeePerGas, "maxPriorityFeePerGas", 128),
    gas: uint(fields.gas, "gas", 64),
    bundle: decodeBundle(bytes(fields.bundle, "bundle")),
    ...(calls.length > 0 && { call: readCall(calls[0]) }),
    outs: outs.map((out, i) => readOut(out, `outs[${i}]`)),
  };
  if (calls.length > 1) throw new SeroError("calls", "at most one", String(calls.length));
  checkRules(tx);
  if (toRlp(decoded) !== payload.toLowerCase()) throw new SeroError("transaction", "canonical RLP, and nothing after it");
  return tx;
}

function readCall(value: Rlp | undefined): ShieldedCall {
  const call = struct(value, "call", CALL);
  const to = bytes(call.to, "call.to");
  return {
    from: address(call.from, "call.from"),
    nonce: uint(call.nonce, "call.nonce", 64),
    to: to === "0x" ? null : address(to, "call.to"),
    value: uint(call.value, "call.value", 256),
    input: bytes(call.input, "call.input"),
    accessList: list(call.accessList, "call.accessList").map((entry, i) => {
      const at = `call.accessList[${i}]`;
      const item = struct(entry, at, ["address", "storageKeys"]);
      const keys = list(item.storageKeys, `${at}.storageKeys`);
      return {
        address: address(item.address, `${at}.address`),
        storageKeys: keys.map((key, k) => bytes(key, `${at}.storageKeys[${k}]`, 32)),
      };
    }),
    attached: list(call.attached, "call.attached").map((entry, i) => {
      const at = `call.attached[${i}]`;
      const item = struct(entry, at, ["asset", "amount"]);
      return { asset: asset(item.asset, `${at}.asset`), amount: amount(item.amount, `${at}.amount`) };
    }),
    refund: pkr(call.refund, "call.refund"),
    signature: {
      r: numberToHex(uint(call.r, "call.signature.r", 256), { size: 32 }),
      s: numberToHex(uint(call.s, "call.signature.s", 256), { size: 32 }),
      yParity: parity(uint(call.yParity, "call.signature.yParity", 64)),
    },
  };
}

function parity(value: bigint | number): number {
  if (value !== 0n && value !== 1n && value !== 0 && value !== 1) {
    throw new SeroError("call.signature.yParity", "0 or 1", String(value));
  }
  return Number(value);
}

function readOut(value: Rlp, field: string): PublicOut {
  const out = struct(value, field, OUT);
  const memo = bytes(out.memo, `${field}.memo`);
  if (memo.length > 2 + 2 * MEMO_MAX) {
    throw new SeroError(`${field}.memo`, `at most ${MEMO_MAX} bytes`, String(memo.length / 2 - 1));
  }
  return {
    to: pkr(out.to, `${field}.to`),
    asset: asset(out.asset, `${field}.asset`),
    amount: amount(out.amount, `${field}.amount`),
    memo,
  };
}

/** Rules on more than one field. */
function checkRules({ call, outs, maxFeePerGas, maxPriorityFeePerGas }: ShieldedTransaction): void {
  if (outs.length > OUTS_MAX) throw new SeroError("outs", `at most ${OUTS_MAX}`, String(outs.length));
  if (call && outs.length > 0) throw new SeroError("outs", "none beside a call", String(outs.length));
  if (!call && maxPriorityFeePerGas !== 0n) {
    throw new SeroError("maxPriorityFeePerGas", "0 without a call", String(maxPriorityFeePerGas));
  }
  if (maxPriorityFeePerGas > maxFeePerGas) {
    throw new SeroError("maxPriorityFeePerGas", "at most maxFeePerGas", String(maxPriorityFeePerGas));
  }
  const attached = call?.attached ?? [];
  if (attached.length > ATTACHED_MAX) {
    throw new SeroError("call.attached", `at most ${ATTACHED_MAX}`, String(attached.length));
  }
  attached.forEach((entry, i) => {
    const before = attached[i - 1];
    if (entry.asset === COIN) throw new SeroError(`call.attached[${i}].asset`, "no coin, which travels as value");
    if (before && before.asset >= entry.asset) {
      throw new SeroError(`call.attached[${i}].asset`, "each asset once, in order of id");
    }
  });
}

/** An integer as RLP has it. */
function integer(value: bigint, bits: number, field: string): Hex {
  checkUint(value, bits, field);
  return value === 0n ? "0x" : numberToHex(value, { size: Math.ceil(value.toString(16).length / 2) });
}

const word = (value: bigint, field: string): Hex => {
  checkUint(value, 256, field);
  return numberToHex(value, { size: 32 });
};

function head(tx: ShieldedTransaction): Rlp[] {
  if (!Number.isSafeInteger(tx.chainId)) throw new SeroError("chainId", "a whole number", String(tx.chainId));
  return [
    integer(BigInt(tx.chainId), 64, "chainId"),
    integer(tx.expiry, 64, "expiry"),
    integer(tx.maxFeePerGas, 128, "maxFeePerGas"),
    integer(tx.maxPriorityFeePerGas, 128, "maxPriorityFeePerGas"),
    integer(tx.gas, 64, "gas"),
  ];
}

function calls({ call }: ShieldedTransaction, signature?: FromSignature): Rlp[] {
  if (!call) return [];
  const unsigned: Rlp[] = [
    call.from,
    integer(call.nonce, 64, "call.nonce"),
    call.to ?? "0x",
    integer(call.value, 256, "call.value"),
    bytes(call.input, "call.input"),
    call.accessList.map(({ address, storageKeys }) => [address, [...storageKeys]]),
    call.attached.map(({ asset, amount }, i) => [
      word(asset, `call.attached[${i}].asset`),
      integer(amount, 128, `call.attached[${i}].amount`),
    ]),
    call.refund,
  ];
  if (!signature) return [unsigned];
  const { r, s, yParity } = signature;
  const signed = [
    integer(BigInt(parity(yParity)), 8, "call.signature.yParity"),
    integer(BigInt(r), 256, "call.signature.r"),
    integer(BigInt(s), 256, "call.signature.s"),
  ];
  return [[...unsigned, ...signed]];
}

const outs = (tx: ShieldedTransaction): Rlp[] =>
  tx.outs.map(({ to, asset, amount, memo }, i) => [
    to,
    word(asset, `outs[${i}].asset`),
    integer(amount, 128, `outs[${i}].amount`),
    bytes(memo, `outs[${i}].memo`),
  ]);

/**
 * The bytes of a shielded transaction, which must be one that `parseShieldedTransaction` accepts.
 *
 * With a call, `signature` (or else `call.signature`) is that of `from`; without either, the bytes are those whose
 * keccak256 `from` signs. So it is what viem calls a serializer: `account.signTransaction(tx, { serializer })` works.
 */
export function serializeShieldedTransaction(tx: ShieldedTransaction, signature?: Signature): Hex {
  const given = signature && { r: signature.r, s: signature.s, yParity: signature.yParity ?? Number(signature.v) - 27 };
  const by = given ?? tx.call?.signature;
  const encode = (by: FromSignature | undefined) =>
    concatHex([SHIELDED_TYPE, toRlp([...head(tx), encodeBundle(tx.bundle), calls(tx, by), outs(tx)])]);
  // One set of rules: what is written is read again.
  parseShieldedTransaction(encode(by ?? { r: "0x1", s: "0x1", yParity: 0 }));
  return encode(by);
}

/** The hash that receipts and blocks know the transaction by; a call must be signed. */
export function hashShieldedTransaction(tx: ShieldedTransaction): Hex {
  if (tx.call && !tx.call.signature) throw new SeroError("call.signature", "the signature of from", "none");
  return keccak256(serializeShieldedTransaction(tx));
}

/** What `from` signs, last: everything, proofs of the bundle included, but this signature. */
export function fromSignatureHash(tx: ShieldedTransaction): Hex {
  if (!tx.call) throw new SeroError("call", "a call: a pure transfer has no from", "none");
  const { signature: _, ...call } = tx.call;
  return keccak256(serializeShieldedTransaction({ ...tx, call }));
}

/** What the bundle's signatures cover beside the bundle. */
export const transactionDigest = (tx: ShieldedTransaction): Hex => keccak256(toRlp([...head(tx), calls(tx), outs(tx)]));

/** What the bundle's spends sign, on the chain with this genesis. */
export const sighash = (tx: ShieldedTransaction, genesisHash: Hex): Hex =>
  bundleSighash(tx.bundle, tx.chainId, genesisHash, transactionDigest(tx));

/** viem's serializer, which knows shielded transactions too. */
export function serializeTransaction(
  tx: ShieldedTransaction | TransactionSerializable,
  signature?: Signature,
): Hex {
  if (tx.type === "shielded") return serializeShieldedTransaction(tx as ShieldedTransaction, signature);
  return serializeEthereum(tx as TransactionSerializable, signature);
}

/** viem's parser, which knows shielded transactions too. */
export function parseTransaction(serialized: Hex) {
  return serialized.startsWith(SHIELDED_TYPE) ? parseShieldedTransaction(serialized) : parseEthereum(serialized);
}
