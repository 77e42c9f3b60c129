import type { Ip6Grant } from '#gen/bng/v1/aaa.js';
import type { Policy } from '#gen/bng/v1/common.js';
import type { ServiceChange } from './dialects/services.js';

/** What a RADIUS server grants: the policy, and what only an Access-Accept can give. */
export interface Grant {
  policy: Policy;
  framedIpv4?: string;
  /** Subnet mask that the client is told. */
  framedNetmask?: string;
  framedPool?: string;
  /** IPv4 prefixes routed to the subscriber. */
  routes: string[];
  /** Absent: nothing was said of IPv6. */
  ipv6?: Ip6Grant;
  vrf?: string;
  userName?: string;
  replyMessage?: string;
  class: Buffer[];
  services: ServiceChange;
  /** Of Cisco's AV pairs, which say by another pair what to do. */
  readonly cisco: { services: string[]; command?: string };
  /** Attributes that were understood and ask for something that nothing here does. */
  readonly withoutCounterpart: string[];
}

/** What an attribute's value counts or names. */
export type Unit =
  | 'bit/s'
  | 'kbit/s'
  | 'bytes'
  | 'seconds'
  | 'address'
  | 'prefix'
  | 'route'
  | 'name'
  | 'dscp'
  | 'octets'
  | 'text';

/** Why a value cannot be obeyed: closed list, for counters. */
export type MistakeReason =
  | 'wrong-length'
  | 'empty'
  | 'malformed'
  | 'rate-zero'
  | 'rate-above-limit'
  | 'burst-below-frame'
  | 'burst-above-limit'
  | 'reserved-address'
  | 'out-of-range'
  | 'contradiction'
  | 'unknown-attribute';

/** What is wrong with one value, with words for the log. `no-counterpart`: right, but nothing here does what it asks for. */
export interface Mistake {
  readonly reason: MistakeReason | 'no-counterpart';
  readonly message: string;
}

export function mistake(reason: Mistake['reason'], message: string): Mistake {
  return { reason, message };
}

/** Writes a value into the grant, or says why it cannot. */
export type Apply<T> = (grant: Grant, value: T) => Mistake | undefined;

/** A grant of nothing. */
export const emptyGrant = (): Grant => ({
  policy: emptyPolicy(),
  routes: [],
  class: [],
  services: { activate: [], deactivate: [] },
  cisco: { services: [] },
  withoutCounterpart: [],
});

const emptyPolicy = (): Policy => ({
  downloadBps: undefined,
  uploadBps: undefined,
  downloadBurstBytes: undefined,
  uploadBurstBytes: undefined,
  aclIn: undefined,
  aclOut: undefined,
  profile: undefined,
  sessionTimeoutS: undefined,
  idleTimeoutS: undefined,
  interimIntervalS: undefined,
  uploadDscp: undefined,
  downloadDscp: undefined,
});
