// `sero wallet` against a node: real notes and real proofs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { program } from "./support.js";

/** A new wallet; `run` gives what a command prints as JSON. */
export function newWallet(rpc: string) {
  const folder = mkdtempSync(join(tmpdir(), "sero-js-"));
  after(() => rmSync(folder, { recursive: true }));
  const password = join(folder, "password");
  writeFileSync(password, "correct horse\n");
  const common = ["--wallet", join(folder, "wallet.json"), "--rpc", rpc, "--password-file", password, "--json"];
  const run = (...args: string[]) =>
    JSON.parse(execFileSync(program, ["wallet", ...args, ...common], { encoding: "utf8" }));
  const { address } = run("create");
  assert.equal(typeof address, "string");
  return { address: address as string, run };
}
