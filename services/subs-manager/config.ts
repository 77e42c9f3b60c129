import { z } from 'zod';
import { commonConfig, hostPort } from '#lib/kernel/config.js';
import { ip4Number } from '#lib/net/address.js';
import { insteadSchema, policySchema, serviceFaults, serviceSchema } from './config-policy.js';
import { relaySchema } from './config-relay.js';
import { dhcp6Schema, faults6, group6Schema, intakeSchema, pool6Schema } from './config6.js';
import { optionSchema, routeSchema } from './dhcp/option-config.js';
import { addressRange, prefixRange } from './pool/address-text.js';
import { overlapping } from './pool/pools.js';

const ip4 = z.string().refine((text) => ip4Number(text) !== undefined, 'an IPv4 address is expected');
const prefix = z.string().refine((text) => prefixRange(text) !== undefined, 'an IPv4 prefix is expected');
const range = z.string().refine((text) => addressRange(text) !== undefined, 'an address, range or prefix is expected');
const vlanSet = z.string().regex(/^\d{1,4}(-\d{1,4})?$/, 'a VLAN or a range 100-200 is expected');
const seconds = z.int().positive();

function isWithin(text: string, whole: string): boolean {
  const [first = 0, last = 0] = addressRange(text) ?? [];
  const [from = 0, to = 0] = prefixRange(whole) ?? [];
  return first >= from && last <= to;
}

const poolSchema = z.strictObject({
  name: z.string().min(1),
  /** Tells the mask; without `ranges` all its addresses but the first and the last are given. */
  prefix,
  ranges: z.array(range).optional(),
  exclude: z.array(range).default([]),
  /** VRF it serves; absent: all, each address once over all of them. Pools of different VRFs may overlap. */
  vrf: z.string().min(1).optional(),
  /** Pool that is taken from when this one is exhausted. */
  overflow: z.string().optional(),
});

/** Which lines belong to a group: all that is given must fit; `*` stands for any text in names. */
const matchSchema = z.strictObject({
  line: z.string().optional(),
  parent: z.string().optional(),
  outerVlan: vlanSet.optional(),
  innerVlan: vlanSet.optional(),
  vrf: z.string().optional(),
});

/** A VRF for single subscribers: their line is moved into it with their session. */
const vrfSchema = z.strictObject({
  /** Of configd's document. */
  name: z.string().min(1),
  /** Interface in it whose addresses the line borrows, for example a loopback. */
  lender: z.string().min(1),
  /** Address of the lender: server identifier and router. */
  gateway: ip4,
  /** Taken from when RADIUS names neither an address nor a pool. */
  pools: z.array(z.string()).default([]),
});

const groupSchema = z.strictObject({
  name: z.string().min(1),
  /** VRFs that RADIUS may put subscribers into. */
  vrfs: z.array(vrfSchema).default([]),
  /** Any of these; empty: every line. */
  match: z.array(matchSchema).default([]),
  /** Taken from in this order when RADIUS names neither an address nor a pool. */
  pools: z.array(z.string()).default([]),
  /** DHCP servers that give the addresses, in the place of pools and of addresses of RADIUS. */
  relay: relaySchema(prefix).optional(),
  /** Server identifier and router; absent: the line's own gateway. It must be an address VPP owns in the client's VRF. */
  gateway: ip4.optional(),
  /** Absent: that of the pool's prefix, 255.255.255.255 for an address in no pool. */
  subnetMask: ip4.optional(),
  dns: z.array(ip4).default([]),
  ntp: z.array(ip4).default([]),
  domain: z.string().optional(),
  mtu: z.int().min(576).max(9216).optional(),
  /** Routes for option 121, beside the one to the gateway. */
  routes: z.array(routeSchema).default([]),
  /** Further options, vendor ones among them. */
  options: z.array(optionSchema).default([]),
  leaseS: z.int().min(10).default(3600),
  /** T1 and T2 as parts of the lease (RFC 2131 section 4.4.5). */
  t1: z.number().positive().max(1).default(0.5),
  t2: z.number().positive().max(1).default(0.875),
  /** How long an address is held for a client that was made an offer. */
  offerHoldS: seconds.default(60),
  /**
   * What a subscriber is on a line: the line itself, or, on a VLAN that many share, what the access node put into its
   * option 82 (RFC 3046), or the MAC address.
   */
  subscriberBy: z.enum(['line', 'circuit-id', 'remote-id', 'circuit-and-remote-id', 'mac']).default('line'),
  /** Access nodes add an option 82; false: there are none, and one that comes is forged by the client. */
  accessNodes: z.boolean().default(true),
  /** 1: a new MAC address of the subscriber takes over from the one before it. More: they are side by side. */
  sessionsPerLine: z.int().min(1).default(1),
  /** Sessions a line may carry that many subscribers share. */
  sessionsPerSharedLine: z.int().min(1).max(4096).default(2000),
  /** Ports of the configuration that traffic to subscribers comes in from: shared lines are limited there, and DSCP is written. */
  core: z.array(z.string().min(1)).default([]),
  /** Subscribers of a shared line may not reach each other. */
  isolate: z.boolean().default(true),
  /** Answers NAK, not silence, to clients that come back with an address nobody knows. */
  authoritative: z.boolean().default(true),
  /** Strict uRPF on the line. */
  sourceGuard: z.boolean().default(true),
  /** First hold time after a reject; each further reject doubles it, up to `holdMaxS`. */
  rejectHoldS: seconds.default(30),
  /** Hold time when RADIUS gave no answer, or its answer could not be used. */
  aaaTimeoutHoldS: seconds.default(10),
  declineHoldS: seconds.default(3600),
  ipv6: group6Schema.optional(),
  /** For what RADIUS does not say. */
  policy: policySchema.prefault({}),
  /** Services that are on from the start; RADIUS may say more, or without which. */
  services: z.array(z.string()).default([]),
  /** What a client that RADIUS rejects gets; absent: nothing, for the hold time. */
  whenRejected: insteadSchema.optional(),
  /** What it gets when RADIUS gives no answer. */
  whenUnanswered: insteadSchema.optional(),
});
export type GroupConfig = z.output<typeof groupSchema>;
export type GroupMatch = z.output<typeof matchSchema>;
export type PoolConfig = z.output<typeof poolSchema>;

const dhcpSchema = z.strictObject({
  /** The address VPP's proxy sends to; replies leave from it. */
  listen: hostPort.default('127.0.0.1:67'),
  relayPort: z.int().min(1).max(65_535).default(67),
  /** Relays that are reached elsewhere than at giaddr:relayPort, by giaddr. */
  relays: z.record(ip4, hostPort).default({}),
  /** Our address as a relay before DHCP servers of the operator, where they send their answers; absent: that of `listen`. */
  giaddr: ip4.optional(),
  /** Of each DHCP socket; without CAP_NET_ADMIN the kernel caps it at net.core.rmem_max. */
  recvBufferBytes: z
    .int()
    .positive()
    .default(32 * 1024 * 1024),
  /** Requests a line may send: sustained and at once. */
  lineRatePerS: z.number().positive().default(5),
  lineBurst: z.int().positive().default(20),
  ...intakeSchema,
});

/** Settings of subs-manager: YAML, then SUBS_MANAGER_* from the environment. */
export const configSchema = z
  .strictObject({
    ...commonConfig,
    /** postgres:// URL; give the file instead where the environment is not safe. */
    databaseUrl: z.string().optional(),
    databaseUrlFile: z.string().optional(),
    nats: z.string().default('nats://127.0.0.1:4222'),
    configd: hostPort,
    /** One, or several with commas between (IPv4 addresses): calls go to all in turn, past those that are away. */
    aaa: z
      .string()
      .regex(
        /^([^:\s,]+|\[[0-9a-fA-F:]+\]):\d{1,5}$|^\d[\d.]+:\d{1,5}(,\d[\d.]+:\d{1,5})+$/,
        'host:port, or several of IPv4',
      ),
    /** Where profiles are looked up; without it a policy that names a profile is refused. */
    qos: hostPort.optional(),
    /** Owner of our sessions in configd; another instance has another name. */
    owner: z.string().min(1).default('subs-manager'),
    dhcp: dhcpSchema.prefault({}),
    dhcp6: dhcp6Schema.prefault({}),
    pools: z.array(poolSchema).default([]),
    /** IPv6 addresses and prefixes. */
    pools6: z.array(pool6Schema).default([]),
    /** Parts of policies that sessions switch on and off by name. */
    services: z.array(serviceSchema).default([]),
    groups: z.array(groupSchema).min(1),
    holdMaxS: seconds.default(900),
    aaaTimeoutS: seconds.default(15),
    configdTimeoutS: seconds.default(10),
    /** How long the steps of attempts are kept (bngctl subs why). */
    timelineDays: z.int().min(1).max(90).default(7),
    counterPollS: seconds.default(10),
    /** What a restart leaves at least of each lease, because nobody could renew meanwhile. */
    restoreGraceS: seconds.default(60),
  })
  .superRefine((config, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    if ((config.databaseUrl === undefined) === (config.databaseUrlFile === undefined))
      fault(['databaseUrl'], 'one of databaseUrl and databaseUrlFile is needed');
    const pools = config.pools.map(({ name }) => name);
    for (const [index, name] of pools.entries())
      if (pools.indexOf(name) !== index) fault(['pools', index, 'name'], `there are two pools "${name}"`);
    for (const [index, pool] of config.pools.entries()) {
      for (const text of pool.ranges ?? [])
        if (!isWithin(text, pool.prefix)) fault(['pools', index, 'ranges'], `${text} is not within ${pool.prefix}`);
      if (pool.overflow !== undefined && !pools.includes(pool.overflow))
        fault(['pools', index, 'overflow'], `no pool "${pool.overflow}"`);
    }
    for (const [first, second, at] of overlapping(config.pools))
      fault(['pools', at, 'prefix'], `pools "${first}" and "${second}" have addresses in common`);
    for (const [path, message] of [...faults6(config), ...serviceFaults(config)]) fault(path, message);
    const relayed = config.groups.some(({ relay }) => relay !== undefined);
    if (relayed && config.dhcp.giaddr === undefined && config.dhcp.listen.startsWith('0.0.0.0:'))
      fault(['dhcp', 'giaddr'], 'needed for groups with `relay`, because `listen` names no address');
    for (const [index, group] of config.groups.entries()) {
      if (config.groups.findIndex(({ name }) => name === group.name) !== index)
        fault(['groups', index, 'name'], `there are two groups "${group.name}"`);
      if (group.t1 > group.t2) fault(['groups', index, 't1'], 't1 is after t2');
      if (group.relay !== undefined && group.pools.length > 0)
        fault(['groups', index, 'pools'], 'the DHCP servers of `relay` give the addresses: no pools');
      for (const pool of [...group.pools, ...group.vrfs.flatMap((vrf) => vrf.pools)])
        if (!pools.includes(pool)) fault(['groups', index, 'pools'], `no pool "${pool}"`);
    }
  });
export type SubsManagerConfig = z.output<typeof configSchema>;
