import { z } from 'zod';
import { ipPuntPolice } from '#lib/vpp/messages/punt.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { countFeature, featureText } from './interface-features.js';
import { policerKey } from './names.js';
import type { PolicerHandle } from './policer.js';
import { sequence } from './sequence.js';

const schema = z.strictObject({ family: z.enum(['ip4', 'ip6']), policer: policerKey });
/** `unverified`: met in VPP, which does not say which policer it is; `policer` is any that exists then. */
export type PuntPolicerSpec = z.infer<typeof schema> & { readonly unverified?: true };

/** VPP keeps what is punted on its own interface 0. */
const local0 = 0;

const set = (ctx: KindContext, spec: PuntPolicerSpec, policer_index: number, is_add: boolean) =>
  ctx.vpp.call(ipPuntPolice, { policer_index, is_add, is_ip6: spec.family === 'ip6' });

const indexOfPolicer = (ctx: KindContext, { policer }: PuntPolicerSpec): number =>
  policer === noPolicer ? 0 : ctx.handle<PolicerHandle>(policer).index;
const noPolicer = 'policer/none';

/** Off first: VPP would put the feature there twice, and charge each packet twice. */
async function put(ctx: KindContext, spec: PuntPolicerSpec): Promise<null> {
  const index = indexOfPolicer(ctx, spec);
  await sequence([
    { act: () => set(ctx, spec, index, false), revert: async () => {} },
    { act: () => set(ctx, spec, index, true), revert: async () => {} },
  ]);
  return null;
}

/**
 * The rate of what VPP punts of a family, all interfaces together (`ip_punt_police`). No dump shows it: read from the feature
 * list of the CLI, at start only.
 */
export const puntPolicer = resource<PuntPolicerSpec, null>({
  kind: 'punt-policer',
  schema,
  optional: [ipPuntPolice],
  key: (spec) => `punt-policer/${spec.family}`,
  needs: (spec) => (spec.policer === noPolicer ? [] : [spec.policer]),
  readAt: 'start',
  async read(ctx) {
    const text = await featureText(ctx, local0);
    const [policer = noPolicer] = ctx.foundOf('policer').keys();
    const found = new Map<string, Found<PuntPolicerSpec, null>>();
    for (const family of ['ip4', 'ip6'] as const)
      if (countFeature(text, `${family}-punt`, `${family}-punt-policer`) > 0)
        found.set(`punt-policer/${family}`, { spec: { family, policer, unverified: true }, handle: null, ours: true });
    return found;
  },
  fits: (wanted, { spec }) => wanted.family === spec.family,
  create: put,
  update: (ctx, _handle, _from, to) => put(ctx, to),
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, indexOfPolicer(ctx, spec), false);
  },
});
