import type { z } from 'zod';
import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { det44GetTimeouts, det44SetTimeouts } from '#lib/vpp/messages/det44.js';
import { jsonEqual } from '../reconcile/json-equal.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { det44Key } from './det44.js';
import { defaultNatTimeouts, fromVpp, type NatTimeouts, natTimeoutsSchema, toVpp } from './nat-timeouts.js';

const key = 'det44-timeouts/all';

async function put(ctx: KindContext, timeouts: NatTimeouts): Promise<null> {
  await ctx.vpp.call(det44SetTimeouts, toVpp(timeouts));
  return null;
}

/** Timeouts of DET44 other than VPP's (`det44_set_timeouts`), for sessions that begin from then on. */
export const det44Timeouts = resource<NatTimeouts, null, z.input<typeof natTimeoutsSchema>>({
  kind: 'det44-timeouts',
  schema: natTimeoutsSchema,
  optional: operationsOfPlugin('det44'),
  key: () => key,
  needs: () => [det44Key],
  async read(ctx, wanted) {
    const found = new Map<string, Found<NatTimeouts, null>>();
    const spec = fromVpp(await ctx.vpp.ask(det44GetTimeouts, {}));
    if (jsonEqual(spec, defaultNatTimeouts)) return found;
    return found.set(key, { spec, handle: null, ours: wanted.has(key) });
  },
  create: put,
  update: (ctx, _handle, _from, to) => put(ctx, to),
  async remove(ctx) {
    await put(ctx, defaultNatTimeouts);
  },
});
