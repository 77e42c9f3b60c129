import { ip4Bytes, macBytes } from '../net/address.js';

/** Bytes of a frame that a classifier table looks at, counted from the start of the frame, tags included. */
export interface FrameField {
  readonly at: number;
  readonly length: number;
}

/** What VPP's `classify_add_del_table` takes: vectors of 16 bytes. */
export interface MatchShape {
  readonly skip: number;
  readonly match: number;
  /** `match` vectors long. */
  readonly mask: number[];
}

const VECTOR = 16;

/** The fewest vectors that hold all fields. */
export function matchShape(fields: readonly FrameField[]): MatchShape {
  const skip = Math.floor(Math.min(...fields.map(({ at }) => at)) / VECTOR);
  const match = Math.ceil(Math.max(...fields.map(({ at, length }) => at + length)) / VECTOR) - skip;
  const mask = new Array<number>(match * VECTOR).fill(0);
  for (const { at, length } of fields) mask.fill(255, at - skip * VECTOR, at - skip * VECTOR + length);
  return { skip, match, mask };
}

/** One entry of a table of that shape: the whole frame as far as it looks, with the values of the fields in their places. */
export function matchKey(fields: readonly FrameField[], values: readonly Uint8Array[]): number[] {
  const { skip, match } = matchShape(fields);
  const key = new Array<number>((skip + match) * VECTOR).fill(0);
  for (const [i, { at }] of fields.entries()) key.splice(at, values[i]?.length ?? 0, ...(values[i] ?? []));
  return key;
}

/** The value of a field in an entry as VPP shows it: without the skipped vectors. */
export function shownField(shown: readonly number[], { skip }: MatchShape, { at, length }: FrameField): Uint8Array {
  return Uint8Array.from(shown.slice(at - skip * VECTOR, at - skip * VECTOR + length));
}

/** Fields of an Ethernet frame with `tags` VLAN tags and an IPv4 header without options. */
export const ip4Frame = (tags: number) => {
  const field = (at: number, length: number): FrameField => ({ at, length });
  return {
    sourceMac: field(6, 6),
    protocol: field(23 + 4 * tags, 1),
    source: field(26 + 4 * tags, 4),
    destination: field(30 + 4 * tags, 4),
    destinationPort: field(36 + 4 * tags, 2),
  };
};

export const ip4Value = (address: string): Uint8Array => ip4Bytes(address);
export const macValue = (mac: string): Uint8Array => macBytes(mac);
