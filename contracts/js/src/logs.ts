// Logs and custom errors of the precompiles, by name.
import {
  decodeErrorResult,
  isAddressEqual,
  parseEventLogs,
  type ContractEventName,
  type DecodeErrorResultReturnType,
  type Hex,
  type Log,
  type ParseEventLogsReturnType,
} from "viem";
import { assetsAbi, packagesAbi, poolAbi, seroErrorsAbi } from "./abi.js";
import { ASSETS, PACKAGES, POOL } from "./contracts.js";

/** The precompiles that write logs. */
const WRITERS = [
  ["ASSETS", ASSETS, assetsAbi],
  ["POOL", POOL, poolAbi],
  ["PACKAGES", PACKAGES, packagesAbi],
] as const;

type Named<Contract extends string, Abi extends typeof assetsAbi | typeof poolAbi | typeof packagesAbi> = {
  contract: Contract;
} & ParseEventLogsReturnType<Abi, ContractEventName<Abi>, true>[number];

/** A log of a precompile with its event's name and arguments. */
export type SeroLog =
  | Named<"ASSETS", typeof assetsAbi>
  | Named<"POOL", typeof poolAbi>
  | Named<"PACKAGES", typeof packagesAbi>;

/**
 * The logs of the precompiles among `logs`, decoded, in their order. Logs of other contracts are left out: those of
 * facades are ERC-20's and ERC-721's, for viem's `parseEventLogs` with `erc20FacadeAbi` or `erc721FacadeAbi`.
 */
export function parseSeroLogs(logs: readonly Log[]): SeroLog[] {
  return logs.flatMap((log) =>
    WRITERS.flatMap(([contract, address, abi]) =>
      isAddressEqual(log.address, address)
        ? parseEventLogs({ abi, logs: [log], strict: true }).map((event) => ({ contract, ...event }) as SeroLog)
        : [],
    ),
  );
}

/** Name and arguments of a custom error; throws viem's error for data that is none of ours. */
export const decodeSeroError = (data: Hex): DecodeErrorResultReturnType<typeof seroErrorsAbi> =>
  decodeErrorResult({ abi: seroErrorsAbi, data });
