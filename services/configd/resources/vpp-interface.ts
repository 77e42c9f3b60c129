import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import {
  swInterfaceDump,
  swInterfaceSetFlags,
  swInterfaceSetMacAddress,
  swInterfaceSetMtu,
  swInterfaceTagAddDel,
} from '#lib/vpp/messages/interface.js';
import { ifStatusFlags, noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, resource } from '../reconcile/resource.js';
import { macText, mtuBytes } from './fields.js';
import { type InterfaceDetails, type InterfaceHandle, ourInterfaces, settingsOf } from './interface-common.js';
import { ourName, plainName, vppName } from './names.js';
import { type Reversible, sequence } from './sequence.js';

const schema = z.strictObject({
  name: plainName,
  /** As VPP presents it: `TenGigabitEthernet3/0/0`. */
  interface: z.string().regex(/^[A-Za-z][A-Za-z0-9/:_-]{0,62}$/),
  /** Absent: left as the device has it. */
  mac: macText.optional(),
  mtu: mtuBytes.min(64).default(9000),
  enabled: z.boolean().default(true),
});
export type VppInterfaceSpec = z.infer<typeof schema>;

export interface VppInterfaceHandle extends InterfaceHandle {
  /** As it is now. */
  readonly mac: string;
  /** As it was before it was set from here; undefined: not known. */
  readonly ownMac?: string;
}

/** VPP's own MTU of a port. */
const defaultMtu = 9000;
const up = ifStatusFlags.values.IF_STATUS_API_FLAG_ADMIN_UP;

/** The steps that bring what can be set of a port from one state to another; only what differs is sent. */
function steps(
  vpp: Dataplane,
  sw_if_index: SwIfIndex,
  from: Partial<VppInterfaceSpec>,
  to: Partial<VppInterfaceSpec>,
): Reversible[] {
  const mtu = (value = defaultMtu) => vpp.call(swInterfaceSetMtu, { sw_if_index, mtu: [value, 0, 0, 0] });
  const mac = (mac_address: string) => vpp.call(swInterfaceSetMacAddress, { sw_if_index, mac_address });
  const state = (enabled = false) => vpp.call(swInterfaceSetFlags, { sw_if_index, flags: enabled ? up : 0 });
  const all: Reversible[] = [];
  if (from.mtu !== to.mtu) all.push({ act: () => mtu(to.mtu), revert: () => mtu(from.mtu) });
  const [oldMac, newMac] = [from.mac, to.mac];
  if (newMac !== undefined && oldMac !== newMac)
    all.push({ act: () => mac(newMac), revert: async () => oldMac !== undefined && mac(oldMac) });
  if (from.enabled !== to.enabled) all.push({ act: () => state(to.enabled), revert: () => state(from.enabled) });
  return all;
}

function tagging(vpp: Dataplane, sw_if_index: SwIfIndex, from: string, to: string): Reversible {
  const set = (tag: string) => vpp.call(swInterfaceTagAddDel, { is_add: tag !== '', sw_if_index, tag });
  return { act: () => set(to), revert: () => set(from) };
}

/** The interface of that name; throws `failed_precondition` when VPP has none, or it belongs to another object of ours. */
async function find(vpp: Dataplane, spec: VppInterfaceSpec): Promise<InterfaceDetails> {
  const all = await vpp.dump(swInterfaceDump, { sw_if_index: noInterface, name_filter_valid: false, name_filter: '' });
  const details = all.find(({ interface_name }) => interface_name === spec.interface);
  if (!details) {
    const ports = all.filter((one) => one.sub_id === 0 && one.sw_if_index !== 0).map((one) => one.interface_name);
    const has = ports.length > 0 ? `it has ${ports.slice(0, 20).join(', ')}` : 'it has none but local0';
    throw new BngError('failed_precondition', `VPP has no interface "${spec.interface}"; ${has}`);
  }
  const user = ourName(details.tag);
  if (user !== undefined && details.tag !== vppName(keyOf(spec)))
    throw new BngError('failed_precondition', `"${spec.interface}" is in use already, as ${user}`);
  return details;
}

/** It is tagged first, so that one without a tag is none of ours. */
const notByName = () => undefined;

const keyOf = (spec: VppInterfaceSpec): string => `vpp-interface/${spec.name}`;

/**
 * A port that VPP has by itself: a DPDK device, or one made by other means. It is found by its name, tagged, and set; never made
 * and never deleted. Nobody wants it any more: it goes down, gets VPP's default MTU and its own MAC if that is known.
 */
export const vppInterface = resource<VppInterfaceSpec, VppInterfaceHandle, z.input<typeof schema>>({
  kind: 'vpp-interface',
  schema,
  key: keyOf,
  needs: () => [],
  evicts: true,
  async read(ctx, wanted) {
    const found = new Map<string, Found<VppInterfaceSpec, VppInterfaceHandle>>();
    for (const [key, details] of await ourInterfaces(ctx, 'vpp-interface', wanted, notByName)) {
      const mac = details.l2_address;
      const isSet = wanted.get(key)?.mac !== undefined;
      const spec = {
        name: key.slice('vpp-interface/'.length),
        interface: details.interface_name,
        ...(isSet && { mac }),
        ...settingsOf(details),
      };
      const handle = { swIfIndex: details.sw_if_index, mac, ...(!isSet && { ownMac: mac }) };
      found.set(key, { spec, handle, ours: true });
    }
    return found;
  },
  async create({ vpp }, spec) {
    if (vpp.takesNotes) return rehearse(vpp, spec);
    const details = await find(vpp, spec);
    const ownMac = details.l2_address;
    const index = details.sw_if_index;
    const before = { ...settingsOf(details), mac: ownMac };
    const tag = tagging(vpp, index, details.tag, vppName(keyOf(spec)));
    await sequence([tag, ...steps(vpp, index, before, spec)]);
    return { swIfIndex: index, mac: spec.mac ?? ownMac, ownMac };
  },
  updatable: (from, to) => from.interface === to.interface,
  async update({ vpp }, handle, from, to) {
    const mac = to.mac ?? (from.mac === undefined ? undefined : handle.ownMac);
    await sequence(steps(vpp, handle.swIfIndex, from, { ...to, ...(mac !== undefined && { mac }) }));
    return { ...handle, mac: mac ?? handle.mac };
  },
  remove({ vpp }, handle, spec) {
    const plain = { mtu: defaultMtu, enabled: false, ...(handle.ownMac !== undefined && { mac: handle.ownMac }) };
    const tag = tagging(vpp, handle.swIfIndex, vppName(keyOf(spec)), '');
    return sequence([...steps(vpp, handle.swIfIndex, { ...spec, mac: handle.mac }, plain), tag]);
  },
});

/** What would be sent for a port that cannot be looked up. */
async function rehearse(vpp: Dataplane, spec: VppInterfaceSpec): Promise<VppInterfaceHandle> {
  const index = swIfIndex(rehearsedIndex);
  await sequence([tagging(vpp, index, '', vppName(keyOf(spec))), ...steps(vpp, index, {}, spec)]);
  return { swIfIndex: index, mac: spec.mac ?? '00:00:00:00:00:00' };
}
const rehearsedIndex = 0x7effffff;
