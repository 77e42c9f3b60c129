import { z } from 'zod';
import { afPacketCreateV3, afPacketDelete, afPacketDump, afPacketMode } from '#lib/vpp/messages/af-packet.js';
import { swInterfaceSetMacAddress } from '#lib/vpp/messages/interface.js';
import { retvals } from '#lib/vpp/retval.js';
import { type Found, resource } from '../reconcile/resource.js';
import { macText, mtuBytes } from './fields.js';
import {
  adoptNew,
  type InterfaceHandle,
  ourInterfaces,
  reconfigure,
  settingsOf,
  takeAway,
} from './interface-common.js';
import { plainName } from './names.js';

const schema = z.strictObject({
  name: plainName,
  /** The host's network device, at most 15 characters. */
  device: z.string().regex(/^[^/\s]{1,15}$/),
  /** Never random: neighbours would keep a stale entry after a restart of VPP. `stableMac(node, name)` makes one. */
  mac: macText,
  mtu: mtuBytes.min(64).default(9000),
  enabled: z.boolean().default(true),
});
export type HostInterfaceSpec = z.infer<typeof schema>;

/** Ring of 256 frames a block: DHCP bursts overrun the default one (tried: 5000 clients at once, none lost). */
const ring = { rx_frame_size: 2048, tx_frame_size: 0, rx_frames_per_block: 256, tx_frames_per_block: 0 };

/** A port of the host through AF_PACKET (`af_packet_create_v3`); creating one that is there adopts it. */
export const hostInterface = resource<HostInterfaceSpec, InterfaceHandle, z.input<typeof schema>>({
  kind: 'host-interface',
  schema,
  key: (spec) => `host-interface/${spec.name}`,
  needs: () => [],
  evicts: true,
  async read(ctx, wanted) {
    const devices = new Map((await ctx.vpp.dump(afPacketDump, {})).map((row) => [row.sw_if_index, row.host_if_name]));
    const found = new Map<string, Found<HostInterfaceSpec, InterfaceHandle>>();
    const called = (spec: HostInterfaceSpec) =>
      ctx.isClaimed(`host-interface/${spec.name}`) ? `host-${spec.device}` : undefined;
    for (const [key, details] of await ourInterfaces(ctx, 'host-interface', wanted, called)) {
      const device = devices.get(details.sw_if_index) ?? '';
      const name = key.slice('host-interface/'.length);
      const spec = { name, device, mac: details.l2_address, ...settingsOf(details) };
      found.set(key, { spec, handle: { swIfIndex: details.sw_if_index }, ours: true });
    }
    return found;
  },
  async create({ vpp }, spec) {
    const reply = await vpp.call(
      afPacketCreateV3,
      {
        ...ring,
        mode: afPacketMode.values.AF_PACKET_API_MODE_ETHERNET,
        hw_addr: spec.mac,
        use_random_hw_addr: false,
        host_if_name: spec.device,
        flags: 0,
        num_rx_queues: 1,
        num_tx_queues: 1,
      },
      [retvals.IF_ALREADY_EXISTS],
    );
    const index = reply.sw_if_index;
    const wasThere = reply.retval !== 0;
    const discard = async () => wasThere || vpp.call(afPacketDelete, { host_if_name: spec.device });
    if (wasThere) await vpp.call(swInterfaceSetMacAddress, { sw_if_index: index, mac_address: spec.mac });
    return adoptNew(vpp, index, `host-interface/${spec.name}`, spec, discard);
  },
  updatable: (from, to) => from.device === to.device,
  async update({ vpp }, handle, from, to) {
    if (from.mac !== to.mac)
      await vpp.call(swInterfaceSetMacAddress, { sw_if_index: handle.swIfIndex, mac_address: to.mac });
    await reconfigure(vpp, handle, from, to);
    return handle;
  },
  remove: ({ vpp }, handle, spec) =>
    takeAway(vpp, handle, spec, () => vpp.call(afPacketDelete, { host_if_name: spec.device })),
});
