import { z } from 'zod';
import { policerAdd, policerDel, policerInputV2, policerOutputV2 } from '#lib/vpp/messages/policer.js';
import { type KindContext, resource } from '../reconcile/resource.js';
import { indexOf } from './interface-common.js';
import { interfaceKey, nameOf, policerKey, vppName } from './names.js';
import { type PolicerHandle, vppPolicer } from './policer.js';
import { readAttachments } from './policer-attach-read.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** `in`: from the subscriber (upload); `out`: towards it (download). */
  direction: z.enum(['in', 'out']),
  policer: policerKey,
});
/** `unverified`: met in VPP, which does not say which policer it is; `policer` is any that exists then. */
export type PolicerAttachSpec = z.infer<typeof schema> & { readonly unverified?: true };
export interface PolicerAttachHandle {
  /** How often the feature sits on the interface: each time charges every packet once more. */
  readonly times: number;
  /** No policer existed when it was met: taking it off needs one. */
  readonly orphan?: true;
}

const op = { in: policerInputV2, out: policerOutputV2 } as const;

const set = (ctx: KindContext, spec: PolicerAttachSpec, policer_index: number, apply: boolean) =>
  ctx.vpp.call(op[spec.direction], { policer_index, sw_if_index: indexOf(ctx, spec.interface), apply });

async function takeOff(ctx: KindContext, spec: PolicerAttachSpec, index: number, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await set(ctx, spec, index, false);
}

/** VPP takes a policer off only by the index of one that exists: one is made for the purpose. */
async function takeOffOrphan(ctx: KindContext, spec: PolicerAttachSpec, times: number): Promise<void> {
  const name = vppName(`scratch/${nameOf(spec.interface)}/${spec.direction}`);
  const scratch = await ctx.vpp.call(policerAdd, { name, infos: vppPolicer({ cirBps: 1_000_000 }) });
  await takeOff(ctx, spec, scratch.policer_index, times);
  await ctx.vpp.call(policerDel, { policer_index: scratch.policer_index });
}

/**
 * A policer at work on an interface and direction (`policer_input_v2`, `policer_output_v2`): applied exactly once.
 * VPP has no dump for it, so it is read from the feature list of the CLI, at start only.
 */
export const policerAttach = resource<PolicerAttachSpec, PolicerAttachHandle>({
  kind: 'policer-attach',
  schema,
  key: (spec) => `policer-attach/${nameOf(spec.interface)}/${spec.direction}`,
  needs: (spec) => [spec.interface, spec.policer],
  readAt: 'start',
  read: readAttachments,
  fits: (wanted, { spec, handle }) =>
    wanted.interface === spec.interface && wanted.direction === spec.direction && handle.times === 1,
  async create(ctx, spec) {
    await set(ctx, spec, ctx.handle<PolicerHandle>(spec.policer).index, true);
    return { times: 1 };
  },
  async remove(ctx, { times, orphan }, spec) {
    if (orphan) await takeOffOrphan(ctx, spec, times);
    else await takeOff(ctx, spec, ctx.handle<PolicerHandle>(spec.policer).index, times);
  },
});
