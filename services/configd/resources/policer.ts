import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import { mistakesText } from '#lib/policy/compiled.js';
import { compileRate, type Rate } from '#lib/policy/policer.js';
import { toVppPolicer } from '#lib/policy/vpp-policer.js';
import { policerAdd, policerDel, policerUpdate } from '#lib/vpp/messages/policer.js';
import { resource } from '../reconcile/resource.js';
import { vppName } from './names.js';
import { readPolicers } from './policer-read.js';

const rateSchema = z.strictObject({
  cirBps: z.number(),
  pirBps: z.number().optional(),
  cirBurstBytes: z.number().optional(),
  pirBurstBytes: z.number().optional(),
});
const schema = z.strictObject({
  name: z.string().min(1).max(200),
  /** Bits per second and bytes; `lib/policy` turns it into what VPP counts in. */
  rate: rateSchema,
});
export type PolicerSpec = z.infer<typeof schema>;
export interface PolicerHandle {
  readonly index: number;
}

/** VPP's configuration of a rate; throws `invalid_argument` for a rate that cannot be policed. */
export function vppPolicer(rate: Rate) {
  const compiled = compileRate(rate);
  if (!compiled.ok) throw new BngError('invalid_argument', mistakesText(compiled.mistakes));
  return toVppPolicer(compiled.value);
}

/** A token bucket of its own (`policer_add`); a changed rate is one `policer_update`, live. */
export const policer = resource<PolicerSpec, PolicerHandle>({
  kind: 'policer',
  schema,
  key: (spec) => `policer/${spec.name}`,
  needs: () => [],
  read: readPolicers,
  async create({ vpp }, spec) {
    const added = await vpp.call(policerAdd, { name: vppName(spec.name), infos: vppPolicer(spec.rate) });
    return { index: added.policer_index };
  },
  async update({ vpp }, handle, _from, to) {
    await vpp.call(policerUpdate, { policer_index: handle.index, infos: vppPolicer(to.rate) });
    return handle;
  },
  async remove({ vpp }, handle) {
    await vpp.call(policerDel, { policer_index: handle.index });
  },
});
