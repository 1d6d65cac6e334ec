// Writes src/model/PoseidonTables.sol: circomlib's constants for 1 to 8 inputs, as docs/spec/01-primitives.md has them.
//
//   node tools/poseidon.mjs            writes the file
//   node tools/poseidon.mjs --check    fails if it is not what this program writes
//
// They come out of the Grain LFSR of the Poseidon paper (appendix E), with the parameters that circomlib used.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const FIELD_BITS = 254;
const FULL_ROUNDS = 8;
/** By width: inputs and the tag. */
const PARTIAL_ROUNDS = { 2: 56, 3: 57, 4: 56, 5: 60, 6: 60, 7: 63, 8: 64, 9: 63 };

/** The self-shrinking 80-bit stream, after its 160 warm-up steps. */
function* grain(width) {
  const fields = [[1, 2], [0, 4], [FIELD_BITS, 12], [width, 12], [FULL_ROUNDS, 10], [PARTIAL_ROUNDS[width], 10], [2 ** 30 - 1, 30]];
  const bits = fields.map(([value, length]) => value.toString(2).padStart(length, "0")).join("");
  let state = Array.from(bits, Number);
  let at = 0;
  const clock = () => {
    const tap = (i) => state[(at + i) % 80];
    const bit = tap(62) ^ tap(51) ^ tap(38) ^ tap(23) ^ tap(13) ^ tap(0);
    state[at] = bit;
    at = (at + 1) % 80;
    return bit;
  };
  for (let i = 0; i < 160; i++) clock();
  for (;;) {
    const keep = clock();
    const bit = clock();
    if (keep) yield bit;
  }
}

function power(base, exponent) {
  let result = 1n;
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % R;
    base = (base * base) % R;
  }
  return result;
}

/** All words of a width: round constants, then the matrix, row by row. */
function table(width) {
  const stream = grain(width);
  const number = () => {
    let text = "0b";
    for (let i = 0; i < FIELD_BITS; i++) text += stream.next().value;
    return BigInt(text);
  };
  const constants = [];
  while (constants.length < width * (FULL_ROUNDS + PARTIAL_ROUNDS[width])) {
    const value = number();
    if (value < R) constants.push(value);
  }
  for (;;) {
    const points = Array.from({ length: 2 * width }, () => number() % R);
    const [xs, ys] = [points.slice(0, width), points.slice(width)];
    const sums = xs.flatMap((x) => ys.map((y) => (x + y) % R));
    if (new Set(points).size === points.length && !sums.includes(0n)) {
      return [...constants, ...sums.map((sum) => power(sum, R - 2n))];
    }
  }
}

const word = (value) => value.toString(16).padStart(64, "0");

function source() {
  const widths = Object.keys(PARTIAL_ROUNDS).map(Number);
  const choices = widths.map((width) => `        if (width == ${width}) return _WIDTH_${width};`);
  const constants = widths.map((width) => {
    const lines = table(width).map((value) => `        hex"${word(value)}"`);
    return `    bytes private constant _WIDTH_${width} =\n${lines.join("\n")};`;
  });
  return `// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by tools/poseidon.mjs.
pragma solidity ^0.8.24;

/// @title PoseidonTables, the constants of circomlib's Poseidon for 1 to 8 inputs
library PoseidonTables {
    /// @notice Round constants, round by round, then the matrix, row by row; 32 bytes each.
    /// @param width inputs and the tag, 2 to 9
    function ofWidth(uint256 width) internal pure returns (bytes memory) {
${choices.join("\n")}
        revert("width");
    }

${constants.join("\n\n")}
}
`;
}

const file = join(dirname(fileURLToPath(import.meta.url)), "../src/model/PoseidonTables.sol");
if (process.argv[2] === "--check") {
  if (readFileSync(file, "utf8") !== source()) {
    console.error("src/model/PoseidonTables.sol is not what tools/poseidon.mjs writes");
    process.exit(1);
  }
} else {
  writeFileSync(file, source());
}
