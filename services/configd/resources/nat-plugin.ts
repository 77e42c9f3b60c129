import { z } from 'zod';
import type { Dataplane } from '../dataplane.js';
import { jsonEqual } from '../reconcile/json-equal.js';
import type { KindContext, ReadContext } from '../reconcile/resource.js';
import { vrfKey } from './names.js';
import { defaultNatTimeouts, type NatTimeouts, natTimeoutsSchema } from './nat-timeouts.js';
import { type Reversible, sequence } from './sequence.js';
import { tableOf, vrfByTable } from './vrf.js';

/** What NAT44-ED and NAT44-EI are told once, and what of it can change while they work. */
export const natPluginFields = {
  /** VRF of the inside interfaces unless said otherwise; absent: default. */
  insideVrf: vrfKey.optional(),
  outsideVrf: vrfKey.optional(),
  /** Packets that no mapping fits are forwarded as they are, instead of dropped. */
  forwarding: z.boolean().default(false),
  /** Largest TCP segment in bytes that a handshake through NAT may announce; 0: as it is. */
  mssClamp: z.int().min(0).max(65535).default(0),
  timeouts: natTimeoutsSchema.default(defaultNatTimeouts),
} as const;

/** The part of a plugin's spec that changes in place. */
export interface NatTuning {
  readonly forwarding: boolean;
  readonly mssClamp: number;
  readonly timeouts: NatTimeouts;
}

export interface NatPlace {
  readonly insideVrf?: string | undefined;
  readonly outsideVrf?: string | undefined;
}

/** A plugin as it is right after it was enabled. */
export const untuned: NatTuning = { forwarding: false, mssClamp: 0, timeouts: defaultNatTimeouts };

/** The messages of one plugin. */
export interface NatTuner {
  setForwarding(vpp: Dataplane, enable: boolean): Promise<unknown>;
  /** 0: off. */
  setMssClamp(vpp: Dataplane, mss: number): Promise<unknown>;
  setTimeouts(vpp: Dataplane, timeouts: NatTimeouts): Promise<unknown>;
}

/** What differs, a message each. */
export function tuningSteps(vpp: Dataplane, tuner: NatTuner, from: NatTuning, to: NatTuning): Reversible[] {
  const steps: Reversible[] = [];
  const add = <T>(before: T, after: T, set: (value: T) => Promise<unknown>) => {
    if (!jsonEqual(before, after)) steps.push({ act: () => set(after), revert: () => set(before) });
  };
  add(from.forwarding, to.forwarding, (value) => tuner.setForwarding(vpp, value));
  add(from.mssClamp, to.mssClamp, (value) => tuner.setMssClamp(vpp, value));
  add(from.timeouts, to.timeouts, (value) => tuner.setTimeouts(vpp, value));
  return steps;
}

export const tune = (vpp: Dataplane, tuner: NatTuner, from: NatTuning, to: NatTuning): Promise<void> =>
  sequence(tuningSteps(vpp, tuner, from, to));

export const placeNeeds = ({ insideVrf, outsideVrf }: NatPlace): string[] =>
  [...new Set([insideVrf, outsideVrf])].filter((vrf) => vrf !== undefined);

/** VPP's ids of both tables. */
export const tablesOf = (ctx: KindContext, { insideVrf, outsideVrf }: NatPlace) => ({
  inside_vrf: tableOf(ctx, insideVrf),
  outside_vrf: tableOf(ctx, outsideVrf),
});

/** The VRFs behind VPP's ids, as fields of a spec. */
export function placeOf(ctx: ReadContext, tables: { inside_vrf: number; outside_vrf: number }): NatPlace {
  const vrfs = vrfByTable(ctx);
  const keyOf = (table: number) => (table === 0 ? undefined : (vrfs.get(table) ?? `vrf/table-${table}`));
  const [insideVrf, outsideVrf] = [keyOf(tables.inside_vrf), keyOf(tables.outside_vrf)];
  return { ...(insideVrf !== undefined && { insideVrf }), ...(outsideVrf !== undefined && { outsideVrf }) };
}
