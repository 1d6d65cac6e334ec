// Writes src/abi.ts from the Solidity interfaces, the one source of the ABI.
//
//   node tools/abi.mjs            writes it
//   node tools/abi.mjs --check    fails if it is not what the interfaces give
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import solc from "solc";

const sourceFolder = new URL("../../src/", import.meta.url);
const target = new URL("../src/abi.ts", import.meta.url);

/** Contract, and the name of its ABI here. */
const ABIS = [
  ["IAssets", "assetsAbi", "ASSETS, the registry and public ledger."],
  ["IPool", "poolAbi", "POOL, the shielded note pool."],
  ["IPackages", "packagesAbi", "PACKAGES, encrypted boxes."],
  ["IZkp", "zkpAbi", "ZKP, proofs and curve arithmetic."],
  ["IErc20Facade", "erc20FacadeAbi", "What a token is at `facadeOf(token)`."],
  ["IErc721Facade", "erc721FacadeAbi", "What a ticket category is at `facadeOf(category)`."],
];
/** What contracts build on, and revert with its errors too: name, file. */
const LIBRARIES = [
  ["Sero", "Sero.sol"],
  ["SeroZkp", "SeroZkp.sol"],
  ["AssetReceiver", "base/AssetReceiver.sol"],
];

function compile() {
  const read = (path) => ({ content: readFileSync(new URL(path, sourceFolder), "utf8") });
  const interfaces = readdirSync(new URL("interfaces/", sourceFolder)).map((name) => `interfaces/${name}`);
  const files = [...interfaces, ...LIBRARIES.map(([, file]) => file)];
  const sources = Object.fromEntries(files.map((file) => [file, read(file)]));
  const settings = { outputSelection: { "*": { "*": ["abi"] } } };
  const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const contracts = Object.assign({}, ...Object.values(output.contracts));
  return (name) => {
    if (!contracts[name]) throw new Error(`no contract ${name} under contracts/src`);
    return contracts[name].abi.map(withoutInternalTypes);
  };
}

function withoutInternalTypes(item) {
  if (Array.isArray(item)) return item.map(withoutInternalTypes);
  if (typeof item !== "object" || item === null) return item;
  const kept = Object.entries(item).filter(([key]) => key !== "internalType");
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutInternalTypes(value)]));
}

function render() {
  const abi = compile();
  const constant = (name, about, items) => {
    const lines = items.map((item) => `  ${JSON.stringify(item)},\n`).join("");
    return `/** ${about} */\nexport const ${name} = [\n${lines}] as const;\n`;
  };
  const errors = new Map();
  for (const [name] of [...ABIS, ...LIBRARIES]) {
    for (const item of abi(name)) {
      if (item.type === "error") errors.set(JSON.stringify(item), item);
    }
  }
  const about = "Every custom error of the precompiles, the facades, the library and the base contracts: spread it into a contract's ABI.";
  return [
    "// Made by tools/abi.mjs from contracts/src: run `npm run abi` after a change there.\n",
    ...ABIS.map(([name, constantName, about]) => constant(constantName, about, abi(name))),
    constant("seroErrorsAbi", about, [...errors.values()]),
  ].join("\n");
}

const fresh = render();
if (process.argv[2] === "--check") {
  if (readFileSync(target, "utf8") !== fresh) {
    console.error("contracts/js/src/abi.ts is not what contracts/src gives: run npm run abi");
    process.exit(1);
  }
} else {
  writeFileSync(target, fresh);
}
