import { text as plainText, type ValueType } from '../dhcp/values.js';
import { ip6At, ip6Bytes } from '../net/ip6.js';

export { empty, raw, u8, u16, u32, type ValueType } from '../dhcp/values.js';

/** UTF-8 text (RFC 8415 section 21.13); an empty one is a value. */
export const text: ValueType<string> = plainText;

export const ip6: ValueType<string> = {
  read: (bytes) => (bytes.length === 16 ? ip6At(bytes, 0) : undefined),
  write: ip6Bytes,
};

export const ip6List: ValueType<string[]> = {
  read(bytes) {
    if (bytes.length === 0 || bytes.length % 16 !== 0) return undefined;
    return Array.from({ length: bytes.length / 16 }, (_, index) => ip6At(bytes, index * 16));
  },
  write: (value) => Buffer.concat(value.map(ip6Bytes)),
};

/** A list of option codes (ORO, RFC 8415 section 21.7); an empty one is a value. */
export const codes16: ValueType<number[]> = {
  read(bytes) {
    if (bytes.length % 2 !== 0) return undefined;
    return Array.from({ length: bytes.length / 2 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0));
  },
  write: (value) => Uint8Array.from(value.flatMap((code) => [code >> 8, code & 255])),
};

const LABEL = 63;
const NAME = 255;

/** Uncompressed domain names (RFC 1035 section 3.1, RFC 8415 section 10), without the trailing dot. */
export const domainNames: ValueType<string[]> = {
  read(bytes) {
    const names: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const labels: string[] = [];
      for (;;) {
        const length = bytes[at];
        if (length === undefined || length > LABEL || at + 1 + length > bytes.length) return undefined;
        at += 1 + length;
        if (length === 0) break;
        labels.push(Buffer.from(bytes.buffer, bytes.byteOffset + at - length, length).toString('latin1'));
      }
      names.push(labels.join('.'));
    }
    return names.length > 0 ? names : undefined;
  },
  write: (value) => Buffer.concat(value.map(domainName)),
};

function domainName(name: string): Uint8Array {
  const labels = name.replace(/\.$/, '').split('.');
  const parts = labels.map((label) => Buffer.from(label, 'latin1'));
  const size = parts.reduce((sum, part) => sum + 1 + part.length, 1);
  if (size > NAME || parts.some((part) => part.length === 0 || part.length > LABEL))
    throw new RangeError(`"${name}" is not a domain name`);
  return Buffer.concat([...parts.flatMap((part) => [Buffer.of(part.length), part]), Buffer.of(0)]);
}

/** A result of the server for a message, an association or one lease. */
export interface StatusCode {
  code: number;
  message: string;
}

/** Status code (RFC 8415 section 21.13). */
export const statusCode: ValueType<StatusCode> = {
  read(bytes) {
    if (bytes.length < 2) return undefined;
    return { code: ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0), message: text.read(bytes.subarray(2)) ?? '' };
  },
  write: ({ code, message }) => Buffer.concat([Buffer.of(code >> 8, code & 255), Buffer.from(message)]),
};

/** Address of the client on its link as its first relay saw it (RFC 6939): hardware type, address. */
export interface LinkLayerAddress {
  /** 1: Ethernet. */
  hardwareType: number;
  address: Uint8Array;
}

export const linkLayerAddress: ValueType<LinkLayerAddress> = {
  read(bytes) {
    if (bytes.length < 3) return undefined;
    return { hardwareType: ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0), address: bytes.subarray(2) };
  },
  write: ({ hardwareType, address }) => Buffer.concat([Buffer.of(hardwareType >> 8, hardwareType & 255), address]),
};

/** Remote-ID (RFC 4649): who numbers it, and the number. */
export interface RemoteId {
  enterprise: number;
  id: Uint8Array;
}

export const remoteId: ValueType<RemoteId> = {
  read(bytes) {
    if (bytes.length < 5) return undefined;
    return { enterprise: new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), id: bytes.subarray(4) };
  },
  write({ enterprise, id }) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(enterprise);
    return Buffer.concat([head, id]);
  },
};

/** Virtual subnet (RFC 6607): by name, by RFC 2685 VPN id, or the global one. */
export type VirtualSubnet6 =
  | { kind: 'name'; name: string }
  | { kind: 'vpn-id'; oui: number; index: number }
  | { kind: 'global' };

export const virtualSubnet: ValueType<VirtualSubnet6> = {
  read(bytes) {
    const rest = bytes.subarray(1);
    if (bytes[0] === 0) return { kind: 'name', name: Buffer.from(rest).toString('latin1') };
    if (bytes[0] === 255) return rest.length === 0 ? { kind: 'global' } : undefined;
    if (bytes[0] !== 1 || rest.length !== 7) return undefined;
    const view = new DataView(rest.buffer, rest.byteOffset);
    return { kind: 'vpn-id', oui: (view.getUint16(0) << 8) | view.getUint8(2), index: view.getUint32(3) };
  },
  write(subnet) {
    if (subnet.kind === 'global') return Uint8Array.of(255);
    if (subnet.kind === 'name') return Buffer.concat([Buffer.of(0), Buffer.from(subnet.name, 'latin1')]);
    const bytes = Buffer.alloc(8);
    bytes[0] = 1;
    bytes.writeUIntBE(subnet.oui, 1, 3);
    bytes.writeUInt32BE(subnet.index, 4);
    return bytes;
  },
};
