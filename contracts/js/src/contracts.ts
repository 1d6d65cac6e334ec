import type { Address } from "viem";

/** The registry and public ledger of assets. */
export const ASSETS: Address = "0x0000000000000000000000000000000000005301";
/** The shielded note pool. */
export const POOL: Address = "0x0000000000000000000000000000000000005302";
/** Encrypted boxes that hold one asset and data. */
export const PACKAGES: Address = "0x0000000000000000000000000000000000005303";
/** Proofs, hashes and curve arithmetic for contracts. */
export const ZKP: Address = "0x0000000000000000000000000000000000005304";
