import { z } from 'zod';
import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import {
  nat44EdPluginEnableDisable,
  nat44ForwardingEnableDisable,
  nat44ShowRunningConfig,
  natGetMssClamping,
  natSetMssClamping,
  natSetTimeouts,
} from '#lib/vpp/messages/nat44-ed.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import {
  type NatTuner,
  natPluginFields,
  placeNeeds,
  placeOf,
  tablesOf,
  tune,
  tuningSteps,
  untuned,
} from './nat-plugin.js';
import { fromVpp, toVpp } from './nat-timeouts.js';
import { sequence } from './sequence.js';

export const nat44EdKey = 'nat44-ed/plugin';

const schema = z.strictObject({
  /** Of each worker; VPP takes the memory for them at once. */
  sessions: z.int().min(1).max(100_000_000),
  ...natPluginFields,
});
export type Nat44EdSpec = z.infer<typeof schema>;

const tuner: NatTuner = {
  setForwarding: (vpp, enable) => vpp.call(nat44ForwardingEnableDisable, { enable }),
  setMssClamp: (vpp, mss_value) => vpp.call(natSetMssClamping, { mss_value, enable: mss_value > 0 }),
  setTimeouts: (vpp, timeouts) => vpp.call(natSetTimeouts, toVpp(timeouts)),
};

const setEnabled = (ctx: KindContext, spec: Nat44EdSpec, enable: boolean) =>
  ctx.vpp.call(nat44EdPluginEnableDisable, {
    ...(enable ? tablesOf(ctx, spec) : { inside_vrf: 0, outside_vrf: 0 }),
    sessions: enable ? spec.sessions : 0,
    session_memory: 0,
    enable,
    flags: 0,
  });

/** NAT44-ED itself (`nat44_ed_plugin_enable_disable`). Sizes and VRFs are fixed then: another one makes it anew, without its sessions. */
export const nat44Ed = resource<Nat44EdSpec, null, z.input<typeof schema>>({
  kind: 'nat44-ed',
  schema,
  optional: operationsOfPlugin('nat44_ed'),
  key: () => nat44EdKey,
  needs: placeNeeds,
  async read(ctx, wanted) {
    const found = new Map<string, Found<Nat44EdSpec, null>>();
    const config = await ctx.vpp.ask(nat44ShowRunningConfig, {});
    if (config.sessions === 0) return found;
    const clamping = await ctx.vpp.ask(natGetMssClamping, {});
    const spec = {
      sessions: config.sessions,
      ...placeOf(ctx, config),
      forwarding: config.forwarding_enabled,
      mssClamp: clamping.enable ? clamping.mss_value : 0,
      timeouts: fromVpp(config.timeouts),
    };
    return found.set(nat44EdKey, { spec, handle: null, ours: wanted.has(nat44EdKey) });
  },
  async create(ctx, spec) {
    const enable = { act: () => setEnabled(ctx, spec, true), revert: () => setEnabled(ctx, spec, false) };
    await sequence([enable, ...tuningSteps(ctx.vpp, tuner, untuned, spec)]);
    return null;
  },
  updatable: (from, to) =>
    from.sessions === to.sessions && from.insideVrf === to.insideVrf && from.outsideVrf === to.outsideVrf,
  async update({ vpp }, _handle, from, to) {
    await tune(vpp, tuner, from, to);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await setEnabled(ctx, spec, false);
  },
});
