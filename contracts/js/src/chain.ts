// SERO chains as viem knows chains.
import {
  defineBlock,
  defineTransaction,
  defineTransactionReceipt,
  formatTransaction,
  getAddress,
  numberToHex,
  pad,
  type AccessList,
  type Address,
  type Block,
  type Chain,
  type Hash,
  type Hex,
  type RpcBlock,
  type RpcTransaction,
  type RpcTransactionReceipt,
  type Transaction,
  type TransactionReceipt,
} from "viem";
import { COIN_DECIMALS } from "./assets.js";
import { decodeBundle } from "./bundle.js";
import { ASSETS, PACKAGES, POOL, ZKP } from "./contracts.js";
import { SeroError } from "./errors.js";
import { serializeTransaction, SHIELDED_TYPE, type Attached, type PublicOut, type ShieldedTransaction } from "./transaction.js";

/** What JSON-RPC adds to a shielded transaction. */
export type RpcShieldedPart = {
  expiry: Hex;
  bundle: Hex;
  attached: { asset: Hex; amount: Hex }[];
  refund: Hex | null;
  outs: { to: Hex; asset: Hex; amount: Hex; memo: Hex }[];
};

/** What a shielded transaction has beside an Ethereum transaction's fields. */
export type ShieldedPart = {
  expiry: bigint;
  /** `decodeBundle` reads it. */
  bundle: Hex;
  attached: readonly Attached[];
  /** Null in a pure transfer. */
  refund: Hex | null;
  outs: readonly PublicOut[];
};

/** A transaction of type 0x53 as the node has it. Of a pure transfer, `from` and `to` are POOL. */
export type ShieldedRpcTransaction<Pending extends boolean = boolean> = {
  type: "shielded";
  typeHex: "0x53";
  hash: Hash;
  blockHash: Pending extends true ? null : Hash;
  blockNumber: Pending extends true ? null : bigint;
  transactionIndex: Pending extends true ? null : number;
  chainId: number;
  from: Address;
  to: Address | null;
  nonce: number;
  value: bigint;
  input: Hex;
  gas: bigint;
  gasPrice: bigint;
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  accessList: AccessList;
  v: bigint;
  yParity: number;
  r: Hex;
  s: Hex;
  shielded: ShieldedPart;
};

/** Any transaction of a SERO chain. */
export type SeroTransaction<Pending extends boolean = boolean> =
  | (Transaction<bigint, number, Pending> & { shielded?: undefined })
  | ShieldedRpcTransaction<Pending>;

/** A block of a SERO chain. */
export type SeroBlock = Omit<Block, "transactions"> & { transactions: (Hash | SeroTransaction)[] };

type RpcSeroTransaction = Omit<RpcTransaction, "type"> & { type: string; shielded?: RpcShieldedPart };

function shieldedPart(part: RpcShieldedPart): ShieldedPart {
  const amounts = ({ asset, amount }: { asset: Hex; amount: Hex }) => ({ asset: BigInt(asset), amount: BigInt(amount) });
  return {
    expiry: BigInt(part.expiry),
    bundle: part.bundle,
    attached: part.attached.map(amounts),
    refund: part.refund,
    outs: part.outs.map((out) => ({ to: out.to, ...amounts(out), memo: out.memo })),
  };
}

/** The fields that viem's own formatter does not know. */
function shieldedFields(transaction: RpcSeroTransaction) {
  if (transaction.type !== SHIELDED_TYPE || !transaction.shielded) return {};
  return { type: "shielded" as const, shielded: shieldedPart(transaction.shielded) };
}

const formatters = {
  block: /*#__PURE__*/ defineBlock({
    format: (block: Omit<RpcBlock, "transactions"> & { transactions: (Hash | RpcSeroTransaction)[] }) =>
      ({
        transactions: (block.transactions ?? []).map((transaction) =>
          typeof transaction === "string"
            ? transaction
            : { ...formatTransaction(transaction as RpcTransaction), ...shieldedFields(transaction) },
        ),
      }) as SeroBlock,
  }),
  transaction: /*#__PURE__*/ defineTransaction({
    format: (transaction: RpcSeroTransaction) => shieldedFields(transaction) as SeroTransaction,
  }),
  transactionReceipt: /*#__PURE__*/ defineTransactionReceipt({
    format: (receipt: Omit<RpcTransactionReceipt, "type"> & { type: string }) =>
      (receipt.type === SHIELDED_TYPE ? { type: "shielded" } : {}) as TransactionReceipt & {
        type: TransactionReceipt["type"] | "shielded";
      },
  }),
};

/** What every SERO chain shares: the coin, the precompiles, and shielded transactions read and written. */
export const seroChainConfig = {
  nativeCurrency: { name: "SERO", symbol: "SERO", decimals: COIN_DECIMALS },
  contracts: {
    assets: { address: ASSETS },
    pool: { address: POOL },
    packages: { address: PACKAGES },
    zkp: { address: ZKP },
  },
  formatters,
  serializers: { transaction: serializeTransaction },
} as const;

/** A chain of `sero dev`. Others: viem's `defineChain({ ...seroChainConfig, id, name, rpcUrls })`. */
export const seroDev = {
  ...seroChainConfig,
  id: 1337,
  name: "SERO development",
  testnet: true,
  rpcUrls: { default: { http: ["http://127.0.0.1:8545"], webSocket: ["ws://127.0.0.1:8545"] } },
} as const satisfies Chain;

/** A transaction that the node gave, as its bytes had it: `serializeShieldedTransaction` gives these back. */
export function shieldedTransactionOf(transaction: SeroTransaction): ShieldedTransaction {
  if (transaction.type !== "shielded") throw new SeroError("type", "shielded", transaction.type);
  const { expiry, bundle, attached, refund, outs } = transaction.shielded;
  const { chainId, maxFeePerGas, maxPriorityFeePerGas, gas, from, nonce, to, value, input, accessList } = transaction;
  const { r, s, yParity } = transaction;
  return {
    type: "shielded",
    chainId,
    expiry,
    maxFeePerGas,
    maxPriorityFeePerGas,
    gas,
    bundle: decodeBundle(bundle),
    ...(refund !== null && {
      call: {
        from: getAddress(from),
        nonce: BigInt(nonce),
        to: to && getAddress(to),
        value,
        input,
        accessList: accessList.map((entry) => ({ ...entry, address: getAddress(entry.address) })),
        attached,
        refund,
        signature: { r: pad(numberToHex(BigInt(r))), s: pad(numberToHex(BigInt(s))), yParity },
      },
    }),
    outs,
  };
}
