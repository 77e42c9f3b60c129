import type { Found, ReadContext } from '../reconcile/resource.js';
import { countFeature, eachFeatureText } from './interface-features.js';
import { nameOf } from './names.js';
import type { PolicerAttachHandle, PolicerAttachSpec } from './policer-attach.js';

export type Directions = Readonly<Record<PolicerAttachSpec['direction'], number>>;

const directions = ['in', 'out'] as const;

/**
 * How often a policer is on each direction, from the text of `show interface <name> features`:
 * one `policer-input` line on the arc `ip4-unicast`, one `policer-output` line on `ip4-output`, for each time it was applied.
 */
export const countPolicers = (features: string): Directions => ({
  in: countFeature(features, 'ip4-unicast', 'policer-input'),
  out: countFeature(features, 'ip4-output', 'policer-output'),
});

/**
 * Attachments on our interfaces. Which policer it is cannot be read: the spec names any that exists and says so,
 * so that an attachment met at start is taken off, as often as it is there, and put on once.
 */
export async function readAttachments(
  ctx: ReadContext,
): Promise<Map<string, Found<PolicerAttachSpec, PolicerAttachHandle>>> {
  const [policer] = ctx.foundOf('policer').keys();
  const orphan = policer === undefined ? { orphan: true as const } : {};
  const found = new Map<string, Found<PolicerAttachSpec, PolicerAttachHandle>>();
  await eachFeatureText(ctx, (iface, text) => {
    const counts = countPolicers(text);
    for (const direction of directions) {
      const times = counts[direction];
      if (times === 0) continue;
      const spec = { interface: iface, direction, policer: policer ?? 'policer/none', unverified: true } as const;
      found.set(`policer-attach/${nameOf(iface)}/${direction}`, { spec, handle: { times, ...orphan }, ours: true });
    }
  });
  return found;
}
