// Compiles the example contracts and the facades into artifacts/*.json, and the
// runtime code that the chain carries into artifacts/*.bin. artifacts/models.json has the runtime
// code of the precompiles' models, and where it belongs.
//
//   node tools/build.mjs            writes the artifacts
//   node tools/build.mjs --check    compares them with a fresh build instead
//   node tools/build.mjs --forge    compares them with what `forge build` left in out/
//
// The result depends on the sources, tools/settings.mjs and the compiler only.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";
import { ARTIFACTS, MODELS, RUNTIME, SETTINGS, SOLC_VERSION } from "./settings.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const path = (...parts) => join(root, ...parts);

/** An artifact's source as Foundry names it. */
const sourceName = (file) => posix.join("src", file);

/** Every .sol file under src/ and the artifacts' sources elsewhere, in a fixed order, keyed as Foundry keys them. */
function sources() {
  const files = readdirSync(path("src"), { recursive: true }).map((file) => file.replaceAll("\\", "/"));
  const names = files.filter((file) => file.endsWith(".sol")).sort().map(sourceName);
  const others = ARTIFACTS.map(([file]) => sourceName(file)).filter((name) => !names.includes(name));
  return Object.fromEntries([...names, ...others].map((name) => [name, { content: readFileSync(path(name), "utf8") }]));
}

/** A source that another one imports from an npm package. */
function load(name) {
  const file = path("node_modules", name);
  return existsSync(file) ? { contents: readFileSync(file, "utf8") } : { error: `${file} is missing: run npm ci` };
}

/** solc's warnings that code is too long to be deployed: models are put where they are. */
const TOO_LONG = ["5574", "3860"];

/** All contracts of a clean compilation; a warning is a failure too. */
function compile() {
  if (!solc.version().startsWith(`${SOLC_VERSION}+`)) {
    throw new Error(`solc is ${solc.version()}, wanted ${SOLC_VERSION}: run npm ci`);
  }
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } };
  const input = { language: "Solidity", sources: sources(), settings: { ...SETTINGS, outputSelection } };
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input), { import: load }));
  const isFlaw = ({ severity, errorCode }) => severity !== "info" && !TOO_LONG.includes(errorCode);
  const messages = errors.filter(isFlaw).map((error) => error.formattedMessage);
  if (messages.length > 0) throw new Error(messages.join("\n"));
  return contracts;
}

/** The artifacts as [file name, bytes]. */
function artifacts() {
  const contracts = compile();
  const files = ARTIFACTS.flatMap(([file, contractName]) => {
    const { abi, evm } = contracts[sourceName(file)][contractName];
    const artifact = {
      contractName,
      sourceName: sourceName(file),
      compiler: solc.version(),
      settings: SETTINGS,
      abi,
      bytecode: `0x${evm.bytecode.object}`,
      deployedBytecode: `0x${evm.deployedBytecode.object}`,
    };
    const json = [`${contractName}.json`, Buffer.from(`${JSON.stringify(artifact, null, 2)}\n`)];
    if (!RUNTIME.includes(contractName)) return [json];
    return [json, [`${contractName}.bin`, Buffer.from(evm.deployedBytecode.object, "hex")]];
  });
  return [...files, ["models.json", models(contracts)]];
}

/** The models as a list of contracts: name, address, runtime code. */
function models(contracts) {
  const list = MODELS.map(([file, name, address]) => {
    const { evm } = contracts[sourceName(file)][name];
    return { name, address, code: `0x${evm.deployedBytecode.object}` };
  });
  return Buffer.from(`${JSON.stringify(list, null, 2)}\n`);
}

function write() {
  mkdirSync(path("artifacts"), { recursive: true });
  for (const [name, bytes] of artifacts()) {
    writeFileSync(path("artifacts", name), bytes);
    console.log(`wrote artifacts/${name}`);
  }
}

/** Fails unless artifacts/ holds exactly a fresh build. */
function check() {
  const fresh = new Map(artifacts());
  const committed = existsSync(path("artifacts")) ? readdirSync(path("artifacts")) : [];
  const stale = [...fresh].filter(
    ([name, bytes]) => !committed.includes(name) || !readFileSync(path("artifacts", name)).equals(bytes),
  );
  const wrong = [
    ...stale.map(([name]) => `artifacts/${name} differs from a fresh build`),
    ...committed.filter((name) => !fresh.has(name)).map((name) => `artifacts/${name} is built from nothing`),
  ];
  if (wrong.length > 0) throw new Error(`${wrong.join("\n")}\nrun: cargo xtask contracts`);
  console.log(`${fresh.size} artifacts match a fresh build`);
}

/** Fails unless Foundry made the same code from the same sources. */
function compareWithForge() {
  for (const [file, name] of ARTIFACTS) {
    const ours = JSON.parse(readFileSync(path("artifacts", `${name}.json`), "utf8"));
    const forge = JSON.parse(readFileSync(path("out", file.split("/").pop(), `${name}.json`), "utf8"));
    if (ours.bytecode !== forge.bytecode.object || ours.deployedBytecode !== forge.deployedBytecode.object) {
      throw new Error(`artifacts/${name}.json and forge build differ in bytecode`);
    }
  }
  console.log(`${ARTIFACTS.length} artifacts match forge build`);
}

const modes = { undefined: write, "--check": check, "--forge": compareWithForge };
const mode = modes[process.argv[2]];
try {
  if (!mode || process.argv.length > 3) throw new Error("usage: build.mjs [--check | --forge]");
  mode();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
