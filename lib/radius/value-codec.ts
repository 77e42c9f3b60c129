import ipaddr from 'ipaddr.js';
import { type Decoded, decoded, refused } from './result.js';

/** Both directions of one attribute data type (RFC 8044). `encode` throws RangeError on a value the type cannot hold. */
export interface ValueCodec<T> {
  /** The type's name in a FreeRADIUS dictionary. */
  readonly name: string;
  encode(value: T): Buffer;
  decode(bytes: Buffer): Decoded<T>;
}

function badLength(name: string, bytes: Buffer) {
  return refused('attribute-value', `${name} of ${bytes.length} octets`);
}

/** UTF-8 text. NUL is refused: PostgreSQL stores none, and C programs would see another name than we do. */
export const text: ValueCodec<string> = {
  name: 'string',
  encode: (value) => Buffer.from(value, 'utf8'),
  decode: (bytes) =>
    bytes.includes(0) ? refused('attribute-value', 'text with a NUL') : decoded(bytes.toString('utf8')),
};

/** Opaque octets. */
export const octets: ValueCodec<Buffer> = { name: 'octets', encode: (value) => value, decode: decoded };

function unsigned(name: string, size: 1 | 2 | 4): ValueCodec<number> {
  return {
    name,
    encode(value) {
      if (!Number.isInteger(value)) throw new RangeError(`${name}: ${value} is not an integer`);
      const bytes = Buffer.alloc(size);
      bytes.writeUIntBE(value, 0, size);
      return bytes;
    },
    decode: (bytes) => (bytes.length === size ? decoded(bytes.readUIntBE(0, size)) : badLength(name, bytes)),
  };
}

export const byte = unsigned('byte', 1);
export const short = unsigned('short', 2);
export const integer = unsigned('integer', 4);
/** Seconds since 1970 (RFC 2869 section 5.3), unsigned. */
export const date: ValueCodec<number> = { ...unsigned('date', 4), name: 'date' };

export const signed: ValueCodec<number> = {
  name: 'signed',
  encode(value) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  },
  decode: (bytes) => (bytes.length === 4 ? decoded(bytes.readInt32BE()) : badLength('signed', bytes)),
};

export const integer64: ValueCodec<bigint> = {
  name: 'integer64',
  encode(value) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return bytes;
  },
  decode: (bytes) => (bytes.length === 8 ? decoded(bytes.readBigUInt64BE()) : badLength('integer64', bytes)),
};

/** IPv4 address in dotted form. */
export const ipv4Address: ValueCodec<string> = {
  name: 'ipaddr',
  encode: (value) => addressBytes(value, 4),
  decode: (bytes) => (bytes.length === 4 ? decoded(bytes.join('.')) : badLength('ipaddr', bytes)),
};

/** IPv6 address in RFC 5952 form (RFC 3162 section 2.1, RFC 6911 section 3.1). */
export const ipv6Address: ValueCodec<string> = {
  name: 'ipv6addr',
  encode: (value) => addressBytes(value, 16),
  decode: (bytes) => (bytes.length === 16 ? decoded(formatIpv6(bytes)) : badLength('ipv6addr', bytes)),
};

/** `prefix/length` (RFC 3162 section 2.3): reserved octet, length, only the octets needed. Host bits must be zero. */
export const ipv6Prefix: ValueCodec<string> = {
  name: 'ipv6prefix',
  encode: (value) => encodePrefix(value, 16),
  decode: (bytes) => decodePrefix('ipv6prefix', bytes, 16),
};

/** `prefix/length`, always four octets of prefix (RFC 8044 section 3.11). */
export const ipv4Prefix: ValueCodec<string> = {
  name: 'ipv4prefix',
  encode: (value) => encodePrefix(value, 4),
  decode: (bytes) => (bytes.length === 6 ? decodePrefix('ipv4prefix', bytes, 4) : badLength('ipv4prefix', bytes)),
};

/** Interface-Id as 16 hexadecimal digits (RFC 3162 section 2.2). */
export const interfaceId: ValueCodec<string> = hexadecimal('ifid', 8);
/** MAC address as 12 hexadecimal digits. */
export const ethernet: ValueCodec<string> = hexadecimal('ether', 6);

function hexadecimal(name: string, size: number): ValueCodec<string> {
  return {
    name,
    encode(value) {
      const bytes = Buffer.from(value.replace(/[:.-]/g, ''), 'hex');
      if (bytes.length !== size) throw new RangeError(`${name}: "${value}" is not ${size} octets`);
      return bytes;
    },
    decode: (bytes) => (bytes.length === size ? decoded(bytes.toString('hex')) : badLength(name, bytes)),
  };
}

function addressBytes(value: string, size: 4 | 16): Buffer {
  const bytes = ipaddr.isValid(value) ? Buffer.from(ipaddr.parse(value).toByteArray()) : Buffer.alloc(0);
  if (bytes.length !== size) throw new RangeError(`"${value}" is not an IPv${size === 4 ? 4 : 6} address`);
  return bytes;
}

function formatIpv6(bytes: Buffer): string {
  return new ipaddr.IPv6([...bytes]).toRFC5952String();
}

function encodePrefix(value: string, size: 4 | 16): Buffer {
  const slash = value.indexOf('/');
  const bits = Number(value.slice(slash + 1));
  if (slash < 0 || !Number.isInteger(bits) || bits < 0 || bits > size * 8)
    throw new RangeError(`"${value}": no prefix`);
  const address = addressBytes(value.slice(0, slash), size);
  if (hasHostBits(address, bits)) throw new RangeError(`"${value}" has host bits set`);
  const kept = size === 4 ? address : address.subarray(0, Math.ceil(bits / 8));
  return Buffer.concat([Buffer.from([0, bits]), kept]);
}

function decodePrefix(name: string, bytes: Buffer, size: 4 | 16): Decoded<string> {
  if (bytes.length < 2 || bytes.length > size + 2) return badLength(name, bytes);
  const bits = bytes.readUInt8(1);
  const address = Buffer.alloc(size);
  bytes.copy(address, 0, 2);
  if (bits > size * 8 || bytes.length - 2 < Math.ceil(bits / 8) || hasHostBits(address, bits)) {
    return refused('attribute-value', `${name} ${bytes.toString('hex')} is not a prefix`);
  }
  return decoded(`${size === 4 ? address.join('.') : formatIpv6(address)}/${bits}`);
}

function hasHostBits(address: Buffer, bits: number): boolean {
  return address.some((octet, i) => {
    const kept = Math.min(8, Math.max(0, bits - i * 8));
    return (octet & (0xff >> kept)) !== 0;
  });
}
