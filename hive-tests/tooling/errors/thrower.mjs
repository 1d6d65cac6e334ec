// Writes Solidity that reverts with every custom error of the precompiles, the facades and what
// contracts build on, one function each:
// `e7_NameTaken()`. With `--tests`, a Foundry test for each, which must fail.
//
//   node thrower.mjs FOLDER [--tests]     into FOLDER: Thrower.sol, [Thrower.t.sol,] sero/ with the sources
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const [folder, option] = process.argv.slice(2);
if (!folder || ![undefined, "--tests"].includes(option)) {
  console.error("usage: thrower.mjs FOLDER [--tests]");
  process.exit(2);
}
const sources = new URL("../../../contracts/src/", import.meta.url);
const interfaces = readdirSync(new URL("interfaces/", sources)).sort();
const files = [...interfaces.map((name) => `interfaces/${name}`), "Sero.sol", "SeroZkp.sol", "base/AssetReceiver.sol"];

/** A value of a type, as Solidity writes it; `owner` is where structs are looked up. */
function value(type, owner) {
  if (type === "string") return '"why"';
  if (type === "bool") return "true";
  if (type === "address") return "address(1)";
  if (type === "bytes4") return "bytes4(0x01020304)";
  if (type === "bytes32") return "bytes32(uint256(5))";
  if (/^uint\d*$/.test(type)) return `${type}(7)`;
  const list = /^([A-Za-z.]+)\[\]$/.exec(type);
  if (list) return `new ${list[1].includes(".") ? list[1] : `${owner}.${list[1]}`}[](1)`;
  throw new Error(`no value of type ${type}`);
}

const errors = files.flatMap((file) => {
  const owner = file.replace(/^.*\/|\.sol$/g, "");
  const text = readFileSync(new URL(file, sources), "utf8");
  return [...text.matchAll(/^ *error (\w+)\(([^)]*)\);/gm)].map(([, name, parameters]) => {
    const types = parameters.split(",").map((parameter) => parameter.trim().split(/\s+/)[0]);
    const values = types.filter((type) => type !== "").map((type) => value(type, owner));
    return { name, revert: `revert ${owner}.${name}(${values.join(", ")});` };
  });
});

const head = "// SPDX-License-Identifier: MIT OR Apache-2.0\npragma solidity ^0.8.24;\n\n";
const imports = files.map((file) => `import {${file.replace(/^.*\/|\.sol$/g, "")}} from "./sero/${file}";\n`).join("");
const functions = errors.map(({ name, revert }, i) => `    function e${i}_${name}() external pure {\n        ${revert}\n    }\n`);
for (const file of files) cpSync(new URL(file, sources), `${folder}/sero/${file}`);
writeFileSync(`${folder}/Thrower.sol`, `${head}${imports}\ncontract Thrower {\n${functions.join("\n")}}\n`);
if (option === "--tests") {
  const tests = errors.map(({ name }, i) => `    function test_e${i}_${name}() external {\n        thrower.e${i}_${name}();\n    }\n`);
  const text = `contract ThrowerTest {\n    Thrower private thrower = new Thrower();\n\n${tests.join("\n")}}\n`;
  writeFileSync(`${folder}/Thrower.t.sol`, `${head}import {Thrower} from "./Thrower.sol";\n\n${text}`);
}
console.log(errors.length);
