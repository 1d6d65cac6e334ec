// The hashes of docs/spec/01-primitives.md.
import { grainGenConstants, poseidon as permutation } from "@noble/curves/abstract/poseidon";
import { blake2b } from "@noble/hashes/blake2b";
import { keccak256, stringToBytes } from "viem";
import { bigintFromBytes, bigintToBytes, concatBytes } from "./bytes.js";
import { L, R } from "./constants.js";
import { F, mapToCurve, type Point } from "./curve.js";

const prefixed = (parts: Uint8Array[]): Uint8Array =>
  concatBytes(...parts.flatMap((part) => [bigintToBytes(BigInt(part.length), 4, "part"), part]));

/** `B(personal; parts)`, 64 bytes. */
export function blake(personal: string, ...parts: Uint8Array[]): Uint8Array {
  const personalization = new Uint8Array(16);
  personalization.set(stringToBytes(personal));
  return blake2b(prefixed(parts), { dkLen: 64, personalization });
}

/** `H2S`: modulo the order of the group. */
export const hashToScalar = (personal: string, ...parts: Uint8Array[]): bigint =>
  bigintFromBytes(blake(personal, ...parts)) % L;

/** `H2F`: modulo the order of the field. */
export const hashToField = (personal: string, ...parts: Uint8Array[]): bigint =>
  bigintFromBytes(blake(personal, ...parts)) % R;

/** `K2F`, which contracts can compute too. */
export function keccakToField(domain: string, ...parts: Uint8Array[]): bigint {
  const message = prefixed([stringToBytes(domain), ...parts]);
  const half = (first: number) => keccak256(concatBytes(Uint8Array.of(first), message), "bytes");
  return bigintFromBytes(concatBytes(half(0), half(1))) % R;
}

/** `H2C(domain, message)`. */
export function hashToCurve(domain: string, message: Uint8Array): Point {
  for (let counter = 0; counter < 256; counter++) {
    const point = mapToCurve(hashToField("SERO_h2c", stringToBytes(domain), message, Uint8Array.of(counter)));
    if (point !== undefined) return point;
  }
  throw new Error("no counter gives a point");
}

const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63];
const permutations = new Map<number, (state: bigint[]) => bigint[]>();

/** `P[tag](inputs)` of 1 to 8 elements of the field. */
export function poseidon(tag: number, ...inputs: bigint[]): bigint {
  const t = inputs.length + 1;
  let permute = permutations.get(t);
  if (permute === undefined) {
    const roundsPartial = PARTIAL_ROUNDS[t - 2];
    if (roundsPartial === undefined) throw new Error(`Poseidon of ${inputs.length} inputs`);
    const options = { Fp: F, t, roundsFull: 8, roundsPartial, sboxPower: 5 };
    permute = permutation({ ...options, ...grainGenConstants(options) });
    permutations.set(t, permute);
  }
  const [first] = permute([BigInt(tag), ...inputs]);
  if (first === undefined) throw new Error("Poseidon gives a state");
  return first;
}
