import { retvals } from '#lib/vpp/retval.js';
import { randomMac } from './af-packet.js';
import { type Created, type InterfaceTable, NO_INDEX } from './interfaces.js';

export interface MemifSpec {
  id: number;
  socketId: number;
  role: number;
  mode: number;
  mac: string | undefined;
}

export interface Memif extends MemifSpec {
  readonly swIfIndex: number;
}

/** Room for a file name with its NUL in `memif_socket_filename_details`. */
const filenameBytes = 108;

/** memif sockets and interfaces. No peer ever connects: the link stays down. */
export class MemifTable {
  private readonly sockets = new Map<number, string>([[0, '/run/vpp/memif.sock']]);
  private readonly byIndex = new Map<number, Memif>();

  constructor(private readonly interfaces: InterfaceTable) {
    interfaces.onDelete((swIfIndex) => this.byIndex.delete(swIfIndex));
  }

  /** `socketId` undefined takes the lowest free one. */
  addSocket(socketId: number | undefined, filename: string): { retval: number; socketId: number } {
    const chosen = socketId ?? this.lowestFreeSocket();
    const known = this.sockets.get(chosen);
    if (known === filename) return { retval: 0, socketId: chosen };
    const tooLong = Buffer.byteLength(filename) >= filenameBytes;
    if (known !== undefined || filename === '' || tooLong)
      return { retval: retvals.INVALID_ARGUMENT, socketId: chosen };
    this.sockets.set(chosen, filename);
    return { retval: 0, socketId: chosen };
  }

  removeSocket(socketId: number): number {
    if (!this.sockets.has(socketId)) return retvals.INVALID_ARGUMENT;
    for (const memif of this.byIndex.values()) if (memif.socketId === socketId) return retvals.UNEXPECTED_INTF_STATE;
    this.sockets.delete(socketId);
    return 0;
  }

  listSockets(): [id: number, filename: string][] {
    return [...this.sockets].sort(([a], [b]) => a - b);
  }

  create(spec: MemifSpec): Created {
    if (!this.sockets.has(spec.socketId)) return { retval: retvals.INVALID_ARGUMENT, swIfIndex: NO_INDEX };
    const name = `memif${spec.socketId}/${spec.id}`;
    if (this.interfaces.byName(name)) return { retval: retvals.SUBIF_ALREADY_EXISTS, swIfIndex: NO_INDEX };
    const mac = spec.mac ?? randomMac();
    const { swIfIndex } = this.interfaces.addHardware({
      kind: 'memif',
      name,
      devType: 'memif',
      mac,
      linkUp: false,
      linkMtu: 9000,
    });
    this.byIndex.set(swIfIndex, { ...spec, mac, swIfIndex });
    return { retval: 0, swIfIndex };
  }

  remove(swIfIndex: number): number {
    if (!this.byIndex.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    this.interfaces.deleteHardware(swIfIndex);
    return 0;
  }

  list(): Memif[] {
    return [...this.byIndex.values()].sort((a, b) => a.swIfIndex - b.swIfIndex);
  }

  private lowestFreeSocket(): number {
    let id = 1;
    while (this.sockets.has(id)) id++;
    return id;
  }
}
