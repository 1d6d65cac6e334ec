import { bytesToHex, type Hex } from "viem";
import { bigintFromBytes, checkFieldElement } from "./bytes.js";
import { checkPoint } from "./curve.js";
import { SeroError } from "./errors.js";

/** Reads bytes from the front; every refusal names what was being read. */
export class Reader {
  #at = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly what: string,
  ) {}

  take(length: number, field: string): Uint8Array {
    const left = this.bytes.length - this.#at;
    if (left < length) {
      throw new SeroError(this.what, `${length - left} more bytes for ${field}`, "the end");
    }
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  hex(length: number, field: string): Hex {
    return bytesToHex(this.take(length, field));
  }

  uint(length: number, field: string): bigint {
    return bigintFromBytes(this.take(length, field));
  }

  byte(field: string): number {
    return Number(this.uint(1, field));
  }

  fieldElement(field: string): bigint {
    const value = this.uint(32, field);
    checkFieldElement(value, field);
    return value;
  }

  point(field: string): Hex {
    const bytes = this.take(32, field);
    checkPoint(bytes, field);
    return bytesToHex(bytes);
  }

  end(): void {
    const left = this.bytes.length - this.#at;
    if (left !== 0) throw new SeroError(this.what, "nothing after its end", `${left} more bytes`);
  }
}
