import { retvals } from '#lib/vpp/retval.js';
import { type Created, type InterfaceTable, NO_INDEX } from './interfaces.js';

/** Loopback interfaces `loop<instance>`. */
export class LoopbackTable {
  constructor(private readonly interfaces: InterfaceTable) {}

  /** `instance` undefined takes the lowest free one. */
  create(instance: number | undefined, mac: string | undefined): Created {
    if (instance !== undefined && this.interfaces.byName(`loop${instance}`))
      return { retval: retvals.INVALID_REGISTRATION, swIfIndex: NO_INDEX };
    const chosen = instance ?? this.lowestFree();
    const { swIfIndex } = this.interfaces.addHardware({
      kind: 'loopback',
      name: `loop${chosen}`,
      devType: 'Loopback',
      mac: mac ?? loopbackMac(chosen),
      linkUp: false,
      linkMtu: 9000,
    });
    return { retval: 0, swIfIndex };
  }

  remove(swIfIndex: number): number {
    if (this.interfaces.get(swIfIndex)?.kind !== 'loopback') return retvals.INVALID_SW_IF_INDEX;
    this.interfaces.deleteHardware(swIfIndex);
    return 0;
  }

  private lowestFree(): number {
    let instance = 0;
    while (this.interfaces.byName(`loop${instance}`)) instance++;
    return instance;
  }
}

const hex2 = (value: number) => (value & 0xff).toString(16).padStart(2, '0');
const loopbackMac = (instance: number) => `de:ad:00:00:${hex2(instance >>> 8)}:${hex2(instance)}`;
