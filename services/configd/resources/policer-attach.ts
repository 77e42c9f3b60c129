import { z } from 'zod';
import { policerAdd, policerDel, policerInputV2, policerOutputV2 } from '#lib/vpp/messages/policer.js';
import { type KindContext, resource } from '../reconcile/resource.js';
import { request, type ScriptRequest } from '../reconcile/script.js';
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

const set = (ctx: KindContext, spec: PolicerAttachSpec, policer_index: number, apply: boolean): ScriptRequest =>
  request(op[spec.direction], { policer_index, sw_if_index: indexOf(ctx, spec.interface), apply });

const takeOff = (ctx: KindContext, spec: PolicerAttachSpec, index: number, times: number): ScriptRequest[] =>
  Array.from({ length: times }, () => set(ctx, spec, index, false));

/** VPP takes a policer off only by the index of one that exists: one is made for the purpose. */
async function takeOffOrphan(ctx: KindContext, spec: PolicerAttachSpec, times: number): Promise<void> {
  const name = vppName(`scratch/${nameOf(spec.interface)}/${spec.direction}`);
  const scratch = await ctx.vpp.call(policerAdd, { name, infos: vppPolicer({ cirBps: 1_000_000 }) });
  for (const { op: takes, value } of takeOff(ctx, spec, scratch.policer_index, times)) await ctx.vpp.call(takes, value);
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
  create: (ctx, spec) => ({
    requests: [set(ctx, spec, ctx.handle<PolicerHandle>(spec.policer).index, true)],
    handle: { times: 1 },
  }),
  remove(ctx, { times, orphan }, spec) {
    if (orphan) return takeOffOrphan(ctx, spec, times);
    const { index } = ctx.handle<PolicerHandle>(spec.policer);
    return { requests: takeOff(ctx, spec, index, times), handle: null };
  },
});
