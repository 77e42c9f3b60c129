import { retvals } from '#lib/vpp/retval.js';
import type { Family, IpTables } from './ip-tables.js';

/** `vss_type` values. */
const TYPE = { ascii: 0, vpnId: 1 } as const;

export interface Vss {
  readonly type: number;
  readonly oui: number;
  readonly vpnIndex: number;
  readonly ascii: string;
}

/** How relayed packets carry it (RFC 6607): the type, then the name or the VPN-ID. */
export function vssValue({ type, oui, vpnIndex, ascii }: Vss): Uint8Array {
  if (type === TYPE.ascii) return Uint8Array.of(type, ...Buffer.from(ascii));
  if (type !== TYPE.vpnId) return Uint8Array.of(type);
  const value = Buffer.alloc(8);
  value[0] = type;
  value.writeUIntBE(oui, 1, 3);
  value.writeUInt32BE(vpnIndex, 4);
  return value;
}

/** The virtual subnet that relayed packets name, by client table. Tables named here come into being. */
export class VssTable {
  private readonly byTable = new Map<string, Vss>();

  constructor(private readonly tables: IpTables) {}

  set(family: Family, tableId: number, { type, oui, vpnIndex, ascii }: Vss): number {
    const key = `${family}/${tableId}`;
    if (!this.byTable.has(key)) this.tables.use(family, tableId);
    const isId = type === TYPE.vpnId;
    this.byTable.set(key, {
      type,
      oui: isId ? oui : 0,
      vpnIndex: isId ? vpnIndex : 0,
      ascii: type === TYPE.ascii ? ascii : '',
    });
    return 0;
  }

  remove(family: Family, tableId: number): number {
    if (!this.byTable.delete(`${family}/${tableId}`)) return retvals.NO_SUCH_ENTRY;
    this.tables.release(family, tableId);
    return 0;
  }

  get(family: Family, tableId: number): Vss | undefined {
    return this.byTable.get(`${family}/${tableId}`);
  }
}
