#!/usr/bin/env node
// A `solc` command over the npm package solc, for Foundry. The package's own
// command line prints a note before its JSON, which Foundry cannot read.
//
//   solc.mjs --version
//   solc.mjs --standard-json [--base-path DIR] [--include-path DIR]... < input
//
// All other options are ignored.
import { readFileSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import solc from "solc";

const args = process.argv.slice(2);

/** The values of a repeatable option. */
function values(option) {
  return args.flatMap((arg, i) => (arg === option && i + 1 < args.length ? [args[i + 1]] : []));
}

/** Writes all of `text`; a pipe may take less than it is given, or be full for now. */
function print(text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function compile() {
  const roots = [...values("--base-path"), ...values("--include-path"), "."];
  const load = (path) => {
    for (const root of roots) {
      try {
        return { contents: readFileSync(resolve(root, path), "utf8") };
      } catch {
        continue;
      }
    }
    return { error: `${path} not found under ${roots.join(", ")}` };
  };
  return solc.compile(readFileSync(0, "utf8"), { import: load });
}

if (args.includes("--version")) {
  print(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else if (args.includes("--standard-json")) {
  print(compile());
} else {
  process.stderr.write("usage: solc.mjs --version | --standard-json\n");
  process.exit(2);
}
