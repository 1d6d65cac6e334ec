import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("the packed package holds code, types and sources, and no tests", () => {
  const cwd = fileURLToPath(new URL("../", import.meta.url));
  const printed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd, encoding: "utf8" });
  const files: string[] = JSON.parse(printed)[0].files.map(({ path }: { path: string }) => path);
  for (const file of ["README.md", "package.json", "dist/index.js", "dist/index.d.ts", "dist/transaction.d.ts", "src/index.ts"]) {
    assert.ok(files.includes(file), file);
  }
  assert.deepEqual(files.filter((file) => !/^(dist|src)\/|^README\.md$|^package\.json$/.test(file)), []);
});
