/**
 * Something that this package refuses. `field` is the place, like `call.attached[1].asset`; `expected` says what is
 * allowed there. No message holds a whole text that was read: it might be a key.
 */
export class SeroError extends Error {
  override readonly name = "SeroError";

  constructor(
    readonly field: string,
    readonly expected: string,
    readonly found?: string,
  ) {
    super(`${field}: expected ${expected}${found === undefined ? "" : `, found ${found}`}`);
  }
}
