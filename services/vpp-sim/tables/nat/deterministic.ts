import { retvals } from '#lib/vpp/retval.js';
import type { InterfaceTable } from '../interfaces.js';
import type { IpTables } from '../ip-tables.js';
import type { MainHeap } from '../main-heap.js';
import { ip4Number, ip4Text, maskAddress } from '../prefix.js';
import { DEFAULT_TIMEOUTS, type NatTimeouts } from './settings.js';

/** `det44_plugin_enable_disable` answers a repeat so. */
const NO_CHANGE = 1;
const FIRST_PORT = 1024;
const PORTS = 65_536 - FIRST_PORT;
/** What VPP sets aside for each inside host: 1000 sessions of 24 bytes. */
const HOST_BYTES = 24_000;

export interface DetMap {
  readonly inside: string;
  readonly insideLength: number;
  readonly outside: string;
  readonly outsideLength: number;
  /** Inside hosts of one outside address. */
  readonly ratio: number;
  readonly portsPerHost: number;
}

interface DetInterface {
  readonly swIfIndex: number;
  readonly isInside: boolean;
}

/** DET44: ports of an inside host by arithmetic. Takes maps and interfaces whether it is on or not. */
export class Det44 {
  timeouts: NatTimeouts = DEFAULT_TIMEOUTS;
  private enabled = false;
  private maps: DetMap[] = [];
  private interfaces: DetInterface[] = [];
  /** Removed, and not used again by a later interface: what kills VPP when the plugin goes. */
  private freedPlaces = 0;

  constructor(
    private readonly known: InterfaceTable,
    private readonly ipTables: IpTables,
    private readonly heap: MainHeap,
    private readonly crash: (reason: string) => never,
  ) {}

  setEnabled(enable: boolean, tables: readonly number[]): number {
    if (enable === this.enabled) return NO_CHANGE;
    if (!enable && this.freedPlaces > 0)
      this.crash('det44_plugin_enable_disable after an interface was taken off: VPP walks its freed place');
    this.enabled = enable;
    if (enable) for (const table of tables) this.ipTables.use('ip4', table);
    else {
      for (const map of this.maps) this.heap.giveBack(bytesOf(map));
      Object.assign(this, { maps: [], interfaces: [], timeouts: DEFAULT_TIMEOUTS });
    }
    return 0;
  }

  /** Host bits are cleared; nothing but an equal map is refused. */
  changeMap(isAdd: boolean, inside: string, insideLength: number, outside: string, outsideLength: number): number {
    if (Math.max(insideLength, outsideLength) > 32) this.crash('det44_add_del_map looks past the end of the masks');
    const from = maskAddress(inside, insideLength);
    const to = maskAddress(outside, outsideLength);
    const equal = (map: DetMap) =>
      map.inside === from &&
      map.insideLength === insideLength &&
      map.outside === to &&
      map.outsideLength === outsideLength;
    const found = this.maps.find(equal);
    if (isAdd && found) return retvals.VALUE_EXIST;
    if (!isAdd && !found) return retvals.NO_SUCH_ENTRY;
    if (found) {
      this.heap.giveBack(bytesOf(found));
      this.maps = this.maps.filter((map) => map !== found);
    } else this.maps.push(this.newMap(from, insideLength, to, outsideLength));
    return 0;
  }

  private newMap(inside: string, insideLength: number, outside: string, outsideLength: number): DetMap {
    const ratio = Math.trunc(hostsOf(insideLength) / hostsOf(outsideLength));
    if (ratio === 0) this.crash('det44_add_del_map with more addresses outside than inside: VPP divides by zero');
    const map = { inside, insideLength, outside, outsideLength, ratio, portsPerHost: Math.floor(PORTS / ratio) };
    this.heap.take(bytesOf(map), 'det44_add_del_map');
    return map;
  }

  /** Repeats, and removals of what is not there, are -7 whatever the role. */
  changeInterface(swIfIndex: number, isInside: boolean, isAdd: boolean): number {
    if (!this.known.has(swIfIndex)) return retvals.INVALID_SW_IF_INDEX;
    const found = this.interfaces.some((each) => each.swIfIndex === swIfIndex);
    if (found === isAdd) return retvals.INVALID_VALUE;
    if (isAdd) {
      this.interfaces.push({ swIfIndex, isInside });
      this.freedPlaces = Math.max(0, this.freedPlaces - 1);
    } else {
      this.interfaces = this.interfaces.filter((each) => each.swIfIndex !== swIfIndex);
      this.freedPlaces++;
    }
    return 0;
  }

  listMaps(): readonly DetMap[] {
    return this.maps;
  }

  listInterfaces(): readonly DetInterface[] {
    return this.interfaces;
  }

  /** Outside address and ports of an inside host. */
  forward(address: string): { outside: string; firstPort: number; lastPort: number } | undefined {
    const map = this.maps.find(({ inside, insideLength }) => maskAddress(address, insideLength) === inside);
    if (!map) return undefined;
    const offset = ip4Number(address) - ip4Number(map.inside);
    const firstPort = FIRST_PORT + map.portsPerHost * (offset % map.ratio);
    const outside = ip4Text(ip4Number(map.outside) + Math.floor(offset / map.ratio));
    return { outside, firstPort, lastPort: firstPort + map.portsPerHost - 1 };
  }

  /** The inside host behind an outside address and port; ports below 1024 lead nowhere sensible, as in VPP. */
  reverse(address: string, port: number): string | undefined {
    const map = this.maps.find(({ outside, outsideLength }) => maskAddress(address, outsideLength) === outside);
    if (!map) return undefined;
    const block = Math.trunc((port - FIRST_PORT) / map.portsPerHost);
    const offset = ip4Number(address) - ip4Number(map.outside);
    return ip4Text(ip4Number(map.inside) + offset * map.ratio + block);
  }
}

/** Addresses of a prefix as VPP's 32-bit shift has it: a prefix of length 0 has one. */
const hostsOf = (length: number): number => (1 << (32 - length)) >>> 0;
const bytesOf = ({ insideLength }: DetMap): number => hostsOf(insideLength) * HOST_BYTES;
