import { z } from 'zod';
import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { nat44SetSessionLimit } from '#lib/vpp/messages/nat44-ed.js';
import { type KindContext, resource } from '../reconcile/resource.js';
import { vrfKey, vrfName } from './names.js';
import { nat44EdKey } from './nat44-ed.js';
import { tableOf } from './vrf.js';

const schema = z.strictObject({
  /** VRF of the inside; absent: default. */
  vrf: vrfKey.optional(),
  /** Of each worker. */
  sessions: z.int().min(1).max(100_000_000),
  /** The plugin's own limit, which is in force again without this one. */
  otherwise: z.int().min(1).max(100_000_000),
});
export type Nat44EdSessionLimitSpec = z.infer<typeof schema>;

const set = (ctx: KindContext, { vrf }: Nat44EdSessionLimitSpec, session_limit: number) =>
  ctx.vpp.call(nat44SetSessionLimit, { session_limit, vrf_id: tableOf(ctx, vrf) });

async function put(ctx: KindContext, spec: Nat44EdSessionLimitSpec): Promise<null> {
  await set(ctx, spec, spec.sessions);
  return null;
}

/** Sessions of one inside VRF at most (`nat44_set_session_limit`). VPP does not show it. */
export const nat44EdSessionLimit = resource<Nat44EdSessionLimitSpec, null>({
  kind: 'nat44-ed-session-limit',
  schema,
  optional: operationsOfPlugin('nat44_ed'),
  key: (spec) => `nat44-ed-session-limit/${vrfName(spec.vrf)}`,
  needs: (spec) => (spec.vrf === undefined ? [nat44EdKey] : [spec.vrf, nat44EdKey]),
  create: put,
  update: (ctx, _handle, _from, to) => put(ctx, to),
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, spec.otherwise);
  },
});
