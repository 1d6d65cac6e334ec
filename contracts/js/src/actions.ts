// The node's `sero_` methods as actions of a viem client: `publicClient.extend(seroActions)`.
import { bytesToHex, hexToBytes, numberToHex, type Address, type BlockTag, type Client, type Hash, type Hex } from "viem";
import type { RpcShieldedPart } from "./chain.js";
import type { BalanceEntry, Output, PackageAction, Spend } from "./bundle.js";
import { SeroError } from "./errors.js";

/** A note with its content in the clear, or one that only its owner can read (`parseHiddenNote`). */
export type Note = { pool: number; position: bigint; transactionHash: Hash; commitment: Hex } & (
  | { kind: "hidden"; ciphertext: Hex }
  | { kind: "public"; asset: bigint; amount: bigint; pkr: Hex; memo: Hex }
);

/** What happened to a package. */
export type PackageEvent = { id: Hex; transactionHash: Hash } & (
  | { event: "created"; owner: Address; pool: number; commitment: Hex; tag: Hex; ciphertext: Hex }
  | { event: "transferred"; to: Address }
  | { event: "opened" }
  | { event: "revealed"; key: Hex }
);

/** The state of a pool's note tree. */
export type TreeState = { pool: number; anchor: Hex; noteCount: bigint };

/** A block in which notes or packages changed. */
export type ShieldedBlock = {
  number: bigint;
  hash: Hash;
  timestamp: bigint;
  pools: TreeState[];
  notes: Note[];
  nullifiers: { pool: number; nullifier: Hex; transactionHash: Hash }[];
  packages: PackageEvent[];
};

/** What a chain is. */
export type ChainInfo = {
  chainId: number;
  genesisHash: Hash;
  network: "main" | "test" | "dev";
  anchorLag: bigint;
  registrationFee: bigint;
  pools: {
    pool: number;
    opens: bigint;
    depositsEnd: bigint | null;
    spendKeyHash: Hex | null;
    outputKeyHash: Hex | null;
    noteCount: bigint;
  }[];
  /** The pool that new public notes go to, if any. */
  depositPool: number | null;
  head: bigint;
};

/** What the registry knows about an id. */
export type Asset = {
  id: bigint;
  kind: "unknown" | "coin" | "token" | "category" | "ticket";
  name: string | null;
  decimals: number | null;
  issuer: Address | null;
  /** Of a ticket. */
  category: bigint | null;
  /** Of a ticket. */
  number: bigint | null;
};

/** issued = public + hidden. */
export type Supply = { issued: bigint; public: bigint; hidden: bigint };

/** A recount of every asset, beside the counters that blocks check. */
export type SupplyAudit = {
  blockNumber: bigint;
  assets: (Supply & { asset: bigint; name: string | null; recount: Supply; agrees: boolean })[];
  agrees: boolean;
};

/** What a shielded transaction would do. */
export type ShieldedSimulation = {
  success: boolean;
  gasUsed: bigint;
  /** `decodeSeroError` reads ours. */
  revertData: Hex | null;
  revertReason: string | null;
  logs: { address: Address; topics: Hex[]; data: Hex }[];
};

/** What the node reads in a shielded transaction. */
export type DecodedShielded = {
  hash: Hash;
  kind: "call" | "transfer";
  /** At most; of a transfer exactly. */
  fee: bigint;
  size: number;
  from: Address;
  to: Address | null;
  bundle: {
    size: number;
    pool: number;
    anchor: Hex;
    spends: Omit<Spend, "proof" | "authSig">[];
    outputs: Omit<Output, "proof">[];
    packages: Unproven<PackageAction>[];
    balance: BalanceEntry[];
  };
};
type Unproven<T> = T extends unknown ? Omit<T, "proof"> : never;

/** Notes of one request of `sero_getNotes`. */
const NOTES_MAX = 1000;

// What the node sends: quantities are hex.
type Wire<T> = T extends bigint | number ? Hex : T extends (infer Item)[] ? Wire<Item>[] : T extends object ? { [Key in keyof T]: Wire<T[Key]> } : T;
type WireAsset = Omit<Wire<Asset>, "decimals"> & { decimals: number | null };

const uint = (value: Hex): bigint => BigInt(value);
const small = (value: Hex): number => Number(value);
const maybe = <T>(value: Hex | null, read: (value: Hex) => T): T | null => (value === null ? null : read(value));

function quantity(value: bigint | undefined, field: string): Hex | null {
  if (value === undefined) return null;
  if (typeof value !== "bigint" || value < 0n || value >> 64n !== 0n) {
    throw new SeroError(field, "a bigint from 0 to 2^64 - 1", String(value));
  }
  return numberToHex(value);
}

function poolQuantity(pool: number | undefined): Hex {
  if (pool !== undefined && !(Number.isInteger(pool) && pool >= 0 && pool <= 7)) {
    throw new SeroError("pool", "0 to 7", String(pool));
  }
  return numberToHex(pool ?? 0);
}

const note = (wire: Wire<Note>): Note => {
  const { transactionHash, commitment } = wire;
  const place = { pool: small(wire.pool), position: uint(wire.position), transactionHash, commitment };
  if (wire.kind === "hidden") return { ...place, kind: "hidden", ciphertext: wire.ciphertext };
  const { pkr, memo } = wire;
  return { ...place, kind: "public", asset: uint(wire.asset), amount: uint(wire.amount), pkr, memo };
};

const packageEvent = (wire: Wire<PackageEvent>): PackageEvent =>
  wire.event === "created" ? { ...wire, pool: small(wire.pool) } : wire;

const tree = (wire: Wire<TreeState>): TreeState => ({
  pool: small(wire.pool),
  anchor: wire.anchor,
  noteCount: uint(wire.noteCount),
});

const supply = (wire: Wire<Supply>): Supply => ({
  issued: uint(wire.issued),
  public: uint(wire.public),
  hidden: uint(wire.hidden),
});

const asset = (wire: WireAsset): Asset => ({
  id: uint(wire.id),
  kind: wire.kind,
  name: wire.name,
  decimals: wire.decimals,
  issuer: wire.issuer,
  category: maybe(wire.category, uint),
  number: maybe(wire.number, uint),
});

const shieldedBlock = (wire: Wire<ShieldedBlock>): ShieldedBlock => ({
  number: uint(wire.number),
  hash: wire.hash,
  timestamp: uint(wire.timestamp),
  pools: wire.pools.map(tree),
  notes: wire.notes.map(note),
  nullifiers: wire.nullifiers.map((spent) => ({ ...spent, pool: small(spent.pool) })),
  packages: wire.packages.map(packageEvent),
});

/** Every `sero_` method of the node, typed. Refusals of the node are viem's `RpcRequestError`s with the node's words. */
export function seroActions(client: Client) {
  const request = <T>(method: string, params: unknown[] = []): Promise<T> =>
    client.request({ method, params } as never) as Promise<T>;
  // Trailing absent parameters are left out.
  const given = (...params: (Hex | string | string[] | null)[]) => {
    while (params.length > 0 && params.at(-1) === null) params.pop();
    return params;
  };

  async function getNotes(parameters: { fromPosition: bigint; limit?: number; pool?: number }) {
    const { fromPosition, limit, pool } = parameters;
    if (limit !== undefined && !(Number.isInteger(limit) && limit >= 0)) {
      throw new SeroError("limit", "a whole number", String(limit));
    }
    const count = numberToHex(limit ?? NOTES_MAX);
    const answer = await request<{ notes: (Wire<Note> & { blockNumber: Hex })[]; noteCount: Hex }>(
      "sero_getNotes",
      given(quantity(fromPosition, "fromPosition"), count, poolQuantity(pool)),
    );
    return {
      notes: answer.notes.map((wire) => ({ ...note(wire), blockNumber: uint(wire.blockNumber) })),
      noteCount: uint(answer.noteCount),
    };
  }

  return {
    /** `sero_chainInfo` */
    async getSeroChainInfo(): Promise<ChainInfo> {
      const wire = await request<Omit<Wire<ChainInfo>, "network"> & { network: ChainInfo["network"] }>("sero_chainInfo");
      return {
        chainId: small(wire.chainId),
        genesisHash: wire.genesisHash,
        network: wire.network,
        anchorLag: uint(wire.anchorLag),
        registrationFee: uint(wire.registrationFee),
        pools: wire.pools.map((pool) => ({
          pool: small(pool.pool),
          opens: uint(pool.opens),
          depositsEnd: maybe(pool.depositsEnd, uint),
          spendKeyHash: pool.spendKeyHash,
          outputKeyHash: pool.outputKeyHash,
          noteCount: uint(pool.noteCount),
        })),
        depositPool: maybe(wire.depositPool, small),
        head: uint(wire.head),
      };
    },

    /** `sero_treeState`: a pool's note tree after a block, the last one unless given. */
    async getTreeState(parameters: { block?: bigint | BlockTag; pool?: number } = {}) {
      const { block = "latest", pool } = parameters;
      const at = typeof block === "bigint" ? quantity(block, "block") : block;
      const wire = await request<Wire<TreeState> & { blockNumber: Hex }>("sero_treeState", [at, poolQuantity(pool)]);
      return { ...tree(wire), blockNumber: uint(wire.blockNumber) };
    },

    /**
     * `sero_getShieldedBlocks`: the blocks from `fromBlock` on in which notes or packages changed, as many as the node
     * gives at once. Ask again from `nextBlock` until it is above `head`.
     */
    async getShieldedBlocks(parameters: { fromBlock: bigint; maxBlocks?: bigint }) {
      const params = given(quantity(parameters.fromBlock, "fromBlock"), quantity(parameters.maxBlocks, "maxBlocks"));
      const wire = await request<{ head: Hex; nextBlock: Hex; blocks: Wire<ShieldedBlock>[] }>(
        "sero_getShieldedBlocks",
        params,
      );
      return { head: uint(wire.head), nextBlock: uint(wire.nextBlock), blocks: wire.blocks.map(shieldedBlock) };
    },

    /** `sero_getNotes`: at most 1,000 notes from a position on, and how many there are. */
    getNotes,

    /**
     * All notes from `fromPosition` up to, not including, `toPosition`, or to the last one: `sero_getNotes`, `pageSize`
     * notes at a time.
     */
    async *notes(parameters: { fromPosition?: bigint; toPosition?: bigint; pool?: number; pageSize?: number } = {}) {
      const { fromPosition = 0n, toPosition, pool, pageSize = NOTES_MAX } = parameters;
      quantity(toPosition, "toPosition");
      if (!(Number.isInteger(pageSize) && pageSize >= 1)) throw new SeroError("pageSize", "1 or more", String(pageSize));
      for (let next = fromPosition; toPosition === undefined || next < toPosition; ) {
        const left = toPosition === undefined ? pageSize : toPosition - next;
        const limit = left < pageSize ? Number(left) : pageSize;
        const { notes } = await getNotes({ fromPosition: next, limit, ...(pool !== undefined && { pool }) });
        const last = notes.at(-1);
        if (last === undefined) return;
        yield* notes;
        next = last.position + 1n;
      }
    },

    /** `sero_nullifierStatus`: the block that each was spent in, or null. For auditors: it tells the node what you ask about. */
    async getNullifierStatus(parameters: { nullifiers: Hex[]; pool?: number }) {
      const { nullifiers, pool } = parameters;
      const wire = await request<{ nullifier: Hex; spentInBlock: Hex | null }[]>("sero_nullifierStatus", [
        nullifiers,
        poolQuantity(pool),
      ]);
      return wire.map(({ nullifier, spentInBlock }) => ({ nullifier, spentInBlock: maybe(spentInBlock, uint) }));
    },

    /** `sero_getAsset`: by id or by name. `kind` is `unknown` for what is not registered. */
    async getAsset(parameters: { asset: bigint | string }): Promise<Asset> {
      return asset(await request<WireAsset>("sero_getAsset", [assetParameter(parameters.asset)]));
    },

    /** `sero_listAssets`: those registered from a block on. Ask again from `nextBlock` until it is above `head`. */
    async listAssets(parameters: { fromBlock?: bigint; limit?: bigint } = {}) {
      const { fromBlock = 0n, limit } = parameters;
      const wire = await request<{ assets: WireAsset[]; nextBlock: Hex; head: Hex }>(
        "sero_listAssets",
        given(quantity(fromBlock, "fromBlock"), quantity(limit, "limit")),
      );
      return { assets: wire.assets.map(asset), nextBlock: uint(wire.nextBlock), head: uint(wire.head) };
    },

    /** `sero_supply`: how much of an asset exists, by id or by name. */
    async getSupply(parameters: { asset: bigint | string }): Promise<Supply & { asset: bigint }> {
      const params = [assetParameter(parameters.asset)];
      const wire = await request<Wire<Supply> & { asset: Hex }>("sero_supply", params);
      return { ...supply(wire), asset: uint(wire.asset) };
    },

    /** `sero_auditSupply`: recounts all assets from the chain's records. */
    async auditSupply(): Promise<SupplyAudit> {
      type WireAudit = {
        blockNumber: Hex;
        agrees: boolean;
        assets: (Wire<Supply> & { asset: Hex; name: string | null; recount: Wire<Supply>; agrees: boolean })[];
      };
      const wire = await request<WireAudit>("sero_auditSupply");
      return {
        blockNumber: uint(wire.blockNumber),
        assets: wire.assets.map((row) => ({
          ...supply(row),
          asset: uint(row.asset),
          name: row.name,
          recount: supply(row.recount),
          agrees: row.agrees,
        })),
        agrees: wire.agrees,
      };
    },

    /** `sero_simulate`: what a serialised shielded transaction would do now. Its proofs may be missing. */
    async simulateShielded(parameters: { serializedTransaction: Hex }): Promise<ShieldedSimulation> {
      const wire = await request<Omit<ShieldedSimulation, "gasUsed"> & { gasUsed: Hex }>("sero_simulate", [
        parameters.serializedTransaction,
      ]);
      return { ...wire, gasUsed: uint(wire.gasUsed) };
    },

    /** `sero_decodeTransaction`: what anybody can read in a serialised shielded transaction. */
    async decodeShielded(parameters: { serializedTransaction: Hex }): Promise<DecodedShielded> {
      type Amount = { asset: Hex; amount: Hex };
      type WireBundle = Omit<DecodedShielded["bundle"], "size" | "pool" | "balance"> & {
        size: Hex;
        pool: Hex;
        balance: (Amount & { direction: BalanceEntry["direction"] })[];
      };
      type WireDecoded = Omit<DecodedShielded, "fee" | "size" | "bundle"> & {
        fee: Hex;
        size: Hex;
        bundle: WireBundle;
        shielded: RpcShieldedPart;
      };
      const wire = await request<WireDecoded>("sero_decodeTransaction", [parameters.serializedTransaction]);
      const { hash, kind, from, to, bundle } = wire;
      return {
        hash,
        kind,
        fee: uint(wire.fee),
        size: small(wire.size),
        from,
        to,
        bundle: {
          ...bundle,
          size: small(bundle.size),
          pool: small(bundle.pool),
          balance: bundle.balance.map(({ asset, direction, amount }) => ({
            asset: uint(asset),
            direction,
            amount: uint(amount),
          })),
        },
      };
    },
  };
}

/** The node takes ids in hex, and names. */
function assetParameter(asset: bigint | string): string {
  if (typeof asset === "string") return asset;
  if (asset < 0n || asset >> 256n !== 0n) throw new SeroError("asset", "an id below 2^256, or a name", String(asset));
  return numberToHex(asset, { size: 32 });
}

/** What `extend(seroActions)` adds to a client. */
export type SeroActions = ReturnType<typeof seroActions>;

/** A memo of at most 64 bytes as text, or undefined if it is not UTF-8. */
export function memoText(memo: Hex): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(hexToBytes(memo));
  } catch {
    return undefined;
  }
}

/** Text as a memo; refuses more than 64 bytes. */
export function memoBytes(text: string): Hex {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 64) throw new SeroError("memo", "at most 64 bytes of UTF-8", String(bytes.length));
  return bytesToHex(bytes);
}
