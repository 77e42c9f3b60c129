import { ANY_IP4, ip4At, ip4Bytes } from '../net/address.js';

/** One option value type, both directions. `read` gives undefined when the bytes do not fit the type. */
export interface ValueType<T> {
  read(bytes: Uint8Array): T | undefined;
  /** Throws RangeError for a value the wire cannot hold. */
  write(value: T): Uint8Array;
}

/** A route of option 121: destination prefix and router. */
export interface ClasslessRoute {
  /** `address/length`, host bits clear. */
  destination: string;
  router: string;
}

const uint = (size: 1 | 2 | 4): ValueType<number> => ({
  read: (bytes) => (bytes.length === size ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : undefined),
  write(value) {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** size)
      throw new RangeError(`${value} does not fit into ${size} bytes`);
    return Uint8Array.from({ length: size }, (_, index) => (value / 256 ** (size - 1 - index)) & 255);
  },
});

export const u8 = uint(1);
export const u16 = uint(2);
/** RFC 2132 "32-bit unsigned integer"; for times the unit is seconds. */
export const u32 = uint(4);

export const flag: ValueType<boolean> = {
  read: (bytes) => (bytes.length === 1 && (bytes[0] ?? 2) < 2 ? bytes[0] === 1 : undefined),
  write: (value) => Uint8Array.of(value ? 1 : 0),
};

/** Present or absent is the value: zero length on the wire (rapid commit). */
export const empty: ValueType<true> = {
  read: (bytes) => (bytes.length === 0 ? true : undefined),
  write: () => new Uint8Array(0),
};

export const raw: ValueType<Uint8Array> = { read: (bytes) => bytes, write: (value) => value };

/** ASCII or UTF-8 text; trailing NULs, which some clients add, are cut off. */
export const text: ValueType<string> = {
  read(bytes) {
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString();
  },
  write: (value) => Uint8Array.from(Buffer.from(value)),
};

export const ip4: ValueType<string> = {
  read: (bytes) => (bytes.length === 4 ? ip4At(bytes, 0) : undefined),
  write: ip4Bytes,
};

export const ip4List: ValueType<string[]> = {
  read(bytes) {
    if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
    return Array.from({ length: bytes.length / 4 }, (_, index) => ip4At(bytes, index * 4));
  },
  write: (value) => Buffer.concat(value.map(ip4Bytes)),
};

/** A list of option codes (option 55). */
export const codes: ValueType<number[]> = {
  read: (bytes) => (bytes.length > 0 ? Array.from(bytes) : undefined),
  write: (value) => Uint8Array.from(value),
};

/** Option 121 (RFC 3442): prefix length, the significant octets of the prefix, router; repeated. */
export const classlessRoutes: ValueType<ClasslessRoute[]> = { read: readRoutes, write: writeRoutes };

function readRoutes(bytes: Uint8Array): ClasslessRoute[] | undefined {
  const routes: ClasslessRoute[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    const octets = Math.ceil(length / 8);
    if (length > 32 || at + 1 + octets + 4 > bytes.length) return undefined;
    const prefix = new Uint8Array(4);
    prefix.set(bytes.subarray(at + 1, at + 1 + octets));
    routes.push({
      destination: `${ip4At(maskTo(prefix, length), 0)}/${length}`,
      router: ip4At(bytes, at + 1 + octets),
    });
    at += 1 + octets + 4;
  }
  return routes.length > 0 ? routes : undefined;
}

function maskTo(prefix: Uint8Array, length: number): Uint8Array {
  return prefix.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, length - 8 * index))) & 0xff);
}

function writeRoutes(routes: ClasslessRoute[]): Uint8Array {
  return Buffer.concat(
    routes.map(({ destination, router }) => {
      const [address = ANY_IP4, lengthText = ''] = destination.split('/');
      const length = Number(lengthText);
      if (!/^\d{1,2}$/.test(lengthText) || length > 32) throw new RangeError(`"${destination}" is not an IPv4 prefix`);
      const prefix = maskTo(ip4Bytes(address), length).subarray(0, Math.ceil(length / 8));
      return Buffer.concat([Uint8Array.of(length), prefix, ip4Bytes(router)]);
    }),
  );
}
