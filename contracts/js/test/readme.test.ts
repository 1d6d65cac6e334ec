// The examples of the README, compiled strictly and run in order against one `sero dev`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { devNode } from "./support.js";

const folder = new URL("../", import.meta.url);
const path = (name: string) => fileURLToPath(new URL(name, folder));

test("the README's examples work", async () => {
  const { url } = await devNode();
  const examples = [...readFileSync(path("README.md"), "utf8").matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? "");
  assert.equal(examples.length, 2);
  mkdirSync(path("build/readme"), { recursive: true });
  examples.forEach((code, i) => writeFileSync(path(`build/readme/example${i}.ts`), code));
  const options = { outDir: "out", rootDir: ".", declaration: false, types: ["node"] };
  writeFileSync(path("build/readme/tsconfig.json"), JSON.stringify({ extends: "../../tsconfig.json", compilerOptions: options, include: ["*.ts"] }));
  execFileSync(process.execPath, [path("node_modules/typescript/bin/tsc"), "-p", path("build/readme")], { stdio: "inherit" });
  const printed = examples.map((_, i) =>
    execFileSync(process.execPath, [path(`build/readme/out/example${i}.js`)], { encoding: "utf8", env: { ...process.env, RPC: url } }),
  );
  assert.match(printed[0] ?? "", /POOL PublicNote/);
  assert.match(printed[1] ?? "", /0n \d+n 25000n rent\ntrue true\n/);
});
