import { z } from 'zod';
import { hostPort } from '#lib/kernel/config.js';
import { ip6Number, ip6Prefix, ip6PrefixText } from '#lib/net/ip6.js';
import { relaySchema } from './config-relay.js';

const ip6 = z.string().refine((text) => ip6Number(text) !== undefined, 'an IPv6 address is expected');

/** Kept in its usual form; host bits are refused with what would be right. */
const prefix = z.string().superRefine((text, context) => {
  const found = ip6Prefix(text);
  const plain = found && ip6PrefixText(found.first, found.length);
  if (plain === undefined) context.addIssue('an IPv6 prefix is expected');
  else if (ip6Number(text.split('/')[0] ?? '') !== found?.first)
    context.addIssue(`${text} has host bits set, ${plain} is expected`);
});

export const pool6Schema = z
  .strictObject({
    name: z.string().min(1),
    prefix,
    /** 128: addresses for DHCPv6; 64: prefixes to advertise; shorter or longer: prefixes to delegate. */
    length: z.int().min(16).max(128),
    /** Not given away. */
    exclude: z.array(prefix).default([]),
    /** VRF it serves; absent: all, each once over all of them. Pools of different VRFs may overlap. */
    vrf: z.string().min(1).optional(),
  })
  .refine(({ prefix: whole, length }) => (ip6Prefix(whole)?.length ?? 0) <= length, {
    path: ['length'],
    error: 'shorter than the prefix itself',
  });
export type Pool6Config = z.output<typeof pool6Schema>;

/** IPv6 of a group; absent: its subscribers have none. The line has IPv6 on and advertises by configd's document. */
export const group6Schema = z.strictObject({
  /** Taken from in this order when RADIUS names neither an address nor a pool; empty: no addresses by DHCPv6. */
  addressPools: z.array(z.string()).default([]),
  delegatedPools: z.array(z.string()).default([]),
  advertisedPools: z.array(z.string()).default([]),
  /** DHCPv6 servers that give addresses and delegated prefixes, in the place of pools and of those of RADIUS. */
  relay: relaySchema(prefix).optional(),
  dns: z.array(ip6).default([]),
  domains: z.array(z.string().regex(/^[a-zA-Z0-9.-]{1,253}$/, 'a domain name is expected')).default([]),
  /** Valid lifetime of addresses and prefixes, seconds. */
  leaseS: z.int().min(10).max(0xfffffffe).default(3600),
  /** Preferred lifetime, T1 and T2 as parts of the lease (RFC 8415 section 21.4). */
  preferred: z.number().positive().max(1).default(0.75),
  t1: z.number().positive().max(1).default(0.5),
  t2: z.number().positive().max(1).default(0.8),
  /** 255: clients wait for no other server (RFC 8415 section 21.8). */
  preference: z.int().min(0).max(255).optional(),
  /** Answers at once, in two messages, clients that ask for it (RFC 8415 section 18.3.1). */
  rapidCommit: z.boolean().default(true),
});
export type Group6Config = z.output<typeof group6Schema>;

/** Limits of one protocol, over all its clients. */
export const intakeSchema = {
  /** Messages per second that are looked at; more are dropped. */
  maxPerS: z.int().positive().default(20_000),
  /** Clients being worked for at once; those behind them wait, oldest first. */
  maxInFlight: z.int().positive().default(500),
  /** Clients that wait; more are dropped and ask again. */
  maxWaiting: z.int().positive().default(20_000),
  /** A client that was not heard for as long while it waited has given up. */
  staleS: z.number().positive().default(10),
};
export type IntakeConfig = z.output<z.ZodObject<typeof intakeSchema>>;

export const dhcp6Schema = z.strictObject({
  /** The address VPP's relay sends to; replies leave from it. Absent: no DHCPv6. */
  listen: hostPort.optional(),
  /** Where relays take replies; VPP sends from another port. */
  relayPort: z.int().min(1).max(65_535).default(547),
  /** Relays that may send, and where they are answered; empty: any whose message fits a line, at its own address. */
  relays: z.array(hostPort).default([]),
  ...intakeSchema,
});

interface Checked {
  pools6: readonly Pool6Config[];
  pools: readonly { name: string }[];
  groups: readonly { ipv6?: Group6Config | undefined; subscriberBy: string }[];
}

/** What does not fit between pools and groups: path and words. */
export function faults6({ pools6, pools, groups }: Checked): [(string | number)[], string][] {
  const faults: [(string | number)[], string][] = [];
  const names = [...pools, ...pools6].map(({ name }) => name);
  for (const [at, { name, prefix: whole, vrf }] of pools6.entries()) {
    if (names.indexOf(name) !== pools.length + at)
      faults.push([['pools6', at, 'name'], `there are two pools "${name}"`]);
    for (const other of pools6.slice(0, at))
      if (overlap(whole, other.prefix) && (vrf === undefined || other.vrf === undefined || vrf === other.vrf))
        faults.push([['pools6', at, 'prefix'], `pools "${other.name}" and "${name}" have addresses in common`]);
  }
  for (const [at, { ipv6 }] of groups.entries()) {
    const pooled = [...(ipv6?.addressPools ?? []), ...(ipv6?.delegatedPools ?? [])];
    if (ipv6?.relay !== undefined && pooled.length > 0)
      faults.push([
        ['groups', at, 'ipv6', 'relay'],
        'the DHCPv6 servers give addresses and prefixes: no pools of these',
      ]);
  }
  for (const [at, { ipv6, subscriberBy }] of groups.entries())
    if (subscriberBy !== 'line' && (ipv6?.advertisedPools.length ?? 0) > 0)
      faults.push([
        ['groups', at, 'ipv6', 'advertisedPools'],
        'all of a shared line would use what is advertised: DHCPv6 only',
      ]);
  for (const [at, { ipv6 }] of groups.entries())
    for (const [field, fits, what] of uses)
      for (const name of ipv6?.[field] ?? []) {
        const pool = pools6.find((one) => one.name === name);
        if (pool === undefined) faults.push([['groups', at, 'ipv6', field], `no pool "${name}"`]);
        else if (!fits(pool.length)) faults.push([['groups', at, 'ipv6', field], `pool "${name}" gives no ${what}`]);
      }
  return faults;
}

const uses = [
  ['addressPools', (length: number) => length === 128, 'addresses'],
  ['delegatedPools', (length: number) => length <= 64, 'prefixes to delegate'],
  ['advertisedPools', (length: number) => length === 64, 'prefixes of 64 bits'],
] as const;

function overlap(one: string, other: string): boolean {
  const [a, b] = [ip6Prefix(one), ip6Prefix(other)];
  return a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last;
}
