import { ip4Number, ip4Text } from '#lib/net/address.js';
import { MAX_BURST_BYTES, MAX_RATE_BPS, MIN_BURST_BYTES } from '#lib/policy/policer.js';
import { type Apply, type Grant, type Mistake, mistake } from './grant.js';

type Direction = 'download' | 'upload';
type NumberField = 'sessionTimeoutS' | 'idleTimeoutS' | 'interimIntervalS';
type NameField = 'aclIn' | 'aclOut' | 'profile';

/** Units that attributes count rates in; the policy counts bit/s. */
export const BPS = 1n;
export const KBPS = 1000n;

const MAX_RATE = BigInt(MAX_RATE_BPS);

/** A rate in multiples of `unit` bit/s, within what VPP can police. */
export function setRate(grant: Grant, direction: Direction, value: bigint, unit: bigint): Mistake | undefined {
  const rateBps = value * unit;
  if (rateBps === 0n) return mistake('rate-zero', 'must not be 0');
  if (rateBps > MAX_RATE) return mistake('rate-above-limit', `${rateBps} bit/s is above 400 Gbit/s`);
  grant.policy[`${direction}Bps`] = rateBps;
  return undefined;
}

/** A bucket in bytes: one full frame at least, 32 bits at most. */
export function setBurst(grant: Grant, direction: Direction, bytes: bigint): Mistake | undefined {
  if (bytes < BigInt(MIN_BURST_BYTES))
    return mistake('burst-below-frame', `${bytes} bytes is below one full frame (${MIN_BURST_BYTES})`);
  if (bytes > BigInt(MAX_BURST_BYTES)) return mistake('burst-above-limit', `${bytes} bytes is above 32 bits`);
  grant.policy[`${direction}BurstBytes`] = bytes;
  return undefined;
}

export const rate =
  (direction: Direction, unit: bigint): Apply<number> =>
  (grant, value) =>
    setRate(grant, direction, BigInt(value), unit);

export const burst =
  (direction: Direction): Apply<number> =>
  (grant, value) =>
    setBurst(grant, direction, BigInt(value));

/** Seconds; 0 means no limit, which takes away what the group or an earlier answer said. An interval of 0 says nothing. */
export const seconds =
  (field: NumberField): Apply<number> =>
  ({ policy }, value) => {
    if (value > 0 || field !== 'interimIntervalS') policy[field] = value;
    return undefined;
  };

/** A DSCP of RFC 2474: six bits. */
export const dscp =
  (field: 'uploadDscp' | 'downloadDscp'): Apply<number> =>
  ({ policy }, value) => {
    if (value > 63) return mistake('out-of-range', `${value} is not a DSCP (0 to 63)`);
    policy[field] = value;
    return undefined;
  };

export const name =
  (field: NameField): Apply<string> =>
  ({ policy }, value) => {
    if (value === '') return mistake('empty', 'must not be empty');
    policy[field] = value;
    return undefined;
  };

/** `name` and `name.in` stand for traffic from the subscriber, `name.out` for traffic to it. */
export const filterId: Apply<string> = (grant, value) => {
  const [, base = '', direction] = /^(.*?)(?:\.(in|out))?$/s.exec(value) ?? [];
  return name(direction === 'out' ? 'aclOut' : 'aclIn')(grant, base);
};

export const answer =
  (field: 'userName' | 'framedPool' | 'replyMessage' | 'vrf'): Apply<string> =>
  (grant, value) => {
    if (value !== '') grant[field] = value;
    return undefined;
  };

export const classOctets: Apply<Buffer> = (grant, value) => {
  grant.class.push(value);
  return undefined;
};

/** RFC 2865 section 5.8: 255.255.255.255 and .254 leave the choice to the client and to the NAS. */
export const framedIpAddress: Apply<string> = (grant, value) => {
  if (value === '0.0.0.0') return mistake('reserved-address', 'must not be 0.0.0.0');
  if (value !== '255.255.255.255' && value !== '255.255.255.254') grant.framedIpv4 = value;
  return undefined;
};

/** RFC 2865 section 5.9: ones first, then zeros. */
export const framedIpNetmask: Apply<string> = (grant, value) => {
  const ones = (ip4Number(value) ?? 0).toString(2).padStart(32, '0');
  if (!/^1+0*$/.test(ones)) return mistake('malformed', `${value} is no netmask`);
  grant.framedNetmask = value;
  return undefined;
};

const MIN_ROUTE_BITS = 8;
/** Length of a prefix that is given without one: that of its class (RFC 2865 section 5.22). */
const classBits = (first: number): number => (first < 0x80000000 ? 8 : first < 0xc0000000 ? 16 : 24);

/** `prefix[/length] [gateway [metric ...]]`; the gateway is the subscriber: 0.0.0.0, or its Framed-IP-Address. */
export const framedRoute: Apply<string> = (grant, value) => {
  const [destination = '', gateway = '0.0.0.0'] = value.trim().split(/\s+/);
  const [, address = '', length] = /^([\d.]+)(?:\/(\d{1,2}))?$/.exec(destination) ?? [];
  const first = ip4Number(address);
  if (first === undefined) return mistake('malformed', `"${value}" is not an IPv4 route`);
  const bits = length === undefined ? classBits(first) : Number(length);
  if (bits > 32 || bits < MIN_ROUTE_BITS || first % 2 ** (32 - bits) !== 0)
    return mistake('malformed', `"${destination}" is not a prefix of ${MIN_ROUTE_BITS} to 32 bits without host bits`);
  if (first < 0x01000000 || first >= 0xe0000000 || first >>> 24 === 127)
    return mistake('reserved-address', `${destination} is not for subscribers`);
  if (gateway !== '0.0.0.0' && gateway !== grant.framedIpv4)
    return mistake('malformed', `"${value}": the gateway is the subscriber, 0.0.0.0 is expected`);
  grant.routes.push(`${ip4Text(first)}/${bits}`);
  return undefined;
};
