import { retvals } from '#lib/vpp/retval.js';
import type { IpTables } from './ip-tables.js';
import { addressBytes, addressText, isIp6 } from './prefix.js';

export interface IpfixExporter {
  collector: string;
  port: number;
  source: string;
  /** `~0` for none. */
  tableId: number;
  pathMtu: number;
  templateIntervalS: number;
  udpChecksum: boolean;
}

const UNSET = 0xffffffff;
const UNSET_PORT = 0xffff;
const DEFAULT_PORT = 4739;
const DEFAULT_MTU = 512;
const DEFAULT_INTERVAL_S = 20;
const MTU = { least: 68, most: 1450 };
const UNSPECIFIED = '0.0.0.0';
const MOST_EXPORTERS = 5;

/** Where NAT and flowprobe records go: the first exporter, which is always there, and further ones by their collector. */
export class IpfixExporters {
  private readonly exporters: IpfixExporter[] = [
    {
      collector: UNSPECIFIED,
      port: 0,
      source: UNSPECIFIED,
      tableId: UNSET,
      pathMtu: 0,
      templateIntervalS: 0,
      udpChecksum: false,
    },
  ];

  constructor(private readonly tables: IpTables) {}

  list(): readonly IpfixExporter[] {
    return this.exporters;
  }

  /** The first exporter's collector is read as IPv4, whatever it is. */
  setFirst(wanted: IpfixExporter): number {
    const collector = addressText(addressBytes(wanted.collector).slice(0, 4));
    const checked = this.checked({ ...wanted, collector });
    if (typeof checked === 'number') return checked;
    this.exporters[0] = checked;
    return 0;
  }

  /** The first exporter is not looked up by its collector. */
  create(wanted: IpfixExporter): number {
    const at = this.exporters.findIndex((exporter, i) => i > 0 && exporter.collector === wanted.collector);
    if (at < 0 && this.exporters.length >= MOST_EXPORTERS) return retvals.INVALID_VALUE;
    const checked = this.checked(wanted);
    if (typeof checked === 'number') return checked;
    this.exporters[at < 0 ? this.exporters.length : at] = checked;
    return 0;
  }

  remove(collector: string): number {
    const at = this.exporters.findIndex((exporter, i) => i > 0 && exporter.collector === collector);
    if (at < 0) return retvals.NO_SUCH_ENTRY;
    this.exporters.splice(at, 1);
    return 0;
  }

  private checked(wanted: IpfixExporter): IpfixExporter | number {
    if (wanted.tableId !== UNSET && !this.tables.has('ip4', wanted.tableId)) return retvals.NO_SUCH_FIB;
    const { collector, source } = wanted;
    if (collector !== UNSPECIFIED && source === UNSPECIFIED) return retvals.INVALID_VALUE;
    if (isIp6(collector) !== isIp6(source)) return retvals.INVALID_VALUE;
    const pathMtu = wanted.pathMtu === UNSET ? DEFAULT_MTU : wanted.pathMtu;
    if (pathMtu > MTU.most || pathMtu < MTU.least) return retvals.INVALID_VALUE;
    const port = wanted.port === UNSET_PORT ? DEFAULT_PORT : wanted.port;
    const templateIntervalS = wanted.templateIntervalS === UNSET ? DEFAULT_INTERVAL_S : wanted.templateIntervalS;
    return { ...wanted, pathMtu, port, templateIntervalS };
  }
}
