import { z } from 'zod';
import { swInterfaceSetMacAddress } from '#lib/vpp/messages/interface.js';
import { memifCreateV2, memifDelete, memifDump, memifMode, memifRole } from '#lib/vpp/messages/memif.js';
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
  /** Key of the socket: `memif-socket/1`. */
  socket: z.string().regex(/^memif-socket\/\d+$/),
  /** Number of the interface on its socket, the same on both sides. */
  id: z.int().min(0).max(0xfffffffe),
  role: z.enum(['master', 'slave']),
  mac: macText,
  ringSize: z
    .int()
    .min(256)
    .max(16384)
    .refine((size) => (size & (size - 1)) === 0, 'a power of two')
    .default(4096),
  bufferBytes: z.int().min(512).max(9216).default(2048),
  mtu: mtuBytes.min(64).default(9000),
  enabled: z.boolean().default(true),
});
export type MemifSpec = z.infer<typeof schema>;

const roles = memifRole.values;
const socketId = (spec: MemifSpec) => Number(spec.socket.slice('memif-socket/'.length));

/** A shared-memory port (`memif_create_v2`). Ring and buffer sizes cannot be read: VPP shows what both sides agreed on. */
export const memif = resource<MemifSpec, InterfaceHandle, z.input<typeof schema>>({
  kind: 'memif',
  schema,
  key: (spec) => `memif/${spec.name}`,
  needs: (spec) => [spec.socket],
  evicts: true,
  async read(ctx, wanted) {
    const rows = new Map((await ctx.vpp.dump(memifDump, {})).map((row) => [row.sw_if_index, row]));
    const found = new Map<string, Found<MemifSpec, InterfaceHandle>>();
    const called = (spec: MemifSpec) => `memif${socketId(spec)}/${spec.id}`;
    for (const [key, details] of await ourInterfaces(ctx, 'memif', wanted, called)) {
      const row = rows.get(details.sw_if_index);
      if (!row) continue;
      const spec: MemifSpec = {
        name: key.slice('memif/'.length),
        socket: `memif-socket/${row.socket_id}`,
        id: row.id,
        role: row.role === roles.MEMIF_ROLE_API_MASTER ? 'master' : 'slave',
        mac: details.l2_address,
        ringSize: wanted.get(key)?.ringSize ?? 4096,
        bufferBytes: wanted.get(key)?.bufferBytes ?? 2048,
        ...settingsOf(details),
      };
      found.set(key, { spec, handle: { swIfIndex: details.sw_if_index }, ours: true });
    }
    return found;
  },
  async create({ vpp }, spec) {
    const { sw_if_index } = await vpp.call(memifCreateV2, {
      role: spec.role === 'master' ? roles.MEMIF_ROLE_API_MASTER : roles.MEMIF_ROLE_API_SLAVE,
      mode: memifMode.values.MEMIF_MODE_API_ETHERNET,
      rx_queues: 1,
      tx_queues: 1,
      id: spec.id,
      socket_id: socketId(spec),
      ring_size: spec.ringSize,
      buffer_size: spec.bufferBytes,
      no_zero_copy: spec.role === 'slave',
      use_dma: false,
      hw_addr: spec.mac,
      secret: '',
    });
    return adoptNew(vpp, sw_if_index, `memif/${spec.name}`, spec, (index) =>
      vpp.call(memifDelete, { sw_if_index: index }),
    );
  },
  updatable: (a, b) =>
    a.socket === b.socket &&
    a.id === b.id &&
    a.role === b.role &&
    a.ringSize === b.ringSize &&
    a.bufferBytes === b.bufferBytes,
  async update({ vpp }, handle, from, to) {
    if (from.mac !== to.mac)
      await vpp.call(swInterfaceSetMacAddress, { sw_if_index: handle.swIfIndex, mac_address: to.mac });
    await reconfigure(vpp, handle, from, to);
    return handle;
  },
  remove: ({ vpp }, handle, spec) =>
    takeAway(vpp, handle, spec, () => vpp.call(memifDelete, { sw_if_index: handle.swIfIndex })),
});
