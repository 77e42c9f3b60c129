import * as flowprobe from '#lib/vpp/messages/flowprobe.js';
import * as ipfix from '#lib/vpp/messages/ipfix-export.js';
import { swIfIndex } from '#lib/vpp/types.js';
import type { IpfixExporter } from '../tables/ipfix-exporters.js';
import { type Handler, onAck, onCall, onDump, onStream } from './handler.js';

const ALL = 0xffffffff;

interface ExporterRequest {
  collector_address: string;
  collector_port: number;
  src_address: string;
  vrf_id: number;
  path_mtu: number;
  template_interval: number;
  udp_checksum: boolean;
}
const exporterOf = (request: ExporterRequest): IpfixExporter => ({
  collector: request.collector_address,
  port: request.collector_port,
  source: request.src_address,
  tableId: request.vrf_id,
  pathMtu: request.path_mtu,
  templateIntervalS: request.template_interval,
  udpChecksum: request.udp_checksum,
});
const details = (exporter: IpfixExporter): ExporterRequest => ({
  collector_address: exporter.collector,
  collector_port: exporter.port,
  src_address: exporter.source,
  vrf_id: exporter.tableId,
  path_mtu: exporter.pathMtu,
  template_interval: exporter.templateIntervalS,
  udp_checksum: exporter.udpChecksum,
});

export const exportingHandlers: readonly Handler[] = [
  onAck(ipfix.setIpfixExporter, (request, { dataplane }) => dataplane.ipfixExporters.setFirst(exporterOf(request))),
  onDump(ipfix.ipfixExporterDump, (_, { dataplane }) => dataplane.ipfixExporters.list().slice(0, 1).map(details)),
  onCall(ipfix.ipfixExporterCreateDelete, (request, { dataplane }) => {
    const exporter = exporterOf(request);
    const { ipfixExporters } = dataplane;
    const retval = request.is_create ? ipfixExporters.create(exporter) : ipfixExporters.remove(exporter.collector);
    return { retval, stat_index: 0 };
  }),
  onStream(ipfix.ipfixAllExporterGet, (_, { dataplane }) => dataplane.ipfixExporters.list().map(details)),
  onAck(ipfix.ipfixFlush, () => 0),
  onAck(flowprobe.flowprobeSetParams, (params, { dataplane }) => dataplane.flowprobe.setParams(params)),
  onCall(flowprobe.flowprobeGetParams, (_, { dataplane }) => ({ retval: 0, ...dataplane.flowprobe.params })),
  onAck(flowprobe.flowprobeInterfaceAddDel, ({ is_add, which, direction, sw_if_index }, { dataplane }) =>
    dataplane.flowprobe.change({ swIfIndex: sw_if_index, which, direction }, is_add),
  ),
  onDump(flowprobe.flowprobeInterfaceDump, ({ sw_if_index }, { dataplane }) =>
    dataplane.flowprobe
      .list()
      .filter((entry) => sw_if_index === ALL || entry.swIfIndex === sw_if_index)
      .map(({ which, direction, swIfIndex: index }) => ({ which, direction, sw_if_index: swIfIndex(index) })),
  ),
];
