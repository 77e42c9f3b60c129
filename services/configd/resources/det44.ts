import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { det44PluginEnableDisable } from '#lib/vpp/messages/det44.js';
import { resource } from '../reconcile/resource.js';
import { vrfKey } from './names.js';
import { placeNeeds, tablesOf } from './nat-plugin.js';

export const det44Key = 'det44/plugin';

const schema = z.strictObject({
  /** VRF of the inside interfaces; absent: default. */
  insideVrf: vrfKey.optional(),
  outsideVrf: vrfKey.optional(),
});
export type Det44Spec = z.infer<typeof schema>;

/** What VPP answers to a repeat. */
const already = 1;

/**
 * DET44 itself (`det44_plugin_enable_disable`). It is never switched off: VPP 26.06 dies of that when an interface of it has ever been
 * removed. Without interfaces and maps it does nothing, and VPP cannot say whether it is on.
 */
export const det44 = resource<Det44Spec, null>({
  kind: 'det44',
  schema,
  optional: operationsOfPlugin('det44'),
  key: () => det44Key,
  needs: placeNeeds,
  async create(ctx, spec) {
    await ctx.vpp.call(det44PluginEnableDisable, { ...tablesOf(ctx, spec), enable: true }, [already]);
    return null;
  },
  update: async () => {
    throw new BngError('failed_precondition', 'the VRFs of DET44 are fixed until VPP starts again');
  },
  async remove() {},
});
