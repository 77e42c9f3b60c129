import { type Decoded, decoded, refused } from './result.js';

/** RFC 2865 section 3: header of code, identifier, length and authenticator. */
export const HEADER_BYTES = 20;
export const AUTHENTICATOR_OFFSET = 4;
export const AUTHENTICATOR_BYTES = 16;
export const MAX_PACKET_BYTES = 4096;
export const MAX_VALUE_BYTES = 253;

/** One attribute as it stands in the packet; `offset` is where its value begins in the packet's bytes. */
export interface RawAttribute {
  readonly type: number;
  readonly value: Buffer;
  readonly offset: number;
}

/** A packet whose lengths are consistent; nothing about its authenticity is known yet. */
export interface Packet {
  readonly code: number;
  readonly identifier: number;
  readonly authenticator: Buffer;
  readonly attributes: readonly RawAttribute[];
  /** The packet without padding; `value`s are views into it. */
  readonly bytes: Buffer;
}

/**
 * Splits a datagram into header and attributes (RFC 2865 sections 3 and 5). Octets after Length are padding and ignored;
 * a datagram shorter than Length, or attributes that do not fill it exactly, are refused.
 */
export function decodePacket(datagram: Buffer): Decoded<Packet> {
  if (datagram.length < HEADER_BYTES) return refused('length', `${datagram.length} bytes is less than a header`);
  const length = datagram.readUInt16BE(2);
  if (length < HEADER_BYTES || length > MAX_PACKET_BYTES) return refused('length', `length field ${length}`);
  if (length > datagram.length) return refused('length', `length field ${length}, datagram ${datagram.length}`);
  const bytes = datagram.subarray(0, length);
  const attributes = splitAttributes(bytes);
  if (!attributes.ok) return attributes;
  return decoded({
    code: bytes.readUInt8(0),
    identifier: bytes.readUInt8(1),
    authenticator: bytes.subarray(AUTHENTICATOR_OFFSET, HEADER_BYTES),
    attributes: attributes.value,
    bytes,
  });
}

function splitAttributes(bytes: Buffer): Decoded<RawAttribute[]> {
  const found: RawAttribute[] = [];
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    const length = at + 1 < bytes.length ? bytes.readUInt8(at + 1) : 0;
    if (length < 2 || at + length > bytes.length) {
      return refused('attribute-length', `attribute at offset ${at} has length ${length}`);
    }
    found.push({ type: bytes.readUInt8(at), value: bytes.subarray(at + 2, at + length), offset: at + 2 });
    at += length;
  }
  return decoded(found);
}

/**
 * Header and attributes in one buffer, authenticator left zero for the caller to fill.
 * @throws RangeError when a value exceeds 253 octets or the packet 4096.
 */
export function assemblePacket(
  code: number,
  identifier: number,
  attributes: readonly { readonly type: number; readonly value: Buffer }[],
): Buffer {
  let length = HEADER_BYTES;
  for (const { type, value } of attributes) {
    if (value.length > MAX_VALUE_BYTES) throw new RangeError(`attribute ${type}: ${value.length} octets exceed 253`);
    length += 2 + value.length;
  }
  if (length > MAX_PACKET_BYTES) throw new RangeError(`packet of ${length} octets exceeds ${MAX_PACKET_BYTES}`);
  const bytes = Buffer.alloc(length);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8(identifier, 1);
  bytes.writeUInt16BE(length, 2);
  let at = HEADER_BYTES;
  for (const { type, value } of attributes) {
    bytes.writeUInt8(type, at);
    bytes.writeUInt8(value.length + 2, at + 1);
    value.copy(bytes, at + 2);
    at += value.length + 2;
  }
  return bytes;
}
