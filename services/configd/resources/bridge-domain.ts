import { z } from 'zod';
import {
  bdFlags,
  bridgeDomainAddDelV2,
  bridgeDomainDump,
  bridgeDomainSetLearnLimit,
  bridgeDomainSetMacAge,
  bridgeFlags,
} from '#lib/vpp/messages/l2.js';
import { anyIndex, noInterface } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, type ReadContext, resource } from '../reconcile/resource.js';
import { nameOf, nameReader, plainName, vppName } from './names.js';
import { type Reversible, sequence } from './sequence.js';

/** VPP's own limit of a bridge domain: the size of its MAC table. */
export const maxLearnedMacs = 16_777_216;

const schema = z.strictObject({
  name: plainName,
  /** 0 is VPP's drop domain. */
  id: z.int().min(1).max(0xffffff),
  learn: z.boolean().default(true),
  forward: z.boolean().default(true),
  flood: z.boolean().default(true),
  unknownUnicastFlood: z.boolean().default(true),
  arpTermination: z.boolean().default(false),
  /** ARP requests for known addresses go to their port instead of everywhere. */
  arpUnicast: z.boolean().default(false),
  /** 0: MACs are never forgotten. */
  macAgeMinutes: z.int().min(0).max(255).default(0),
  /** MACs learned at most; VPP does not show it. */
  learnLimit: z.int().min(1).max(maxLearnedMacs).default(maxLearnedMacs),
});
export type BridgeDomainSpec = z.infer<typeof schema>;
export interface BridgeDomainHandle {
  readonly id: number;
}

const flagBits = {
  learn: bdFlags.values.BRIDGE_API_FLAG_LEARN,
  forward: bdFlags.values.BRIDGE_API_FLAG_FWD,
  flood: bdFlags.values.BRIDGE_API_FLAG_FLOOD,
  unknownUnicastFlood: bdFlags.values.BRIDGE_API_FLAG_UU_FLOOD,
  arpTermination: bdFlags.values.BRIDGE_API_FLAG_ARP_TERM,
  arpUnicast: bdFlags.values.BRIDGE_API_FLAG_ARP_UFWD,
} as const;
const flagNames = Object.keys(flagBits) as (keyof typeof flagBits)[];

/** Every bridge domain of VPP; one dump per pass. */
export const bridgeDomainTable = (ctx: ReadContext) =>
  ctx.shared('bridge_domain_dump', () => ctx.vpp.dump(bridgeDomainDump, { bd_id: anyIndex, sw_if_index: noInterface }));

/** Keys of the bridge domains found so far in this pass, by VPP's id. */
export const domainById = (ctx: ReadContext): ReadonlyMap<number, string> =>
  new Map([...ctx.foundOf('bridge-domain')].map(([key, { handle }]) => [(handle as BridgeDomainHandle).id, key]));

const addDel = (vpp: Dataplane, spec: BridgeDomainSpec, is_add: boolean) =>
  vpp.call(bridgeDomainAddDelV2, {
    bd_id: spec.id,
    flood: spec.flood,
    uu_flood: spec.unknownUnicastFlood,
    forward: spec.forward,
    learn: spec.learn,
    arp_term: spec.arpTermination,
    arp_ufwd: spec.arpUnicast,
    mac_age: spec.macAgeMinutes,
    bd_tag: vppName(spec.name),
    is_add,
  });

const setLimit = (vpp: Dataplane, { id, learnLimit }: BridgeDomainSpec) =>
  vpp.call(bridgeDomainSetLearnLimit, { bd_id: id, learn_limit: learnLimit });

/** What differs, a message each. */
function changes(vpp: Dataplane, from: BridgeDomainSpec, to: BridgeDomainSpec): Reversible[] {
  const setFlags = (flags: number, is_set: boolean) => vpp.call(bridgeFlags, { bd_id: to.id, is_set, flags });
  const setAge = (mac_age: number) => vpp.call(bridgeDomainSetMacAge, { bd_id: to.id, mac_age });
  const steps: Reversible[] = [true, false].flatMap((wanted) => {
    const bits = flagNames.filter((name) => to[name] === wanted && from[name] !== wanted);
    const flags = bits.reduce((sum, name) => sum | flagBits[name], 0);
    return flags === 0 ? [] : [{ act: () => setFlags(flags, wanted), revert: () => setFlags(flags, !wanted) }];
  });
  if (from.macAgeMinutes !== to.macAgeMinutes)
    steps.push({ act: () => setAge(to.macAgeMinutes), revert: () => setAge(from.macAgeMinutes) });
  if (from.learnLimit !== to.learnLimit)
    steps.push({ act: () => setLimit(vpp, to), revert: () => setLimit(vpp, from) });
  return steps;
}

/** A bridge domain (`bridge_domain_add_del_v2`). Its ports are resources of their own. */
export const bridgeDomain = resource<BridgeDomainSpec, BridgeDomainHandle, z.input<typeof schema>>({
  kind: 'bridge-domain',
  schema,
  key: (spec) => `bridge-domain/${spec.name}`,
  needs: () => [],
  async read(ctx, wanted) {
    const nameIn = nameReader([...wanted.keys()].map(nameOf));
    const found = new Map<string, Found<BridgeDomainSpec, BridgeDomainHandle>>();
    for (const row of await bridgeDomainTable(ctx)) {
      const name = nameIn(row.bd_tag);
      if (name === undefined) continue;
      const key = `bridge-domain/${name}`;
      const spec: BridgeDomainSpec = {
        name,
        id: row.bd_id,
        learn: row.learn,
        forward: row.forward,
        flood: row.flood,
        unknownUnicastFlood: row.uu_flood,
        arpTermination: row.arp_term,
        arpUnicast: row.arp_ufwd,
        macAgeMinutes: row.mac_age,
        learnLimit: wanted.get(key)?.learnLimit ?? maxLearnedMacs,
      };
      found.set(key, { spec, handle: { id: row.bd_id }, ours: true });
    }
    return found;
  },
  async create({ vpp }, spec) {
    const limit = { act: () => setLimit(vpp, spec), revert: async () => {} };
    await sequence([
      { act: () => addDel(vpp, spec, true), revert: () => addDel(vpp, spec, false) },
      ...(spec.learnLimit === maxLearnedMacs ? [] : [limit]),
    ]);
    return { id: spec.id };
  },
  updatable: (from, to) => from.id === to.id,
  async update({ vpp }, handle, from, to) {
    await sequence(changes(vpp, from, to));
    return handle;
  },
  async remove({ vpp }, _handle, spec) {
    await addDel(vpp, spec, false);
  },
});
