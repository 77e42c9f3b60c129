import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import type { Operation } from '#lib/vpp/message.js';
import { anyIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, type Kind, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { ip4Text as ip4Field } from './fields.js';
import { type Ip4Range, ip4Number, ip4Text, rangesOf } from './ip4-range.js';
import { vrfKey } from './names.js';
import { sequence } from './sequence.js';
import { tableOf, vrfByTable } from './vrf.js';

/** Addresses of one pool: VPP compares each new one with all there are. */
export const maxPoolAddresses = 4096;

const schema = z
  .strictObject({
    first: ip4Field,
    last: ip4Field,
    /** Inside VRF that uses it: a key, or `default`. Absent: any. */
    vrf: vrfKey.or(z.literal('default')).optional(),
    /** Addresses that outside hosts appear with inside (twice NAT). */
    twiceNat: z.boolean().default(false),
  })
  .refine(({ first, last }) => ip4Number(first) <= ip4Number(last), { message: 'the range runs backwards' })
  .refine(({ first, last }) => ip4Number(last) - ip4Number(first) < maxPoolAddresses, {
    message: `a pool has at most ${maxPoolAddresses} addresses`,
  });
export type NatPoolSpec = z.infer<typeof schema>;
/** The addresses that are there: fewer than wanted after somebody else took some. */
export interface NatPoolHandle {
  readonly ranges: readonly Ip4Range[];
}

/** One address as VPP lists it. */
export interface PoolAddress {
  readonly address: string;
  readonly table: number;
  readonly twiceNat: boolean;
}

/** One plugin's pools. */
export interface NatPools {
  readonly kind: string;
  /** Key of the plugin. */
  readonly plugin: string;
  readonly optional: readonly Operation[];
  set(
    vpp: Dataplane,
    range: { first: string; last: string; table: number; twiceNat: boolean },
    is_add: boolean,
  ): Promise<unknown>;
  list(vpp: Dataplane): Promise<readonly PoolAddress[]>;
}

const isVrf = (vrf: string | undefined): vrf is string => vrf !== undefined && vrf !== 'default';
const keyOf = (kind: string, { vrf, first, last, twiceNat }: NatPoolSpec) =>
  `${kind}/${twiceNat ? 'twice-' : ''}${vrf === undefined ? 'any' : vrf.replace('vrf/', '')}/${first}-${last}`;

const tableIn = (ctx: KindContext, vrf: string | undefined): number => {
  if (vrf === undefined) return anyIndex;
  return vrf === 'default' ? 0 : tableOf(ctx, vrf);
};

function vrfIn(ctx: ReadContext, table: number): { vrf?: string } {
  if (table === anyIndex) return {};
  return { vrf: table === 0 ? 'default' : (vrfByTable(ctx).get(table) ?? `vrf/table-${table}`) };
}

const groupKey = ({ vrf, twiceNat }: Pick<NatPoolSpec, 'vrf' | 'twiceNat'>) => `${vrf} ${twiceNat}`;

/** Addresses for outside (`nat44_add_del_address_range`), in ranges as they are wanted: VPP lists single addresses. */
export function natPoolKind(nat: NatPools): Kind<NatPoolSpec, NatPoolHandle, z.input<typeof schema>> {
  const setRanges = (ctx: KindContext, spec: NatPoolSpec, ranges: readonly Ip4Range[], add: boolean) =>
    sequence(
      ranges.map((range) => {
        const place = { table: tableIn(ctx, spec.vrf), twiceNat: spec.twiceNat };
        const set = (is_add: boolean) =>
          nat.set(ctx.vpp, { first: ip4Text(range.first), last: ip4Text(range.last), ...place }, is_add);
        return { act: () => set(add), revert: () => set(!add) };
      }),
    );
  return resource<NatPoolSpec, NatPoolHandle, z.input<typeof schema>>({
    kind: nat.kind,
    schema,
    optional: nat.optional,
    key: (spec) => keyOf(nat.kind, spec),
    needs: (spec) => (isVrf(spec.vrf) ? [spec.vrf, nat.plugin] : [nat.plugin]),
    async read(ctx, wanted) {
      const groups = new Map<string, { vrf?: string; twiceNat: boolean; left: Set<number> }>();
      for (const { address, table, twiceNat } of await nat.list(ctx.vpp)) {
        const place = { ...vrfIn(ctx, table), twiceNat };
        const group = groups.get(groupKey({ ...place, vrf: place.vrf })) ?? { ...place, left: new Set<number>() };
        groups.set(groupKey({ ...place, vrf: place.vrf }), group);
        group.left.add(ip4Number(address));
      }
      const found = new Map<string, Found<NatPoolSpec, NatPoolHandle>>();
      for (const [key, spec] of wanted) {
        const own = takeRange(groups.get(groupKey(spec))?.left, spec);
        if (own.length > 0)
          found.set(key, { spec: seenSpec(spec, own), handle: { ranges: rangesOf(own) }, ours: true });
      }
      const ours = ctx.found(nat.plugin)?.ours === true;
      for (const { left, ...place } of groups.values())
        for (const range of rangesOf(left)) {
          const spec = { ...place, first: ip4Text(range.first), last: ip4Text(range.last) };
          found.set(keyOf(nat.kind, spec), { spec, handle: { ranges: [range] }, ours });
        }
      return found;
    },
    async create(ctx, spec) {
      const [first, last] = [ip4Number(spec.first), ip4Number(spec.last)];
      const taken = (await nat.list(ctx.vpp)).find(({ address }) => inRange(ip4Number(address), first, last));
      if (taken) throw new BngError('conflict', `${taken.address} is in a pool of VPP already`);
      await setRanges(ctx, spec, [{ first, last }], true);
      return { ranges: [{ first, last }] };
    },
    remove: (ctx, { ranges }, spec) => setRanges(ctx, spec, ranges, false),
  });
}

const inRange = (address: number, first: number, last: number): boolean => first <= address && address <= last;

/** Takes the addresses of a range out of `left`. */
function takeRange(left: Set<number> | undefined, { first, last }: NatPoolSpec): number[] {
  const own: number[] = [];
  for (let address = ip4Number(first); address <= ip4Number(last); address++)
    if (left?.delete(address)) own.push(address);
  return own;
}

/** The wanted spec when every address is there, else one that differs. */
function seenSpec(spec: NatPoolSpec, own: readonly number[]): NatPoolSpec {
  const whole = own.length === ip4Number(spec.last) - ip4Number(spec.first) + 1;
  return whole ? spec : { ...spec, first: ip4Text(own[0] ?? 0), last: ip4Text(own[0] ?? 0) };
}
