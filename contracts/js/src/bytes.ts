// Integers and elements of the field as bytes.
import { hexToBytes, isHex, type Hex } from "viem";
import { R } from "./constants.js";
import { SeroError } from "./errors.js";

export const bigintFromBytes = (bytes: Uint8Array): bigint =>
  bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** `value` as `length` bytes, big-endian. `field` names it if it does not fit. */
export function bigintToBytes(value: bigint, length: number, field: string): Uint8Array {
  checkUint(value, 8 * length, field);
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn));
}

export function checkUint(value: bigint, bits: number, field: string): void {
  if (typeof value !== "bigint") throw new SeroError(field, "a bigint", typeof value);
  if (value < 0n || value >> BigInt(bits) !== 0n) throw new SeroError(field, `0 to 2^${bits} - 1`, String(value));
}

/** The bytes of hex text, `length` of them where that is given. */
export function bytesOf(hex: Hex, field: string, length?: number): Uint8Array {
  if (!isHex(hex) || hex.length % 2 !== 0) throw new SeroError(field, "hex digits in pairs, after 0x");
  const bytes = hexToBytes(hex);
  if (length !== undefined && bytes.length !== length) {
    throw new SeroError(field, `${length} bytes`, String(bytes.length));
  }
  return bytes;
}

export function checkFieldElement(value: bigint, field: string): void {
  if (value < 0n || value >= R) throw new SeroError(field, "a number below the order of BN254's scalar field");
}

export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
