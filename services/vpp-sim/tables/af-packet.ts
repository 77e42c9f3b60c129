import { randomBytes } from 'node:crypto';
import { retvals } from '#lib/vpp/retval.js';
import { type Created, type InterfaceTable, NO_INDEX } from './interfaces.js';

/** Host interfaces (veth or NIC through the kernel). Their names are those of the host's network devices. */
export class AfPacketTable {
  private readonly byHostName = new Map<string, number>();

  /** `known` undefined: every device name exists. */
  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly known: ReadonlySet<string> | undefined,
  ) {}

  /** A repeat is refused with the index of the one that is there. */
  create(hostName: string, mac: string | undefined): Created {
    const found = this.byHostName.get(hostName);
    if (found !== undefined) return { retval: retvals.IF_ALREADY_EXISTS, swIfIndex: found };
    if (hostName === '' || (this.known && !this.known.has(hostName)))
      return { retval: retvals.INVALID_INTERFACE, swIfIndex: NO_INDEX };
    const { swIfIndex } = this.interfaces.addHardware({
      kind: 'af-packet',
      name: `host-${hostName}`,
      devType: 'af-packet',
      mac: mac ?? randomMac(),
      linkUp: true,
      linkMtu: 9000,
    });
    this.byHostName.set(hostName, swIfIndex);
    return { retval: 0, swIfIndex };
  }

  remove(hostName: string): number {
    const found = this.byHostName.get(hostName);
    if (found === undefined) return retvals.SYSCALL_ERROR_1;
    this.byHostName.delete(hostName);
    this.interfaces.deleteHardware(found);
    return 0;
  }

  indexOf(hostName: string): number | undefined {
    return this.byHostName.get(hostName);
  }

  hostNameOf(swIfIndex: number): string | undefined {
    for (const [name, index] of this.byHostName) if (index === swIfIndex) return name;
    return undefined;
  }

  list(): { swIfIndex: number; hostName: string }[] {
    return [...this.byHostName].map(([hostName, swIfIndex]) => ({ swIfIndex, hostName }));
  }
}

/** Locally administered, as VPP draws them. */
export const randomMac = (): string =>
  `02:fe:${[...randomBytes(4)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
