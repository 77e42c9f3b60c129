import { z } from 'zod';
import { ipfixExporterDump, setIpfixExporter } from '#lib/vpp/messages/ipfix-export.js';
import { anyIndex } from '#lib/vpp/types.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { ip4Text } from './fields.js';
import { vrfKey } from './names.js';
import { tableOf, vrfByTable } from './vrf.js';

const schema = z.strictObject({
  /** IPv4: VPP's first exporter knows nothing else. */
  collector: ip4Text,
  port: z.int().min(1).max(65534),
  source: ip4Text,
  /** The VRF that the collector is reached in; absent: default. */
  vrf: vrfKey.optional(),
  /** Of a packet, with IP header: VPP does not fragment. */
  pathMtu: z.int().min(68).max(1450),
  templateIntervalS: z.int().min(1).max(0xfffffffe),
  udpChecksum: z.boolean(),
});
export type IpfixExporterSpec = z.infer<typeof schema>;

const key = 'ipfix-exporter/0';
const nobody = '0.0.0.0';

const put = (ctx: KindContext, spec: IpfixExporterSpec) =>
  ctx.vpp.call(setIpfixExporter, {
    collector_address: spec.collector,
    collector_port: spec.port,
    src_address: spec.source,
    vrf_id: tableOf(ctx, spec.vrf),
    path_mtu: spec.pathMtu,
    template_interval: spec.templateIntervalS,
    udp_checksum: spec.udpChecksum,
  });

/** Where VPP sends the records of flowprobe and NAT: its first exporter, which is never deleted, only turned off (`set_ipfix_exporter`). */
export const ipfixExporter = resource<IpfixExporterSpec, null>({
  kind: 'ipfix-exporter',
  schema,
  optional: [setIpfixExporter, ipfixExporterDump],
  key: () => key,
  needs: (spec) => (spec.vrf === undefined ? [] : [spec.vrf]),
  async read(ctx, wanted) {
    const found = new Map<string, Found<IpfixExporterSpec, null>>();
    const [row] = await ctx.vpp.dump(ipfixExporterDump, {});
    if (!row || row.collector_address === nobody || row.collector_address === '::') return found;
    const vrf = row.vrf_id === anyIndex ? undefined : vrfByTable(ctx).get(row.vrf_id);
    const spec = {
      collector: row.collector_address,
      port: row.collector_port,
      source: row.src_address,
      ...(vrf !== undefined && { vrf }),
      pathMtu: row.path_mtu,
      templateIntervalS: row.template_interval,
      udpChecksum: row.udp_checksum,
    };
    return found.set(key, { spec, handle: null, ours: wanted.has(key) });
  },
  async create(ctx, spec) {
    await put(ctx, spec);
    return null;
  },
  /** Another VRF is made anew, so that the old one is let go of. */
  updatable: (from, to) => from.vrf === to.vrf,
  async update(ctx, _handle, _from, to) {
    await put(ctx, to);
    return null;
  },
  async remove({ vpp }) {
    await vpp.call(setIpfixExporter, {
      ...{ collector_address: nobody, src_address: nobody, collector_port: 4739, vrf_id: anyIndex },
      ...{ path_mtu: 512, template_interval: 20, udp_checksum: false },
    });
  },
});
