import { ip4Bytes, macBytes } from '../net/address.js';

/** Bytes of a frame that a classifier table looks at, counted from the start of the frame, tags included. */
export interface FrameField {
  readonly at: number;
  readonly length: number;
  /** How many of its bits count, from the first on; absent: all. At least one. */
  readonly bits?: number;
}

/** Bytes of which at least one bit counts. */
const lookedAt = ({ length, bits = 8 * length }: FrameField): number => Math.ceil(bits / 8);

/** The field as a mask. */
function maskOf(field: FrameField): number[] {
  const mask = new Array<number>(lookedAt(field)).fill(255);
  const rest = (field.bits ?? 0) % 8;
  if (rest > 0) mask[mask.length - 1] = (0xff00 >> rest) & 255;
  return mask;
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
  const match = Math.ceil(Math.max(...fields.map((field) => field.at + lookedAt(field))) / VECTOR) - skip;
  const mask = new Array<number>(match * VECTOR).fill(0);
  for (const field of fields) mask.splice(field.at - skip * VECTOR, lookedAt(field), ...maskOf(field));
  return { skip, match, mask };
}

/** One entry of a table of that shape: the whole frame as far as it looks, with the values of the fields in their places. */
export function matchKey(fields: readonly FrameField[], values: readonly Uint8Array[]): number[] {
  const { skip, match } = matchShape(fields);
  const key = new Array<number>((skip + match) * VECTOR).fill(0);
  for (const [i, field] of fields.entries()) {
    const value = values[i]?.subarray(0, lookedAt(field)) ?? [];
    key.splice(field.at, value.length, ...value);
  }
  return key;
}

/** The value of a field in an entry as VPP shows it, without the skipped vectors: all its bytes, zeros where it is not looked at. */
export function shownField(shown: readonly number[], { skip }: MatchShape, field: FrameField): Uint8Array {
  const value = new Uint8Array(field.length);
  const at = field.at - skip * VECTOR;
  value.set(shown.slice(at, at + lookedAt(field)));
  return value;
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

/** Fields of an Ethernet frame with `tags` VLAN tags and an IPv6 header; of ICMPv6 when that follows at once. */
export const ip6Frame = (tags: number) => {
  const field = (at: number, length: number): FrameField => ({ at, length });
  return {
    sourceMac: field(6, 6),
    nextHeader: field(20 + 4 * tags, 1),
    source: field(22 + 4 * tags, 16),
    destination: field(38 + 4 * tags, 16),
    icmpType: field(54 + 4 * tags, 1),
  };
};

export const ip4Value = (address: string): Uint8Array => ip4Bytes(address);
export const macValue = (mac: string): Uint8Array => macBytes(mac);
