import { z } from 'zod';
import {
  vrrpVrAddDel,
  vrrpVrDump,
  vrrpVrFlags,
  vrrpVrPeerDump,
  vrrpVrSetPeers,
  vrrpVrStartStop,
  vrrpVrTrackIfAddDel,
  vrrpVrTrackIfDump,
} from '#lib/vpp/messages/vrrp.js';
import { type KindContext, resource } from '../reconcile/resource.js';
import { ipText, isIp6 } from './fields.js';
import { indexOf } from './interface-common.js';
import { interfaceKey, nameOf, onInterface, vrfKey } from './names.js';
import { type Reversible, sequence } from './sequence.js';
import { readVirtualRouters } from './vrrp-read.js';

const schema = z
  .strictObject({
    interface: interfaceKey,
    id: z.int().min(1).max(255),
    /** The virtual addresses, of one family. */
    addresses: z.array(ipText).min(1).max(255),
    /** 255: this box owns the addresses, which then stand on the interface. */
    priority: z.int().min(1).max(255),
    /** Between advertisements. */
    intervalCs: z.int().min(1).max(4095),
    preempt: z.boolean(),
    /** The master takes packets to the virtual addresses; VPP puts them on the interface meanwhile. */
    accept: z.boolean(),
    /** Advertisements go to these alone, not to the multicast group. Empty: multicast. */
    peers: z.array(ipText).max(255),
    /** Interfaces whose loss takes something off the priority; in the order of their keys. */
    track: z.array(z.strictObject({ interface: interfaceKey, decrement: z.int().min(1).max(254) })).max(32),
    /** The interface's VRF; absent: default. */
    vrf: vrfKey.optional(),
    /** Addresses of the interface that must be there first: those that the box owns. */
    owns: z.array(z.string()).optional(),
  })
  .refine(({ addresses, peers }) => new Set([...addresses, ...peers].map(isIp6)).size === 1, {
    message: 'addresses and peers are of one family',
  });
/** `stopped`: met in VPP, not running. */
export type VrrpSpec = z.infer<typeof schema> & { readonly stopped?: true };

const flags = vrrpVrFlags.values;

/** What names a virtual router in VPP's messages. */
const nameIn = (ctx: KindContext, spec: VrrpSpec) => ({
  sw_if_index: indexOf(ctx, spec.interface),
  vr_id: spec.id,
  is_ipv6: Number(isIp6(spec.addresses[0] ?? '')),
});

function flagsOf(spec: VrrpSpec): number {
  return (
    (spec.preempt ? flags.VRRP_API_VR_PREEMPT : 0) |
    (spec.accept ? flags.VRRP_API_VR_ACCEPT : 0) |
    (spec.peers.length > 0 ? flags.VRRP_API_VR_UNICAST : 0) |
    (isIp6(spec.addresses[0] ?? '') ? flags.VRRP_API_VR_IPV6 : 0)
  );
}

/** Never `vrrp_vr_del`: the next start of any router kills VPP after it. */
const addDel = (ctx: KindContext, spec: VrrpSpec, is_add: number) =>
  ctx.vpp.call(vrrpVrAddDel, {
    is_add,
    sw_if_index: indexOf(ctx, spec.interface),
    vr_id: spec.id,
    priority: spec.priority,
    interval: spec.intervalCs,
    flags: flagsOf(spec),
    addrs: spec.addresses,
  });

const startStop = (ctx: KindContext, spec: VrrpSpec, is_start: number) =>
  ctx.vpp.call(vrrpVrStartStop, { ...nameIn(ctx, spec), is_start });

/** One at a time: when one of several fails, VPP walks back through memory that is not its list (vrrp.c). */
const track = (ctx: KindContext, spec: VrrpSpec): Reversible[] =>
  spec.track.map(({ interface: iface, decrement }) => {
    const ifs = [{ sw_if_index: indexOf(ctx, iface), priority: decrement }];
    const set = (is_add: number) => ctx.vpp.call(vrrpVrTrackIfAddDel, { ...nameIn(ctx, spec), is_add, ifs });
    return { act: () => set(1), revert: () => set(0) };
  });

const setPeers = (ctx: KindContext, spec: VrrpSpec): Reversible[] => {
  if (spec.peers.length === 0) return [];
  return [
    { act: () => ctx.vpp.call(vrrpVrSetPeers, { ...nameIn(ctx, spec), addrs: spec.peers }), revert: async () => {} },
  ];
};

const make = (ctx: KindContext, spec: VrrpSpec): Promise<void> =>
  sequence([
    { act: () => addDel(ctx, spec, 1), revert: () => addDel(ctx, spec, 0) },
    ...setPeers(ctx, spec),
    ...track(ctx, spec),
    { act: () => startStop(ctx, spec, 1), revert: () => startStop(ctx, spec, 0) },
  ]);

export const vrrpKey = (spec: Pick<VrrpSpec, 'interface' | 'id' | 'addresses'>): string =>
  `vrrp/${nameOf(spec.interface)}/${spec.id}/${isIp6(spec.addresses[0] ?? '') ? 'ip6' : 'ip4'}`;

/**
 * A virtual router of VRRP version 3 (RFC 5798; `vrrp_vr_add_del`, `vrrp_vr_start_stop`). A change stops it and makes it anew:
 * a master then says so to its peers (priority 0), as VPP's own update does.
 */
export const vrrp = resource<VrrpSpec, null>({
  kind: 'vrrp',
  schema,
  optional: [vrrpVrAddDel, vrrpVrDump, vrrpVrPeerDump, vrrpVrTrackIfDump],
  key: vrrpKey,
  needs: (spec) => [
    ...new Set([
      ...onInterface(spec.interface, spec.vrf),
      ...spec.track.map((tracked) => tracked.interface),
      ...(spec.owns ?? []),
    ]),
  ],
  read: readVirtualRouters,
  async create(ctx, spec) {
    await make(ctx, spec);
    return null;
  },
  /** Stopped first: what runs keeps its MAC, its ARP feature and the addresses of accept mode when it is deleted. */
  remove: (ctx, _handle, spec) =>
    sequence([
      { act: () => startStop(ctx, spec, 0), revert: () => startStop(ctx, spec, spec.stopped ? 0 : 1) },
      { act: () => addDel(ctx, spec, 0), revert: async () => {} },
    ]),
});
