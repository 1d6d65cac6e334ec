// bech32m (BIP-350) with room for 1,023 characters, and the reason for every refusal.
import { SeroError } from "./errors.js";

const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CONSTANT = 0x2bc830a3;
const CHECKSUM_LENGTH = 6;

function polymod(values: number[]): number {
  let checksum = 1;
  for (const value of values) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ffffff) << 5) ^ value;
    GENERATOR.forEach((generator, bit) => {
      if ((top >>> bit) & 1) checksum ^= generator;
    });
  }
  return checksum >>> 0;
}

function expand(prefix: string): number[] {
  const codes = Array.from(prefix, (character) => character.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

/** Regroups bits; what is left over at the end is filled up with zeros. */
function regroup(numbers: Iterable<number>, from: number, to: number): number[] {
  const out: number[] = [];
  let [value, bits] = [0, 0];
  for (const number of numbers) {
    value = (value << from) | number;
    bits += from;
    while (bits >= to) {
      bits -= to;
      out.push((value >> bits) & ((1 << to) - 1));
    }
    value &= (1 << bits) - 1;
  }
  if (bits > 0) out.push((value << (to - bits)) & ((1 << to) - 1));
  return out;
}

/** Characters of a text with this prefix and so many bytes. */
export const textLength = (prefix: string, bytes: number): number =>
  prefix.length + 1 + Math.ceil((bytes * 8) / 5) + CHECKSUM_LENGTH;

export function encode(prefix: string, bytes: Uint8Array): string {
  const data = regroup(bytes, 8, 5);
  const checksum = polymod([...expand(prefix), ...data, ...Array<number>(CHECKSUM_LENGTH).fill(0)]) ^ CONSTANT;
  const tail = Array.from({ length: CHECKSUM_LENGTH }, (_, i) => (checksum >>> (5 * (5 - i))) & 31);
  return `${prefix}1${[...data, ...tail].map((number) => ALPHABET[number]).join("")}`;
}

/** A text taken apart, in lower case. Its checksum is not looked at yet. */
export type Parts = { prefix: string; data: string };

export function split(text: string, field: string): Parts {
  if (typeof text !== "string") throw new SeroError(field, "a text", typeof text);
  if (text === "") throw new SeroError(field, "a prefix, 1, and data", "an empty text");
  const strange = /[^\x21-\x7e]/u.exec(text);
  if (strange) {
    const code = strange[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    throw new SeroError(field, "letters and digits only", `U+${code} at character ${strange.index + 1}`);
  }
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) {
    throw new SeroError(field, "lower case throughout, or upper case throughout", "both");
  }
  const lower = text.toLowerCase();
  const separator = lower.lastIndexOf("1");
  if (separator < 1) throw new SeroError(field, "a prefix, 1, and data", "no prefix before a 1");
  return { prefix: lower.slice(0, separator), data: lower.slice(separator + 1) };
}

/** The bytes of a text, whose checksum must be right and whose padding must be zero. */
export function join({ prefix, data }: Parts, field: string): Uint8Array {
  const numbers = Array.from(data, (character, i) => {
    const number = ALPHABET.indexOf(character);
    if (number < 0) {
      const place = prefix.length + 2 + i;
      throw new SeroError(field, `characters of ${ALPHABET} after the 1`, `${character} at character ${place}`);
    }
    return number;
  });
  if (numbers.length < CHECKSUM_LENGTH || polymod([...expand(prefix), ...numbers]) !== CONSTANT) {
    throw new SeroError(field, "a text with the right checksum", "one in which some character was changed");
  }
  const payload = numbers.slice(0, -CHECKSUM_LENGTH);
  const bytes = Uint8Array.from(regroup(payload, 5, 8).slice(0, Math.floor((payload.length * 5) / 8)));
  if (encode(prefix, bytes) !== `${prefix}1${data}`) throw new SeroError(field, "zero padding at the end");
  return bytes;
}
