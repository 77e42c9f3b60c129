import { retvals } from '#lib/vpp/retval.js';
import { type Created, type InterfaceTable, NO_INDEX } from './interfaces.js';

/** Bridge virtual interfaces `bvi<instance>`: the router's port in a bridge domain. */
export class BviTable {
  constructor(private readonly interfaces: InterfaceTable) {}

  /** `instance` undefined takes the lowest free one. */
  create(instance: number | undefined, mac: string | undefined): Created {
    if (instance !== undefined && this.interfaces.byName(`bvi${instance}`))
      return { retval: retvals.INVALID_REGISTRATION, swIfIndex: NO_INDEX };
    const chosen = instance ?? this.lowestFree();
    const { swIfIndex } = this.interfaces.addHardware({
      kind: 'bvi',
      name: `bvi${chosen}`,
      devType: 'BVI',
      mac: mac ?? `b0:b0:00:00:00:${(chosen & 0xff).toString(16).padStart(2, '0')}`,
      linkUp: false,
      linkMtu: 9000,
    });
    return { retval: 0, swIfIndex };
  }

  remove(swIfIndex: number): number {
    if (this.interfaces.get(swIfIndex)?.kind !== 'bvi') return retvals.INVALID_SW_IF_INDEX;
    this.interfaces.deleteHardware(swIfIndex);
    return 0;
  }

  private lowestFree(): number {
    let instance = 0;
    while (this.interfaces.byName(`bvi${instance}`)) instance++;
    return instance;
  }
}
