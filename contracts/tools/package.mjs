// Packs contracts/ as npm would, installs it into a fresh project, and uses it there as a stranger does:
// compiles a contract with solc, tests it with Foundry, and plays it on anvil with hardhat/install.mjs.
//
//   node tools/package.mjs
//
// Every step prints a line; the last line counts them.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Contract, ContractFactory, JsonRpcProvider, parseEther } from "ethers";
import solc from "solc";
import { SETTINGS } from "./settings.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const project = mkdtempSync(join(tmpdir(), "sero-contracts-"));
const installed = join(project, "node_modules/sero-contracts");

const TOKEN = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {PrivateToken} from "sero-contracts/src/base/PrivateToken.sol";

contract Coffee is PrivateToken {
    constructor() payable PrivateToken("Coffee", 0) {
        _mint(msg.sender, 1_000);
    }
}
`;

const TEST = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SeroTest} from "sero-contracts/src/testing/SeroTest.sol";
import {TestWallet} from "sero-contracts/src/testing/TestWallet.sol";
import {Coffee} from "../src/Coffee.sol";

contract CoffeeTest is SeroTest {
    function test_coffee_can_be_hidden() public {
        installSero();
        uint256 asset = new Coffee{value: REGISTRATION_FEE}().asset();
        TestWallet alice = wallet("alice");
        POOL.shield(alice.pkr(), asset, 400, "");
        sync();
        require(alice.balance(asset) == 400, "a note");
        assertSupply(asset, 600, 400);
    }
}
`;

/** A program of one of contracts/'s npm packages. */
function foundry(tool) {
  const folder = join(root, "node_modules/@foundry-rs");
  const found = readdirSync(folder).find((name) => name.startsWith(`${tool}-`));
  if (!found) throw new Error(`no ${tool} in contracts/node_modules: run npm ci in contracts/`);
  return join(folder, found, "bin", tool);
}

function run(program, ...args) {
  return execFileSync(program, args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function pack() {
  const [{ filename, files }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", project], { cwd: root, encoding: "utf8" }),
  );
  const names = files.map((file) => file.path);
  const stray = names.filter((name) => !/^(src|artifacts|hardhat)\/|^(package\.json|README\.md)$/.test(name));
  if (stray.length > 0) throw new Error(`the package holds ${stray.join(", ")}`);
  writeFileSync(join(project, "package.json"), '{ "name": "stranger", "private": true, "type": "module" }\n');
  run("npm", "install", "--offline", "--no-audit", "--no-fund", join(project, filename));
  if (!existsSync(join(installed, "src/Sero.sol"))) throw new Error("src/Sero.sol was not installed");
}

/** Compiles the token with nothing but the installed package. */
function compile() {
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object"] } };
  const sources = { "src/Coffee.sol": { content: TOKEN } };
  const input = { language: "Solidity", sources, settings: { ...SETTINGS, outputSelection } };
  const load = (name) => ({ contents: readFileSync(join(project, "node_modules", name), "utf8") });
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input), { import: load }));
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join("\n"));
  return contracts["src/Coffee.sol"].Coffee;
}

function forge() {
  for (const [file, text] of [["src/Coffee.sol", TOKEN], ["test/Coffee.t.sol", TEST]]) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
  const lines = [
    "[profile.default]",
    'remappings = ["sero-contracts/=node_modules/sero-contracts/"]',
    "libs = []",
    `solc = "${join(root, "tools/solc.mjs")}"`,
    "offline = true",
    'evm_version = "prague"',
    "optimizer = true",
  ];
  writeFileSync(join(project, "foundry.toml"), `${lines.join("\n")}\n`);
  const said = run(foundry("forge"), "test");
  if (!said.includes("1 tests passed, 0 failed")) throw new Error(said);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Deploys the token on anvil and moves it through its facade. */
async function play({ abi, evm }) {
  const port = await freePort();
  const node = spawn(foundry("anvil"), ["--port", `${port}`, "--silent"], { stdio: "ignore" });
  const provider = new JsonRpcProvider(`http://127.0.0.1:${port}`, 31337, { staticNetwork: true, cacheTimeout: -1 });
  try {
    const eip1193 = { request: ({ method, params = [] }) => provider.send(method, params) };
    const answers = async () => provider.send("web3_clientVersion", []).then(() => true, () => false);
    for (let tries = 0; !(await answers()); tries++) {
      if (tries === 200) throw new Error("anvil does not answer");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { installSero, installFacade } = await import(join(installed, "hardhat/install.mjs"));
    await installSero(eip1193);
    const signer = await provider.getSigner();
    const factory = new ContractFactory(abi, evm.bytecode.object, signer);
    const token = await (await factory.deploy({ value: parseEther("1") })).waitForDeployment();
    const facade = await installFacade(eip1193, await token.asset());
    const erc20 = new Contract(facade, readAbi("Erc20Facade"), signer);
    const other = `0x${"11".repeat(20)}`;
    await (await erc20.transfer(other, 7)).wait();
    const found = [await erc20.name(), await erc20.balanceOf(other), await erc20.totalSupply()].join();
    if (found !== "Coffee,7,1000") throw new Error(`the facade says ${found}`);
    const logs = await erc20.queryFilter("Transfer");
    if (logs.length !== 1) throw new Error(`the facade has ${logs.length} logs, not 1`);
    await installFacade(eip1193, 12345).then(
      () => { throw new Error("a facade for nothing"); },
      (error) => { if (!error.message.includes("no registered token")) throw error; },
    );
  } finally {
    provider.destroy();
    node.kill();
  }
}

const readAbi = (name) => JSON.parse(readFileSync(join(installed, `artifacts/${name}.json`), "utf8")).abi;

let passed = 0;
let failed = 0;
let compiled;
const steps = [
  ["the package installs into a fresh project", pack],
  ["solc compiles a token on it", () => { compiled = compile(); }],
  ["forge tests it through a remapping", forge],
  ["anvil plays it with hardhat/install.mjs", () => play(compiled)],
];
for (const [name, step] of steps) {
  try {
    await step();
    passed += 1;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error.stdout ?? ""}${error.stderr ?? ""}${error.message}`);
    break;
  }
}
rmSync(project, { recursive: true, force: true });
console.log(`package: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
