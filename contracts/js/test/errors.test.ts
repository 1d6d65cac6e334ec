// Every custom error comes out of viem and ethers by name, whoever reverts with it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Contract, JsonRpcProvider } from "ethers";
import {
  BaseError,
  concatHex,
  ContractFunctionRevertedError,
  encodeErrorResult,
  numberToHex,
  parseAbi,
  size,
  type Abi,
  type Hex,
} from "viem";
import {
  ASSETS,
  assetsAbi,
  COIN,
  decodeSeroError,
  erc20FacadeAbi,
  erc721FacadeAbi,
  packagesAbi,
  PACKAGES,
  POOL,
  poolAbi,
  seroErrorsAbi,
  tokenId,
  zkpAbi,
  ZKP,
} from "sero-js";
import { account, devNode, example } from "./support.js";

/** Code that reverts with `data`, whatever it is called with. */
const revertingWith = (data: Hex): Hex => concatHex(["0x61", numberToHex(size(data), { size: 2 }), "0x80600a5f395ffd", data]);

const SOMEWHERE = "0x00000000000000000000000000000000000e4404";

/** Each ABI, with a function to call: the interfaces, and a contract of anybody's that has all our errors. */
const ABIS: [string, Abi, string, unknown[]][] = [
  ["ASSETS", assetsAbi, "registrationFee", []],
  ["POOL", poolAbi, "depositPool", []],
  ["PACKAGES", packagesAbi, "isPackage", [numberToHex(1, { size: 32 })]],
  ["ZKP", zkpAbi, "poseidon", [[1n]]],
  ["ERC-721 facade", erc721FacadeAbi, "category", []],
  ["a contract", [...parseAbi(["function number() view returns (uint256)"]), ...seroErrorsAbi], "number", []],
];

describe("custom errors", async () => {
  const { client, url } = await devNode();
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, batchMaxCount: 1 });

  test("are decoded by viem and by ethers, all of them", async () => {
    let count = 0;
    for (const [what, abi, functionName, args] of ABIS) {
      for (const error of abi) {
        if (error.type !== "error") continue;
        const errorArgs = error.inputs.map(example);
        const data = encodeErrorResult({ abi: [error], errorName: error.name, args: errorArgs } as never);
        await client.request({ method: "hardhat_setCode" as never, params: [SOMEWHERE, revertingWith(data)] as never });
        const inViem = await client.readContract({ address: SOMEWHERE, abi, functionName, args }).catch((failure: unknown) => failure);
        assert.ok(inViem instanceof BaseError);
        const reverted = inViem.walk((cause) => cause instanceof ContractFunctionRevertedError);
        assert.ok(reverted instanceof ContractFunctionRevertedError);
        assert.equal(reverted.data?.errorName, error.name, what);
        assert.deepEqual(reverted.data?.args ?? [], errorArgs, `${what}: ${error.name}`);
        assert.ok(inViem.message.includes(`${error.name}(`), inViem.message);
        assert.equal(decodeSeroError(data).errorName, error.name);

        const contract = new Contract(SOMEWHERE, abi as never, provider);
        const inEthers = await contract.getFunction(functionName).staticCall(...args).catch((failure: unknown) => failure);
        const { revert, message } = inEthers as { revert?: { name: string }; message: string };
        assert.equal(revert?.name, error.name, `${what} in ethers: ${message}`);
        assert.ok(message.includes(`${error.name}(`), message);
        count++;
      }
    }
    assert.ok(count > 2 * seroErrorsAbi.length);
    assert.ok(!(erc20FacadeAbi as Abi).some(({ type }) => type === "error"));
  });

  test("of bad input say what was expected", async () => {
    const revert = async (address: Hex, abi: Abi, functionName: string, args: unknown[], value?: bigint) => {
      const failure = await client
        .simulateContract({ address, abi, functionName, args, account, ...(value !== undefined && { value }) } as never)
        .catch((error: unknown) => error);
      assert.ok(failure instanceof BaseError, functionName);
      const reverted = failure.walk((cause) => cause instanceof ContractFunctionRevertedError);
      assert.ok(reverted instanceof ContractFunctionRevertedError, failure.message);
      return [reverted.data?.errorName, ...(reverted.data?.args ?? [])];
    };
    const fee = 10n ** 18n;
    const asset = tokenId(account.address, "Nothing");
    const pkr = `0x${"00".repeat(128)}` as const;
    assert.deepEqual(await revert(ASSETS, assetsAbi, "registerToken", ["Gold", 6], fee - 1n), ["WrongRegistrationFee", fee, fee - 1n]);
    assert.deepEqual(await revert(ASSETS, assetsAbi, "registerToken", ["SERO", 6], fee), ["NameTaken", "SERO"]);
    assert.equal((await revert(ASSETS, assetsAbi, "registerToken", [" Gold", 6], fee))[0], "InvalidName");
    assert.deepEqual(await revert(ASSETS, assetsAbi, "registerToken", ["Gold", 37], fee), ["InvalidDecimals", 37, 36]);
    assert.deepEqual(await revert(ASSETS, assetsAbi, "mint", [asset, account.address, 1n]), ["UnknownAsset", asset]);
    assert.deepEqual(await revert(ASSETS, assetsAbi, "mint", [asset, account.address, 1n], 5n), ["NotPayable"]);
    assert.deepEqual(await revert(ASSETS, assetsAbi, "transfer", [ASSETS, COIN, 1n]), ["CoinNotAllowed"]);
    assert.deepEqual(await revert(ASSETS, assetsAbi, "receiveAttached", []), ["NotAttachmentReceiver", account.address]);
    assert.equal((await revert(POOL, poolAbi, "shield", ["0x1234", COIN, 1n, "0x"], 1n))[0], "InvalidPkr");
    assert.equal((await revert(POOL, poolAbi, "shield", [pkr, COIN, 1n, "0x"], 1n))[0], "InvalidPkr");
    assert.deepEqual(await revert(POOL, poolAbi, "pay", [account.address, COIN, 1n << 128n], 0n), ["InvalidAmount", 1n << 128n]);
    assert.deepEqual(await revert(POOL, poolAbi, "pay", [account.address, COIN, 5n], 4n), ["WrongValue", 5n, 4n]);
    assert.equal((await revert(POOL, poolAbi, "transact", ["0x", pkr.slice(0, 66), 5n]))[0], "InvalidBundle");
    const id = numberToHex(5, { size: 32 });
    assert.deepEqual(await revert(PACKAGES, packagesAbi, "open", [id, id]), ["UnknownPackage", id]);
    assert.deepEqual(await revert(ZKP, zkpAbi, "poseidon", [[]]), ["WrongCount", "inputs", 0n, 1n, 8n]);
  });
});
