import { z } from 'zod';
import { ip4At, macAt } from '#lib/net/address.js';
import { ip4Value, macValue, matchKey, matchShape, shownField } from '#lib/policy/frame-match.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { assertRoom, DENY, entriesOf, PERMIT, setEntry } from './classifier.js';
import { ip4Text, macText } from './fields.js';
import { GUARD_CAPACITY, guardFields, type HostGuardHandle, type HostGuardSpec } from './host-guard.js';
import { nameOf } from './names.js';
import { sequence } from './sequence.js';

const schema = z.strictObject({
  /** Key of the guard: `host-guard/access.200`. */
  on: z.string().regex(/^host-guard\/.+$/),
  tags: z.int().min(0).max(2),
  address: ip4Text,
  mac: macText,
  /** Others of the same line may not reach it. */
  isolated: z.boolean(),
});
export type HostGuardEntrySpec = z.infer<typeof schema>;

const keyOf = (on: string, address: string) => `host-guard-entry/${nameOf(on)}/${address}`;

function steps({ vpp, handle }: KindContext, spec: HostGuardEntrySpec) {
  const guard = handle<HostGuardHandle>(spec.on);
  const fields = guardFields(spec.tags);
  const host = matchKey(fields.hosts, [macValue(spec.mac), ip4Value(spec.address)]);
  const target = matchKey(fields.isolated, [ip4Value(spec.address)]);
  const permit = (is_add: boolean) => setEntry(vpp, guard.hosts, host, PERMIT, is_add);
  const deny = (is_add: boolean) => setEntry(vpp, guard.isolated, target, DENY, is_add);
  return { guard, permit, deny };
}

/** What one subscriber of a guarded line may send, and that its neighbours may not send to it. */
export const hostGuardEntry = resource<HostGuardEntrySpec, null>({
  kind: 'host-guard-entry',
  schema,
  key: (spec) => keyOf(spec.on, spec.address),
  needs: (spec) => [spec.on],
  async read(ctx) {
    const found = new Map<string, Found<HostGuardEntrySpec, null>>();
    for (const [on, { spec, handle }] of ctx.foundOf('host-guard')) {
      const { tags } = spec as HostGuardSpec;
      const { hosts, isolated } = handle as HostGuardHandle;
      const fields = guardFields(tags);
      const targets = await entriesOf(ctx.vpp, isolated);
      const target = (match: readonly number[]) =>
        ip4At(shownField(match, matchShape(fields.isolated), fields.isolated[0]), 0);
      const apart = new Set(targets.map(({ match }) => target(match)));
      const shape = matchShape(fields.hosts);
      for (const { match } of await entriesOf(ctx.vpp, hosts)) {
        const address = ip4At(shownField(match, shape, fields.hosts[1]), 0);
        const mac = macAt(shownField(match, shape, fields.hosts[0]), 0);
        const entry = { on, tags, address, mac, isolated: apart.has(address) };
        found.set(keyOf(on, address), { spec: entry, handle: null, ours: true });
      }
    }
    return found;
  },
  async create(ctx, spec) {
    const { guard, permit, deny } = steps(ctx, spec);
    assertRoom(guard.entries, GUARD_CAPACITY, spec.on);
    const isolate = { act: () => deny(true), revert: () => deny(false) };
    guard.entries++;
    await sequence([
      ...(spec.isolated ? [isolate] : []),
      { act: () => permit(true), revert: () => permit(false) },
    ]).catch((error) => {
      guard.entries--;
      throw error;
    });
    return null;
  },
  async remove(ctx, _handle, spec) {
    const { guard, permit, deny } = steps(ctx, spec);
    const isolate = { act: () => deny(false), revert: () => deny(true) };
    await sequence([{ act: () => permit(false), revert: () => permit(true) }, ...(spec.isolated ? [isolate] : [])]);
    guard.entries--;
  },
});
