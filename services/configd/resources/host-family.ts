import { z } from 'zod';
import { ip4At, ip4Bytes } from '#lib/net/address.js';
import { ip6At, ip6Bytes, ip6Number, ip6Prefix, ip6PrefixText } from '#lib/net/ip6.js';
import { type FrameField, ip4Frame, ip4Value, ip6Frame } from '#lib/policy/frame-match.js';
import { ip4Text } from './fields.js';

/** Where hosts of one address family stand in a frame, and how their addresses are written. */
export interface HostFamily {
  readonly name: 'ip4' | 'ip6';
  /** Bits of an address. */
  readonly bits: 32 | 128;
  /** Ends the names of kinds. */
  readonly suffix: '' | '6';
  /** What an entry says: an IPv4 address, or an IPv6 prefix, of an address too (`2001:db8::1/128`). */
  readonly text: z.ZodType<string, string>;
  frame(tags: number): {
    readonly source: FrameField;
    readonly destination: FrameField;
    readonly sourceMac: FrameField;
  };
  parse(text: string): { readonly value: Uint8Array; readonly length: number };
  format(value: Uint8Array, length: number): string;
  /** Fields of packets from hosts without an address of their own, and what of them may pass a source guard. */
  unknown(tags: number): {
    readonly fields: readonly FrameField[];
    readonly passes: readonly (readonly Uint8Array[])[];
  };
  /** Entries that the guard of one line may hold. */
  readonly guardCapacity: number;
}

const UDP = Uint8Array.of(17);
const DHCP_SERVER = Uint8Array.of(0, 67);

export const ip4Hosts: HostFamily = {
  name: 'ip4',
  bits: 32,
  suffix: '',
  text: ip4Text,
  frame: ip4Frame,
  parse: (text) => ({ value: ip4Bytes(text), length: 32 }),
  format: (value) => ip4At(value, 0),
  /** DHCP to everybody. */
  unknown(tags) {
    const { protocol, destination, destinationPort } = ip4Frame(tags);
    return {
      fields: [protocol, destination, destinationPort],
      passes: [[UDP, ip4Value('255.255.255.255'), DHCP_SERVER]],
    };
  },
  guardCapacity: 4096,
};

const ICMP6 = Uint8Array.of(58);
const SOLICITATION = Uint8Array.of(135);
const ADVERTISEMENT = Uint8Array.of(136);
const linkLocal = ip6Bytes('fe80::');
const LINK_LOCAL_BITS = 64;

const prefix6 = z.string().refine((text) => {
  const found = ip6Prefix(text);
  return found !== undefined && found.length > 0 && ip6PrefixText(found.first, found.length) === text;
}, 'an IPv6 prefix without host bits');

export const ip6Hosts: HostFamily = {
  name: 'ip6',
  bits: 128,
  suffix: '6',
  text: prefix6,
  frame: ip6Frame,
  parse(text) {
    const [address = '', length = '128'] = text.split('/');
    return { value: ip6Bytes(address), length: Number(length) };
  },
  format: (value, length) => ip6PrefixText(ip6Number(ip6At(value, 0)) ?? 0n, length),
  /**
   * Neighbour discovery between link-local addresses. Nobody but the router itself can use it: what is routed on arrives with
   * another hop limit than 255, and is not believed (RFC 4861 section 7.1).
   */
  unknown(tags) {
    const { nextHeader, source, destination, icmpType } = ip6Frame(tags);
    const bits = { bits: LINK_LOCAL_BITS };
    return {
      fields: [nextHeader, { ...source, ...bits }, { ...destination, ...bits }, icmpType],
      passes: [SOLICITATION, ADVERTISEMENT].map((type) => [ICMP6, linkLocal, linkLocal, type]),
    };
  },
  /** A host has its link-local address beside its own. */
  guardCapacity: 8192,
};

/** The field of an address, as far as a prefix of that length goes. */
export const prefixField = (field: FrameField, { bits }: HostFamily, length: number): FrameField =>
  length === bits ? field : { ...field, bits: length };
