import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { toFunctionSelector, type AbiFunction } from "viem";
import { assetsAbi, packagesAbi, poolAbi, seroErrorsAbi, zkpAbi } from "sero-js";

test("the ABI is what the Solidity interfaces give", () => {
  const tool = fileURLToPath(new URL("../tools/abi.mjs", import.meta.url));
  execFileSync(process.execPath, [tool, "--check"], { stdio: "inherit" });
});

test("no two errors share a selector", () => {
  const selectors = seroErrorsAbi.map((error) => toFunctionSelector({ ...error, type: "function", outputs: [], stateMutability: "view" } as AbiFunction));
  assert.equal(new Set(selectors).size, selectors.length);
  for (const abi of [assetsAbi, poolAbi, packagesAbi, zkpAbi]) assert.ok(abi.some(({ type }) => type === "error"));
});
