import { randomInt } from 'node:crypto';
import type { AttributeInput, AttributeRow } from './attribute-row.js';
import { hidePassword, hideSalted, revealPassword, revealSalted } from './cipher.js';
import { MAX_VALUE_BYTES, type RawAttribute } from './packet.js';
import { type Decoded, decoded, refused } from './result.js';

/** Vendor-Specific, RFC 2865 section 5.26. */
export const VENDOR_SPECIFIC = 26;
const MAX_TAG = 0x1f;

/** What hiding and revealing need besides the value. The authenticator is the request's, also for a reply's attributes. */
export interface HidingKey {
  readonly secret: Buffer;
  readonly requestAuthenticator: Buffer;
}

/** A received attribute with vendor attributes taken out of their Vendor-Specific envelope. */
export interface FlatAttribute {
  readonly vendor: number;
  readonly type: number;
  readonly value: Buffer;
}

/**
 * Takes vendor attributes in the standard 1/1 format out of Vendor-Specific, several per envelope if so.
 * An envelope in any other format stays as attribute 26 with its bytes.
 */
export function flattenAttributes(attributes: readonly RawAttribute[]): FlatAttribute[] {
  return attributes.flatMap((raw) => {
    const plain = [{ vendor: 0, type: raw.type, value: raw.value }];
    return raw.type === VENDOR_SPECIFIC ? (openEnvelope(raw.value) ?? plain) : plain;
  });
}

function openEnvelope(value: Buffer): FlatAttribute[] | undefined {
  if (value.length < 6) return undefined;
  const vendor = value.readUInt32BE(0);
  const found: FlatAttribute[] = [];
  let at = 4;
  while (at < value.length) {
    const length = at + 1 < value.length ? value.readUInt8(at + 1) : 0;
    if (vendor === 0 || length < 2 || at + length > value.length) return undefined;
    found.push({ vendor, type: value.readUInt8(at), value: value.subarray(at + 2, at + length) });
    at += length;
  }
  return found;
}

/**
 * Turns typed attributes into wire attributes, each vendor attribute in an envelope of its own.
 * @throws RangeError naming the attribute when a value does not fit its type or 253 octets.
 */
export function encodeAttributes(
  inputs: readonly AttributeInput[],
  key: HidingKey,
): { readonly type: number; readonly value: Buffer }[] {
  let salt = randomInt(0x8000);
  return inputs.map((input) => {
    try {
      return wireAttribute(input.row, encodeValue(input, key, salt++));
    } catch (error) {
      throw new RangeError(`${input.row.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

function wireAttribute(row: AttributeRow<unknown>, value: Buffer): { type: number; value: Buffer } {
  const max = row.vendor === 0 ? MAX_VALUE_BYTES : MAX_VALUE_BYTES - 6;
  if (value.length > max) throw new RangeError(`${value.length} octets exceed ${max}`);
  if (row.vendor === 0) return { type: row.type, value };
  const head = Buffer.alloc(6);
  head.writeUInt32BE(row.vendor, 0);
  head.writeUInt8(row.type, 4);
  head.writeUInt8(value.length + 2, 5);
  return { type: VENDOR_SPECIFIC, value: Buffer.concat([head, value]) };
}

function encodeValue({ row, value, tag = 0 }: AttributeInput, key: HidingKey, salt: number): Buffer {
  if (tag < 0 || tag > MAX_TAG || (tag > 0 && !row.tagged)) throw new RangeError(`tag ${tag}`);
  const plain = row.codec.encode(value);
  if (row.tagged && row.codec.name === 'integer') return tagInteger(plain, tag);
  if (row.encrypt === 1) return hidePassword(plain, key.secret, key.requestAuthenticator);
  const hidden = row.encrypt === 2 ? hideSalted(plain, key.secret, key.requestAuthenticator, salt) : plain;
  return row.tagged && (row.encrypt === 2 || tag > 0) ? Buffer.concat([Buffer.from([tag]), hidden]) : hidden;
}

function tagInteger(plain: Buffer, tag: number): Buffer {
  if (plain[0] !== 0) throw new RangeError('a tagged integer has 24 bits');
  return Buffer.concat([Buffer.from([tag]), plain.subarray(1)]);
}

/** Typed reading of a packet's attributes by row. */
export class AttributeList {
  constructor(
    readonly attributes: readonly FlatAttribute[],
    private readonly key: HidingKey,
  ) {}

  static of(attributes: readonly RawAttribute[], key: HidingKey): AttributeList {
    return new AttributeList(flattenAttributes(attributes), key);
  }

  /** The first occurrence's value; undefined when absent, a refusal when its bytes do not fit the row's type. */
  first<T>(row: AttributeRow<T>): Decoded<T> | undefined {
    const found = this.attributes.find((a) => a.vendor === row.vendor && a.type === row.type);
    return found && this.read(row, found.value);
  }

  /** Every occurrence in order. */
  all<T>(row: AttributeRow<T>): Decoded<T>[] {
    return this.attributes
      .filter((a) => a.vendor === row.vendor && a.type === row.type)
      .map((a) => this.read(row, a.value));
  }

  /** The first occurrence's value; undefined when absent or malformed. For optional information only. */
  value<T>(row: AttributeRow<T>): T | undefined {
    const first = this.first(row);
    return first?.ok ? first.value : undefined;
  }

  has(row: AttributeRow<unknown> | AttributeRow<never>): boolean {
    return this.attributes.some((a) => a.vendor === row.vendor && a.type === row.type);
  }

  private read<T>(row: AttributeRow<T>, bytes: Buffer): Decoded<T> {
    const plain = this.reveal(row, bytes);
    const result = plain
      ? row.codec.decode(plain)
      : refused('attribute-value', `hidden value of ${bytes.length} octets cannot be revealed`);
    return result.ok ? decoded(result.value) : refused(result.error.reason, `${row.name}: ${result.error.message}`);
  }

  private reveal(row: AttributeRow<unknown> | AttributeRow<never>, bytes: Buffer): Buffer | undefined {
    const { secret, requestAuthenticator } = this.key;
    if (row.tagged && row.codec.name === 'integer') return clearTag(bytes);
    if (row.encrypt === 1) return revealPassword(bytes, secret, requestAuthenticator);
    if (row.encrypt === 2) return revealSalted(row.tagged ? bytes.subarray(1) : bytes, secret, requestAuthenticator);
    return row.tagged && (bytes[0] ?? 0xff) <= MAX_TAG ? bytes.subarray(1) : bytes;
  }
}

function clearTag(bytes: Buffer): Buffer {
  return bytes.length === 4 ? Buffer.concat([Buffer.alloc(1), bytes.subarray(1)]) : bytes;
}

/** The tag of a received tagged attribute (RFC 2868 section 3.1), 0 when it has none. */
export function tagOf(row: AttributeRow<never> | AttributeRow<unknown>, value: Buffer): number {
  const first = value[0] ?? 0xff;
  return row.tagged && first <= MAX_TAG ? first : 0;
}
