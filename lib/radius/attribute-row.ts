import type { ValueCodec } from './value-codec.js';

/** How a value is hidden on the wire, numbered as FreeRADIUS's `encrypt=` (1 User-Password, 2 Tunnel-Password). */
export type Encryption = 0 | 1 | 2;

/** One attribute: name, place on the wire, type and both directions. `vendor` 0 is the standard space. */
export interface AttributeRow<T> {
  readonly name: string;
  readonly vendor: number;
  readonly type: number;
  readonly codec: ValueCodec<T>;
  /** RFC 2868 tag octet: in front of a string, in the top octet of an integer. */
  readonly tagged: boolean;
  readonly encrypt: Encryption;
  /** Names of an enumerated integer's values. */
  readonly values?: ReadonlyMap<string, number>;
}

/** What a row may add to name, number and type. */
export interface RowOptions {
  readonly vendor?: number;
  readonly tagged?: boolean;
  readonly encrypt?: Encryption;
  readonly values?: ReadonlyMap<string, number>;
}

/** Makes a row; without options: standard space, plain, untagged. */
export function attributeRow<T>(
  name: string,
  type: number,
  codec: ValueCodec<T>,
  options: RowOptions = {},
): AttributeRow<T> {
  return { vendor: 0, tagged: false, encrypt: 0, ...options, name, type, codec };
}

/** An attribute to be sent. Made by {@link attribute}, which ties the value's type to the row. */
export interface AttributeInput {
  readonly row: AttributeRow<unknown>;
  readonly value: unknown;
  readonly tag?: number;
}

/** Pairs a row with a value to send; `tag` 1..31 for tagged rows (0 or absent: untagged). */
export function attribute<T>(row: AttributeRow<T>, value: T, tag?: number): AttributeInput {
  const untyped = row as AttributeRow<unknown>;
  return tag === undefined ? { row: untyped, value } : { row: untyped, value, tag };
}
