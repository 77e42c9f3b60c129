import * as afPacket from '#lib/vpp/messages/af-packet.js';
import * as memif from '#lib/vpp/messages/memif.js';
import { swIfIndex } from '#lib/vpp/types.js';
import { fitting, type Handler, onAck, onCall, onDump } from './handler.js';
import { created } from './interface.js';

const NO_MAC = '00:00:00:00:00:00';
const ALLOCATE = 0xffffffff;
/** What VPP shows until a peer has connected and the sizes are settled. */
const UNCONNECTED_RING_SIZE = 1;
const given = (mac: string) => (mac === NO_MAC ? undefined : mac);

export const linkHandlers: readonly Handler[] = [
  onCall(afPacket.afPacketCreateV3, ({ host_if_name, hw_addr, use_random_hw_addr }, { dataplane }) =>
    created(dataplane.afPackets.create(fitting(host_if_name, 58), use_random_hw_addr ? undefined : given(hw_addr))),
  ),
  onAck(afPacket.afPacketDelete, ({ host_if_name }, { dataplane }) => dataplane.afPackets.remove(host_if_name)),
  onDump(afPacket.afPacketDump, (_, { dataplane }) =>
    dataplane.afPackets
      .list()
      .map(({ swIfIndex: index, hostName }) => ({ sw_if_index: swIfIndex(index), host_if_name: hostName })),
  ),
  onCall(memif.memifSocketFilenameAddDelV2, ({ is_add, socket_id, socket_filename }, { dataplane }) => {
    if (!is_add) return { retval: dataplane.memifs.removeSocket(socket_id), socket_id };
    const wanted = socket_id === ALLOCATE ? undefined : socket_id;
    const { retval, socketId } = dataplane.memifs.addSocket(wanted, socket_filename);
    return { retval, socket_id: socketId };
  }),
  onDump(memif.memifSocketFilenameDump, (_, { dataplane }) =>
    dataplane.memifs.listSockets().map(([socket_id, socket_filename]) => ({ socket_id, socket_filename })),
  ),
  onCall(memif.memifCreateV2, (request, { dataplane }) =>
    created(
      dataplane.memifs.create({
        id: request.id,
        socketId: request.socket_id,
        role: request.role,
        mode: request.mode,
        mac: given(request.hw_addr),
      }),
    ),
  ),
  onAck(memif.memifDelete, ({ sw_if_index }, { dataplane }) => dataplane.memifs.remove(sw_if_index)),
  onDump(memif.memifDump, (_, { dataplane }) =>
    dataplane.memifs.list().map((found) => ({
      sw_if_index: swIfIndex(found.swIfIndex),
      hw_addr: found.mac ?? NO_MAC,
      id: found.id,
      role: found.role,
      mode: found.mode,
      zero_copy: false,
      socket_id: found.socketId,
      ring_size: UNCONNECTED_RING_SIZE,
      buffer_size: 0,
      flags: dataplane.interfaces.get(found.swIfIndex)?.adminUp ? 1 : 0,
      if_name: `memif${found.socketId}/${found.id}`,
    })),
  ),
];
