// The curve `J` (docs/spec/01-primitives.md): x^2 + y^2 = 1 + d x^2 y^2 over BN254's scalar field.
import { twistedEdwards, type ExtPointType } from "@noble/curves/abstract/edwards";
import { Field, type IField } from "@noble/curves/abstract/modular";
import { sha512 } from "@noble/hashes/sha2";
import { randomBytes } from "@noble/hashes/utils";
import { bigintFromBytes, bigintToBytes } from "./bytes.js";
import { L, R } from "./constants.js";
import { SeroError } from "./errors.js";

export type Point = ExtPointType;

export const F: IField<bigint> = /*#__PURE__*/ Field(R);
const D = /*#__PURE__*/ F.div(168696n, 168700n);
// Of the Montgomery form.
const A = 168698n;
const B = 168700n;
const NON_SQUARE = 5n;
const TWO_ADICITY = 28n;
const ODD_ORDER = (R - 1n) >> TWO_ADICITY;

// The library wants a base point and a hash for signatures of its own, which are not used here.
const BASE = /*#__PURE__*/ (() => {
  const point = mapUnclear(1n);
  if (point === undefined) throw new Error("1 maps to a point");
  return point;
})();
const { ExtendedPoint } = /*#__PURE__*/ twistedEdwards({
  a: 1n,
  d: D,
  Fp: F,
  n: L,
  h: 8n,
  Gx: BASE.x,
  Gy: BASE.y,
  hash: sha512,
  randomBytes,
});

function sqrt(value: bigint): bigint | undefined {
  if (F.is0(value)) return 0n;
  // Euler's criterion first: the library throws for a non-square.
  if (F.pow(value, (R - 1n) / 2n) !== 1n) return undefined;
  return F.sqrt(value);
}

/** The point that 32 bytes stand for, of whatever order, or undefined. */
export function pointFromBytes(bytes: Uint8Array): Point | undefined {
  const whole = bigintFromBytes(bytes);
  const y = whole & ((1n << 255n) - 1n);
  const odd = whole >> 255n;
  if (bytes.length !== 32 || y >= R) return undefined;
  const y2 = F.sqr(y);
  const root = sqrt(F.div(F.sub(1n, y2), F.sub(1n, F.mul(D, y2))));
  if (root === undefined || (root === 0n && odd === 1n)) return undefined;
  const x = (root & 1n) === odd ? root : F.neg(root);
  return ExtendedPoint.fromAffine({ x, y });
}

export function pointToBytes(point: Point): Uint8Array {
  const { x, y } = point.toAffine();
  return bigintToBytes(y | ((x & 1n) << 255n), 32, "point");
}

/** Whether the order is `L`. */
export function isSubgroupPoint(point: Point): boolean {
  return !point.equals(ExtendedPoint.ZERO) && point.isTorsionFree();
}

/** Refuses bytes that are no point of prime order, in the one way to write it. */
export function checkPoint(bytes: Uint8Array, field: string): void {
  const point = pointFromBytes(bytes);
  if (point === undefined) throw new SeroError(field, "the encoding of a point of the curve");
  if (!isSubgroupPoint(point)) throw new SeroError(field, "a point of prime order, and not the identity");
}

/** `scalar * point`, for a scalar that is not zero modulo the order. */
export const multiply = (point: Point, scalar: bigint): Point => point.multiply(scalar);

/** `map(u)`: Elligator 2 into the group of prime order, or undefined where it gives no point. */
export function mapToCurve(u: bigint): Point | undefined {
  const affine = mapUnclear(u);
  if (affine === undefined) return undefined;
  const point = ExtendedPoint.fromAffine(affine).clearCofactor();
  return point.equals(ExtendedPoint.ZERO) ? undefined : point;
}

function mapUnclear(u: bigint): { x: bigint; y: bigint } | undefined {
  const q = (s: bigint) => F.div(F.mul(s, F.add(F.add(F.sqr(s), F.mul(A, s)), 1n)), B);
  const s1 = F.neg(F.div(A, F.add(1n, F.mul(NON_SQUARE, F.sqr(u)))));
  const root1 = sqrt(q(s1));
  const s = root1 === undefined ? F.sub(F.neg(A), s1) : s1;
  const root = root1 ?? sqrt(q(s));
  if (root === undefined || root === 0n) return undefined;
  const t = hasSmallLogarithm(root) ? root : F.neg(root);
  return { x: F.div(s, t), y: F.div(F.sub(s, 1n), F.add(s, 1n)) };
}

/** Whether the two-adic logarithm of `y` is below 2^27: its highest bit, found after all others. */
function hasSmallLogarithm(y: bigint): boolean {
  // y = g^k z with z of odd order; what is left of both after raising is g^(k m), of which the bits of k are read from the lowest.
  let rest = F.pow(y, ODD_ORDER);
  let step = F.inv(F.pow(F.pow(NON_SQUARE, ODD_ORDER), ODD_ORDER));
  let high = false;
  for (let bit = 0n; bit < TWO_ADICITY; bit++) {
    high = F.pow(rest, 1n << (TWO_ADICITY - 1n - bit)) !== 1n;
    if (high) rest = F.mul(rest, step);
    step = F.sqr(step);
  }
  return !high;
}
