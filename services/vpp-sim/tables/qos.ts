import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from './interfaces.js';

/** `qos_source`: extension, VLAN, MPLS, IP. */
const SOURCES = 4;
const SOURCE_IP = 3;
const NO_MAP = 0xffffffff;

interface Counted {
  swIfIndex: number;
  source: number;
  count: number;
  value: number;
}

/** Features that are counted: as many disables as enables take one off, one more is -81, and -54 where there never was one. */
class CountedFeature {
  private readonly entries = new Map<string, Counted>();
  /** The highest interface seen for each source: VPP's vector reaches so far. */
  private readonly reach = new Map<number, number>();

  constructor(private readonly interfaces: InterfaceTable) {
    interfaces.onDelete((swIfIndex) => {
      for (const entry of this.entries.values()) if (entry.swIfIndex === swIfIndex) entry.count = 0;
    });
  }

  /** The first one's value stays until all are gone. */
  change(swIfIndex: number, source: number, enable: boolean, value: number): number {
    if (!this.interfaces.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    if (source >= SOURCES) return retvals.INVALID_VALUE;
    const key = `${source}/${swIfIndex}`;
    const entry = this.entries.get(key) ?? { swIfIndex, source, count: 0, value };
    if (!enable && swIfIndex > (this.reach.get(source) ?? -1)) return retvals.NO_MATCHING_INTERFACE;
    if (!enable && entry.count === 0) return retvals.VALUE_EXIST;
    if (enable && entry.count === 0) entry.value = value;
    entry.count += enable ? 1 : -1;
    this.entries.set(key, entry);
    this.reach.set(source, Math.max(swIfIndex, this.reach.get(source) ?? -1));
    return 0;
  }

  list(): { swIfIndex: number; source: number; value: number }[] {
    return [...this.entries.values()]
      .filter(({ count }) => count > 0)
      .sort((a, b) => a.source - b.source || a.swIfIndex - b.swIfIndex);
  }
}

export interface QosMark {
  readonly swIfIndex: number;
  readonly source: number;
  mapId: number | undefined;
}

/** Marks recorded on the way in, or given there, and written on the way out by a map. */
export class QosTable {
  readonly records: CountedFeature;
  private readonly stored: CountedFeature;
  private readonly maps = new Map<number, Uint8Array[]>();
  private readonly marks = new Map<string, QosMark>();

  constructor(interfaces: InterfaceTable) {
    this.records = new CountedFeature(interfaces);
    this.stored = new CountedFeature(interfaces);
  }

  /** VPP stores an IP mark only. */
  changeStore(swIfIndex: number, source: number, enable: boolean, value: number, known: boolean): number {
    if (known && source < SOURCES && source !== SOURCE_IP) return retvals.UNIMPLEMENTED;
    return this.stored.change(swIfIndex, source, enable, value);
  }

  listStores(): { swIfIndex: number; source: number; value: number }[] {
    return this.stored.list();
  }

  setMap(id: number, rows: Uint8Array[]): void {
    this.maps.set(id, rows);
  }

  /** Marks that use it stay, with no map. */
  removeMap(id: number): void {
    this.maps.delete(id);
    for (const mark of this.marks.values()) if (mark.mapId === id) mark.mapId = undefined;
  }

  listMaps(): { id: number; rows: Uint8Array[] }[] {
    return [...this.maps].map(([id, rows]) => ({ id, rows }));
  }

  /** Interfaces are not looked at; neither do marks go with them. */
  changeMark(swIfIndex: number, source: number, mapId: number, enable: boolean): number {
    if (source >= SOURCES) return retvals.INVALID_VALUE;
    const key = `${source}/${swIfIndex}`;
    if (!enable) return this.marks.delete(key) ? 0 : retvals.VALUE_EXIST;
    if (!this.maps.has(mapId)) return retvals.NO_SUCH_TABLE;
    this.marks.set(key, { swIfIndex, source, mapId });
    return 0;
  }

  listMarks(): QosMark[] {
    return [...this.marks.values()].sort((a, b) => a.source - b.source || a.swIfIndex - b.swIfIndex);
  }
}

export const shownMap = ({ mapId }: QosMark): number => mapId ?? NO_MAP;
