import { z } from 'zod';
import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import {
  nat44EiForwardingEnableDisable,
  nat44EiGetMssClamping,
  nat44EiPluginEnableDisable,
  nat44EiSetMssClamping,
  nat44EiSetTimeouts,
  nat44EiShowRunningConfig,
} from '#lib/vpp/messages/nat44-ei.js';
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

export const nat44EiKey = 'nat44-ei/plugin';

const schema = z
  .strictObject({
    /** Of each worker, as `sessions`; VPP takes the memory for them at once. */
    users: z.int().min(1).max(10_000_000),
    sessions: z.int().min(1).max(100_000_000),
    /** Of one inside address: the oldest give way. */
    userSessions: z.int().min(1).max(100_000_000),
    ...natPluginFields,
  })
  .refine(({ sessions, userSessions }) => userSessions <= sessions, { message: 'userSessions is at most sessions' });
export type Nat44EiSpec = z.infer<typeof schema>;

const tuner: NatTuner = {
  setForwarding: (vpp, enable) => vpp.call(nat44EiForwardingEnableDisable, { enable }),
  setMssClamp: (vpp, mss_value) => vpp.call(nat44EiSetMssClamping, { mss_value, enable: mss_value > 0 }),
  setTimeouts: (vpp, timeouts) => vpp.call(nat44EiSetTimeouts, toVpp(timeouts)),
};

const setEnabled = (ctx: KindContext, spec: Nat44EiSpec, enable: boolean) =>
  ctx.vpp.call(nat44EiPluginEnableDisable, {
    ...(enable ? tablesOf(ctx, spec) : { inside_vrf: 0, outside_vrf: 0 }),
    users: enable ? spec.users : 0,
    user_memory: 0,
    sessions: enable ? spec.sessions : 0,
    session_memory: 0,
    user_sessions: enable ? spec.userSessions : 0,
    enable,
    flags: 0,
  });

const fixed = ['users', 'sessions', 'userSessions', 'insideVrf', 'outsideVrf'] as const;

/** NAT44-EI itself (`nat44_ei_plugin_enable_disable`). Sizes and VRFs are fixed then: another one makes it anew, without its sessions. */
export const nat44Ei = resource<Nat44EiSpec, null, z.input<typeof schema>>({
  kind: 'nat44-ei',
  schema,
  optional: operationsOfPlugin('nat44_ei'),
  key: () => nat44EiKey,
  needs: placeNeeds,
  async read(ctx, wanted) {
    const found = new Map<string, Found<Nat44EiSpec, null>>();
    const config = await ctx.vpp.ask(nat44EiShowRunningConfig, {});
    if (config.sessions === 0) return found;
    const clamping = await ctx.vpp.ask(nat44EiGetMssClamping, {});
    const spec = {
      users: config.users,
      sessions: config.sessions,
      userSessions: config.user_sessions,
      ...placeOf(ctx, config),
      forwarding: config.forwarding_enabled,
      mssClamp: clamping.enable ? clamping.mss_value : 0,
      timeouts: fromVpp(config.timeouts),
    };
    return found.set(nat44EiKey, { spec, handle: null, ours: wanted.has(nat44EiKey) });
  },
  async create(ctx, spec) {
    const enable = { act: () => setEnabled(ctx, spec, true), revert: () => setEnabled(ctx, spec, false) };
    await sequence([enable, ...tuningSteps(ctx.vpp, tuner, untuned, spec)]);
    return null;
  },
  updatable: (from, to) => fixed.every((field) => from[field] === to[field]),
  async update({ vpp }, _handle, from, to) {
    await tune(vpp, tuner, from, to);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await setEnabled(ctx, spec, false);
  },
});
