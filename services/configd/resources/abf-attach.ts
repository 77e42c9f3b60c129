import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import { abfItfAttachAddDel, abfItfAttachDump } from '#lib/vpp/messages/abf.js';
import { retvals } from '#lib/vpp/retval.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { type Place, placesFor } from './abf-places.js';
import { type AbfPolicyHandle, allPolicies } from './abf-policy.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';
import { type Reversible, sequence } from './sequence.js';

const schema = z.strictObject({
  interface: interfaceKey,
  family: z.enum(['ip4', 'ip6']),
  /** In order: the first whose ACL permits a packet takes it, the first whose ACL denies it leaves it to routing. */
  policies: z
    .array(z.string().startsWith('abf-policy/'))
    .min(1)
    .max(1000)
    .refine((keys) => new Set(keys).size === keys.length, 'a policy twice'),
});
export type AbfAttachSpec = z.infer<typeof schema>;
export interface AbfAttachHandle {
  readonly places: readonly Place[];
}

const keyOf = ({ interface: iface, family }: Pick<AbfAttachSpec, 'interface' | 'family'>) =>
  `abf-attach/${nameOf(iface)}/${family}`;

const set = (ctx: KindContext, spec: AbfAttachSpec, { policyId, priority }: Place, is_add: boolean) => {
  const sw_if_index = indexOf(ctx, spec.interface);
  const attach = { policy_id: policyId, sw_if_index, priority, is_ipv6: spec.family === 'ip6' };
  return ctx.vpp.call(abfItfAttachAddDel, { is_add, attach }, [
    is_add ? retvals.ENTRY_ALREADY_EXISTS : retvals.NO_SUCH_ENTRY,
  ]);
};

/**
 * Detached first when VPP has it already: with another priority, or from an interface that had this index before, where it is
 * listed without effect.
 */
async function attach(ctx: KindContext, spec: AbfAttachSpec, place: Place): Promise<void> {
  const { retval } = await set(ctx, spec, place, true);
  if (retval === 0) return;
  await set(ctx, spec, place, false);
  await set(ctx, spec, place, true);
}

/** Attaching what is not there kills VPP, so it is asked first. */
async function assertThere(ctx: KindContext, places: readonly Place[]): Promise<void> {
  if (places.length === 0 || ctx.vpp.takesNotes) return;
  const there = new Set((await allPolicies(ctx.vpp)).map(({ policy_id }) => policy_id));
  const missing = places.find(({ policyId }) => !there.has(policyId));
  if (missing) throw new BngError('failed_precondition', `${missing.key} is not in VPP: attaching it would kill VPP`);
}

/** New ones come before old ones go: no packet meets an interface without its policies. */
async function change(ctx: KindContext, spec: AbfAttachSpec, from: readonly Place[], to: readonly Place[]) {
  const was = new Map(from.map((place) => [place.policyId, place]));
  const stays = new Set(to.map(({ policyId }) => policyId));
  const put = (place: Place) => attach(ctx, spec, place);
  const take = (place: Place) => set(ctx, spec, place, false);
  const arriving = to.filter((place) => was.get(place.policyId)?.priority !== place.priority);
  await assertThere(ctx, arriving);
  const steps = [
    ...arriving.map((place): Reversible => {
      const old = was.get(place.policyId);
      return { act: () => put(place), revert: () => (old ? put(old) : take(place)) };
    }),
    ...from
      .filter(({ policyId }) => !stays.has(policyId))
      .map((place): Reversible => ({ act: () => take(place), revert: () => put(place) })),
  ];
  await sequence(steps);
  return { places: to };
}

const placesOf = (ctx: KindContext, spec: AbfAttachSpec, current: readonly Place[]): Place[] =>
  placesFor(
    current,
    spec.policies.map((key) => ({ key, policyId: ctx.handle<AbfPolicyHandle>(key).policyId })),
  );

async function read(ctx: ReadContext): Promise<Map<string, Found<AbfAttachSpec, AbfAttachHandle>>> {
  const interfaces = keyByIndex(ctx);
  const policies = new Map(
    [...ctx.foundOf('abf-policy')].map(([key, { handle }]) => [(handle as AbfPolicyHandle).policyId, key]),
  );
  const found = new Map<string, Found<AbfAttachSpec, { places: Place[] }>>();
  for (const { attach: row } of await ctx.vpp.dump(abfItfAttachDump, {})) {
    const iface = interfaces.get(row.sw_if_index);
    if (iface === undefined) continue;
    const family = row.is_ipv6 ? ('ip6' as const) : ('ip4' as const);
    const key = policies.get(row.policy_id) ?? `abf-policy/#${row.policy_id}`;
    const places = found.get(keyOf({ interface: iface, family }))?.handle.places ?? [];
    places.push({ key, policyId: row.policy_id, priority: row.priority });
    places.sort((a, b) => a.priority - b.priority);
    const spec = { interface: iface, family, policies: places.map((place) => place.key) };
    found.set(keyOf(spec), { spec, handle: { places }, ours: true });
  }
  return found;
}

/** The policies at work on an interface, in order (`abf_itf_attach_add_del`). */
export const abfAttach = resource<AbfAttachSpec, AbfAttachHandle>({
  kind: 'abf-attach',
  schema,
  optional: [abfItfAttachAddDel, abfItfAttachDump],
  key: keyOf,
  needs: (spec) => [...new Set([spec.interface, ...spec.policies])],
  read,
  create: (ctx, spec) => change(ctx, spec, [], placesOf(ctx, spec, [])),
  update: (ctx, { places }, _from, to) => change(ctx, to, places, placesOf(ctx, to, places)),
  async remove(ctx, { places }, spec) {
    await change(ctx, spec, places, []);
  },
});
