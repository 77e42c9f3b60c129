import type { Infer } from '#lib/vpp/message.js';
import { vrrpVrDump, vrrpVrFlags, vrrpVrPeerDump, vrrpVrState, vrrpVrTrackIfDump } from '#lib/vpp/messages/vrrp.js';
import { noInterface } from '#lib/vpp/types.js';
import type { Found, ReadContext } from '../reconcile/resource.js';
import { foundVrf, keyByIndex } from './interface-common.js';
import { nameOf } from './names.js';
import type { VrrpSpec } from './vrrp.js';

type Details = Infer<(typeof vrrpVrDump)['details']>;

const flags = vrrpVrFlags.values;
const states = vrrpVrState.values;
const ownerPriority = 255;

/** Every virtual router of VPP; one dump per pass. Empty without the plugin. */
const virtualRouters = (ctx: ReadContext): Promise<readonly Details[]> =>
  ctx.shared('vrrp_vr_dump', async () =>
    ctx.vpp.offers(vrrpVrDump) ? ctx.vpp.dump(vrrpVrDump, { sw_if_index: noInterface }) : [],
  );

/**
 * Addresses that VPP itself put on interfaces for masters in accept mode, as `index address`: nobody's configuration,
 * so that the read-back of addresses leaves them out.
 */
export async function acceptedAddresses(ctx: ReadContext): Promise<ReadonlySet<string>> {
  const accepted = new Set<string>();
  for (const { config, runtime, addrs } of await virtualRouters(ctx)) {
    const own = config.priority === ownerPriority || (config.flags & flags.VRRP_API_VR_ACCEPT) === 0;
    if (own || runtime.state !== states.VRRP_API_VR_STATE_MASTER) continue;
    for (const address of addrs) accepted.add(`${config.sw_if_index} ${address}`);
  }
  return accepted;
}

const nameText = (row: { sw_if_index: number; vr_id: number }, ip6: boolean) =>
  `${row.sw_if_index} ${row.vr_id} ${ip6 ? 6 : 4}`;

async function trackedBy(ctx: ReadContext, interfaces: ReadonlyMap<number, string>) {
  const all = { sw_if_index: noInterface, is_ipv6: 0, vr_id: 0, dump_all: 1 };
  const tracked = new Map<string, VrrpSpec['track']>();
  for (const row of await ctx.vpp.dump(vrrpVrTrackIfDump, all)) {
    const items = row.ifs.map(({ sw_if_index, priority }) => ({
      interface: interfaces.get(sw_if_index) ?? `loopback/unknown-${sw_if_index}`,
      decrement: priority,
    }));
    tracked.set(nameText(row, row.is_ipv6 !== 0), items.sort(byInterface));
  }
  return tracked;
}

/** The order of tracked interfaces in a spec. */
export const byInterface = (a: { interface: string }, b: { interface: string }): number =>
  a.interface < b.interface ? -1 : a.interface > b.interface ? 1 : 0;

/** Unicast peers; undefined when VPP does not say: it looks routers up by a key of which two bytes are chance. */
async function peersOf(ctx: ReadContext, { config }: Details): Promise<string[] | undefined> {
  const is_ipv6 = Number((config.flags & flags.VRRP_API_VR_IPV6) !== 0);
  const [row] = await ctx.vpp.dump(vrrpVrPeerDump, {
    sw_if_index: config.sw_if_index,
    is_ipv6,
    vr_id: config.vr_id,
  });
  return row?.peer_addrs;
}

/** Keys of the interface's own addresses that a router of priority 255 stands for. */
function ownedBy(ctx: ReadContext, iface: string, addresses: readonly string[]): string[] {
  const prefix = `address/${nameOf(iface)}/`;
  return [...ctx.foundOf('address').keys()]
    .filter((key) => key.startsWith(prefix) && addresses.includes(key.slice(prefix.length).split('/')[0] ?? ''))
    .sort();
}

/** Virtual routers on our interfaces. */
export async function readVirtualRouters(
  ctx: ReadContext,
  wanted: ReadonlyMap<string, VrrpSpec>,
): Promise<Map<string, Found<VrrpSpec, null>>> {
  const interfaces = keyByIndex(ctx);
  const found = new Map<string, Found<VrrpSpec, null>>();
  const routers = await virtualRouters(ctx);
  const tracked = routers.length > 0 ? await trackedBy(ctx, interfaces) : new Map<string, VrrpSpec['track']>();
  for (const row of routers) {
    const { config, runtime, addrs } = row;
    const iface = interfaces.get(config.sw_if_index);
    if (iface === undefined) continue;
    const ip6 = (config.flags & flags.VRRP_API_VR_IPV6) !== 0;
    const key = `vrrp/${nameOf(iface)}/${config.vr_id}/${ip6 ? 'ip6' : 'ip4'}`;
    const unicast = (config.flags & flags.VRRP_API_VR_UNICAST) !== 0;
    const peers = unicast ? ((await peersOf(ctx, row)) ?? wanted.get(key)?.peers ?? []) : [];
    const spec: VrrpSpec = {
      interface: iface,
      id: config.vr_id,
      addresses: addrs,
      priority: config.priority,
      intervalCs: config.interval,
      preempt: (config.flags & flags.VRRP_API_VR_PREEMPT) !== 0,
      accept: (config.flags & flags.VRRP_API_VR_ACCEPT) !== 0,
      peers,
      track: tracked.get(nameText(config, ip6)) ?? [],
      ...foundVrf(ctx, iface),
      ...(config.priority === ownerPriority && { owns: ownedBy(ctx, iface, addrs) }),
      ...(runtime.state === states.VRRP_API_VR_STATE_INIT && { stopped: true as const }),
    };
    found.set(key, { spec, handle: null, ours: true });
  }
  return found;
}
