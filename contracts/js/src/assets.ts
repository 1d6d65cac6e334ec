// Asset ids and names (docs/spec/03-assets.md).
import { concatHex, getAddress, keccak256, numberToHex, stringToBytes, stringToHex, type Address } from "viem";
import { bigintToBytes, bytesOf, checkFieldElement } from "./bytes.js";
import { ASSETS } from "./contracts.js";
import { SeroError } from "./errors.js";
import { keccakToField } from "./hash.js";

/** The asset id of the coin SERO. */
export const COIN: bigint = 0x15e88f3c30a7333503b3e30d01e9ccaa64993cdbaded5e29cdbfbe56bf14e8e9n;

/** Decimals of the coin. */
export const COIN_DECIMALS = 18;

/** Bytes in the longest name. */
export const NAME_LENGTH_MAX = 32;

// Zero-width and direction characters, with which two names can look the same.
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]/u;

const show = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** Refuses what cannot be the name of a token or ticket category, and says which rule it breaks. */
export function checkName(name: string): void {
  const field = "name";
  if (typeof name !== "string") throw new SeroError(field, "a text", typeof name);
  if (/\p{Cs}/u.test(name)) throw new SeroError(field, "well-formed Unicode", "half a surrogate pair");
  const { length } = stringToBytes(name);
  if (length < 1 || length > NAME_LENGTH_MAX) {
    throw new SeroError(field, `1 to ${NAME_LENGTH_MAX} bytes of UTF-8`, String(length));
  }
  const control = /\p{Cc}/u.exec(name);
  if (control) throw new SeroError(field, "no control characters", show(control[0]));
  const invisible = INVISIBLE.exec(name);
  if (invisible) throw new SeroError(field, "no invisible characters", show(invisible[0]));
  if (/^\p{White_Space}|\p{White_Space}$/u.test(name)) throw new SeroError(field, "no white space around it");
  if (name.normalize("NFC") !== name) throw new SeroError(field, "Unicode normalisation form C");
}

function named(domain: string, issuer: Address, name: string): bigint {
  checkName(name);
  return keccakToField(domain, bytesOf(issuer, "issuer", 20), stringToBytes(name));
}

/** The id of the token that `issuer` registers as `name`. */
export const tokenId = (issuer: Address, name: string): bigint => named("SERO.asset.token", issuer, name);

/** The id of the ticket category that `issuer` registers as `name`. It is not an asset: nobody holds it. */
export const categoryId = (issuer: Address, name: string): bigint => named("SERO.asset.category", issuer, name);

/** The id of ticket `number` of a category. */
export function ticketId(category: bigint, number: bigint): bigint {
  checkFieldElement(category, "category");
  return keccakToField(
    "SERO.asset.ticket",
    bigintToBytes(category, 32, "category"),
    bigintToBytes(number, 32, "number"),
  );
}

/** Where a token answers as ERC-20, and a category as ERC-721. */
export function facadeOf(id: bigint): Address {
  checkFieldElement(id, "id");
  const salt = numberToHex(id, { size: 32 });
  const hash = keccak256(concatHex(["0xff", ASSETS, salt, keccak256(stringToHex("SERO.facade"))]));
  return getAddress(`0x${hash.slice(26)}`);
}

/** Refuses amounts that no note, balance or call can have. */
export function checkAmount(amount: bigint, field = "amount"): void {
  if (typeof amount !== "bigint") throw new SeroError(field, "a bigint", typeof amount);
  if (amount < 1n || amount >> 128n !== 0n) throw new SeroError(field, "1 to 2^128 - 1", String(amount));
}
