import type { Infer } from '#lib/vpp/message.js';
import {
  swInterfaceDump,
  swInterfaceSetFlags,
  swInterfaceSetMtu,
  swInterfaceTagAddDel,
} from '#lib/vpp/messages/interface.js';
import { ifStatusFlags, noInterface, type SwIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { eachWithin } from '../reconcile/each-within.js';
import type { KindContext, ReadContext } from '../reconcile/resource.js';
import { request, type ScriptRequest } from '../reconcile/script.js';
import { nameOf, nameReader, vppName } from './names.js';
import { sequence } from './sequence.js';

/** Handle of every interface kind. */
export interface InterfaceHandle {
  readonly swIfIndex: SwIfIndex;
}

/** What all interface kinds have. `enabled` of a sub-interface needs its parent enabled: VPP refuses otherwise. */
export interface InterfaceSettings {
  readonly mtu: number;
  readonly enabled: boolean;
}

export const indexOf = (ctx: Pick<KindContext, 'handle'>, key: string): SwIfIndex =>
  ctx.handle<InterfaceHandle>(key).swIfIndex;

const up = ifStatusFlags.values.IF_STATUS_API_FLAG_ADMIN_UP;

/** What a new interface is told. */
export const configuring = (sw_if_index: SwIfIndex, key: string, settings: InterfaceSettings): ScriptRequest[] => [
  request(swInterfaceTagAddDel, { is_add: true, sw_if_index, tag: vppName(key) }),
  request(swInterfaceSetMtu, { sw_if_index, mtu: [settings.mtu, 0, 0, 0] }),
  setting(sw_if_index, settings.enabled),
];

/** Takes an interface up or down. */
export const setting = (sw_if_index: SwIfIndex, enabled: boolean): ScriptRequest =>
  request(swInterfaceSetFlags, { sw_if_index, flags: enabled ? up : 0 });

/** Tags and configures a new interface; when that fails it is deleted again and the failure thrown. */
export async function adoptNew(
  vpp: Dataplane,
  swIfIndex: SwIfIndex,
  key: string,
  settings: InterfaceSettings,
  discard: (index: SwIfIndex) => Promise<unknown>,
): Promise<InterfaceHandle> {
  try {
    await Promise.all(configuring(swIfIndex, key, settings).map(({ op, value }) => vpp.call(op, value)));
  } catch (error) {
    await discard(swIfIndex).catch(() => undefined);
    throw error;
  }
  return { swIfIndex };
}

/** Sends what differs between two settings. */
export async function reconfigure(
  vpp: Dataplane,
  { swIfIndex }: InterfaceHandle,
  from: InterfaceSettings,
  to: InterfaceSettings,
): Promise<void> {
  const sw_if_index = swIfIndex;
  if (from.mtu !== to.mtu) await vpp.call(swInterfaceSetMtu, { sw_if_index, mtu: [to.mtu, 0, 0, 0] });
  if (from.enabled !== to.enabled) await vpp.call(swInterfaceSetFlags, { sw_if_index, flags: to.enabled ? up : 0 });
}

/** Takes an interface down, then deletes it; up again when it cannot be deleted. */
export function takeAway(
  vpp: Dataplane,
  { swIfIndex }: InterfaceHandle,
  { enabled }: InterfaceSettings,
  remove: () => Promise<unknown>,
): Promise<void> {
  const set = (flags: number) => vpp.call(swInterfaceSetFlags, { sw_if_index: swIfIndex, flags });
  return sequence([
    { act: () => set(0), revert: () => set(enabled ? up : 0) },
    { act: remove, revert: async () => {} },
  ]);
}

export type InterfaceDetails = Infer<(typeof swInterfaceDump)['details']>;

/** Every interface of VPP, by index; one dump per pass. */
export function interfaceTable(ctx: ReadContext): Promise<ReadonlyMap<number, InterfaceDetails>> {
  return ctx.shared('sw_interface_dump', async () => {
    const all = await ctx.vpp.dump(swInterfaceDump, {
      sw_if_index: noInterface,
      name_filter_valid: false,
      name_filter: '',
    });
    return new Map(all.map((details) => [details.sw_if_index, details]));
  });
}

/** Mtu and admin state as VPP has them. */
export const settingsOf = (details: InterfaceDetails): InterfaceSettings => ({
  mtu: details.mtu[0] ?? 0,
  enabled: (details.flags & up) !== 0,
});

/**
 * Our interfaces of one kind, by the key in their tag. Making one takes several messages, and whoever was cut off before the tag
 * left one without: where VPP calls such a one like a wanted spec (`calledBy`), it comes as `kind/#name` and is replaced.
 */
export async function ourInterfaces<S>(
  ctx: ReadContext,
  kind: string,
  wanted: ReadonlyMap<string, S>,
  calledBy: (spec: S) => string | undefined,
): Promise<Map<string, InterfaceDetails>> {
  const keyIn = nameReader(wanted.keys());
  const found = new Map<string, InterfaceDetails>();
  const untagged = new Map<string, InterfaceDetails>();
  for (const details of (await interfaceTable(ctx)).values()) {
    const key = keyIn(details.tag);
    if (details.tag === '') untagged.set(details.interface_name, details);
    else if (key?.startsWith(`${kind}/`)) found.set(key, details);
  }
  for (const spec of wanted.values()) {
    const details = untagged.get(calledBy(spec) ?? '');
    if (details) found.set(`${kind}/#${details.interface_name}`, details);
  }
  return found;
}

const interfaceKinds = ['host-interface', 'vpp-interface', 'memif', 'bond', 'loopback', 'sub-interface'];

/** The last answer of `keyByIndex` in a pass: it holds until further kinds of interfaces are read. */
const keysOfPass = new WeakMap<ReadContext, ReadonlyMap<number, string>>();

/** Keys of our interfaces found so far in this pass, by index. Ports are complete once sub-interfaces are read, and so on. */
export function keyByIndex(ctx: ReadContext): ReadonlyMap<number, string> {
  const found = interfaceKinds.map((kind) => ctx.foundOf(kind));
  const before = keysOfPass.get(ctx);
  if (before?.size === found.reduce((sum, { size }) => sum + size, 0)) return before;
  const keys = new Map<number, string>();
  for (const one of found) for (const [key, { handle }] of one) keys.set((handle as InterfaceHandle).swIfIndex, key);
  keysOfPass.set(ctx, keys);
  return keys;
}

/** Runs `read` for each of our interfaces found so far, many side by side. */
export async function eachInterface(
  ctx: ReadContext,
  read: (index: SwIfIndex, key: string) => Promise<void>,
): Promise<void> {
  await eachWithin(readsAtOnce, [...keyByIndex(ctx)], ([index, key]) => read(index as SwIfIndex, key));
}

/** Enough to keep the client's window full. */
const readsAtOnce = 512;

/** The VRF an interface of ours was found in, as a field of a spec. */
export function foundVrf(ctx: ReadContext, iface: string): { vrf?: string } {
  const binding = ctx.found(`interface-vrf/${nameOf(iface)}`)?.spec as { vrf: string } | undefined;
  return binding === undefined ? {} : { vrf: binding.vrf };
}

/** The donor of the operator's configuration, for a line that was moved into another VRF for its session. */
export function homeOf(ctx: ReadContext, iface: string): string | undefined {
  return (ctx.found(`interface-vrf/${nameOf(iface)}`)?.spec as { home?: string } | undefined)?.home;
}

/** The VRF of the operator's configuration. */
export const homeVrf = (ctx: ReadContext, iface: string): { vrf?: string } =>
  homeOf(ctx, iface) === undefined ? foundVrf(ctx, iface) : {};
