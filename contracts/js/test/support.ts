// What the tests share: vectors, refusals, and a development node.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { after } from "node:test";
import { createPublicClient, createWalletClient, http, numberToHex, type AbiParameter, type Hex } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { SeroError, seroActions, seroDev, type Network } from "sero-js";

/** The repository, seen from build/. */
export const repository = new URL("../../../", import.meta.url);

/** A case of docs/spec/vectors. */
export type Case = Record<string, any> & { kind: string; name: string };

/** The cases of a file, of which there must be some of every kind named. */
export function vectors(file: string, kinds: string[]): Case[] {
  const { cases } = JSON.parse(readFileSync(new URL(`docs/spec/vectors/${file}.json`, repository), "utf8"));
  for (const kind of kinds) assert.ok(cases.some((row: Case) => row.kind === kind), `${file}.json has no ${kind}`);
  return cases.filter((row: Case) => kinds.includes(row.kind));
}

export const network = (name: string): Network => (name === "development" ? "dev" : (name as Network));

/** The SeroError that `act` throws. */
export function refusal(act: () => unknown, what: string): SeroError {
  try {
    act();
  } catch (error) {
    if (error instanceof SeroError) return error;
    throw error;
  }
  assert.fail(`${what}: was accepted`);
}

/** A value of a Solidity type. */
export function example({ type, ...rest }: AbiParameter): unknown {
  if (type.endsWith("[]")) return [example({ ...rest, type: type.slice(0, -2) } as AbiParameter)];
  if (type === "tuple") {
    const { components } = rest as unknown as { components: AbiParameter[] };
    return Object.fromEntries(components.map((part) => [part.name, example(part)]));
  }
  if (type === "string") return "why";
  if (type === "address") return account.address;
  if (type === "bool") return true;
  if (type === "bytes") return "0x1234";
  const bytes = /^bytes(\d+)$/.exec(type);
  if (bytes) return numberToHex(0xab, { size: Number(bytes[1]) });
  const uint = /^uint(\d+)$/.exec(type) ?? assert.fail(`no example of ${type}`);
  return Number(uint[1]) <= 48 ? 7 : 7n;
}

/** The program, which must have been built. */
export const program = process.env.SERO ?? "";

export const MNEMONIC = "test test test test test test test test test test test junk";
export const account = mnemonicToAccount(MNEMONIC);

/** A fresh `sero dev`, which ends with the test file, and clients for it. */
export async function devNode() {
  assert.ok(existsSync(program), `SERO=${program}: set it to the path of a built sero`);
  const child = spawn(program, ["dev", "--http-port", "0", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  after(() => stop(child));
  const url = await listening(child);
  const transport = http(url, { retryCount: 0 });
  const client = createPublicClient({ chain: seroDev, transport, pollingInterval: 20, cacheTime: 0 }).extend(seroActions);
  const wallet = createWalletClient({ account, chain: seroDev, transport });
  const mined = async (hash: Hex) => {
    const receipt = await client.waitForTransactionReceipt({ hash });
    assert.equal(receipt.status, "success");
    return receipt;
  };
  return { url, client, wallet, mined };
}

/** The URL that the node announces. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.once("exit", (code) => reject(new Error(`sero dev ended with ${code}: ${text}`)));
    child.stdout?.on("data", (chunk) => {
      text += String(chunk);
      if (text.endsWith("}\n")) resolve(JSON.parse(text).rpc);
    });
  });
}

async function stop(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
