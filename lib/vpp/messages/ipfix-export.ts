import { bool, i32, u16, u32 } from '../codec.js';
import { call, dump, reply, request, stream } from '../message.js';
import { address } from '../types.js';
import { ackCall } from './patterns.js';

/** The first exporter, which NAT and flowprobe use. `path_mtu` in octets, `template_interval` in seconds. A collector 0.0.0.0 turns it off. */
export const setIpfixExporter = ackCall('set_ipfix_exporter', '5530c8a0', {
  collector_address: address,
  collector_port: u16,
  src_address: address,
  vrf_id: u32,
  path_mtu: u32,
  template_interval: u32,
  udp_checksum: bool,
});
/** The first exporter only. */
export const ipfixExporterDump = dump(
  request('ipfix_exporter_dump', '51077d14', {}),
  reply('ipfix_exporter_details', '0dedbfe4', {
    collector_address: address,
    collector_port: u16,
    src_address: address,
    vrf_id: u32,
    path_mtu: u32,
    template_interval: u32,
    udp_checksum: bool,
  }),
);
/** A further exporter, known by its collector. */
export const ipfixExporterCreateDelete = call(
  request('ipfix_exporter_create_delete', '0753a768', {
    is_create: bool,
    collector_address: address,
    collector_port: u16,
    src_address: address,
    vrf_id: u32,
    path_mtu: u32,
    template_interval: u32,
    udp_checksum: bool,
  }),
  reply('ipfix_exporter_create_delete_reply', '9ffac24b', { retval: i32, stat_index: u32 }),
);
export const ipfixAllExporterGet = stream(
  request('ipfix_all_exporter_get', 'f75ba505', { cursor: u32 }),
  reply('ipfix_all_exporter_details', '0dedbfe4', {
    collector_address: address,
    collector_port: u16,
    src_address: address,
    vrf_id: u32,
    path_mtu: u32,
    template_interval: u32,
    udp_checksum: bool,
  }),
  reply('ipfix_all_exporter_get_reply', '53b48f5d', { retval: i32, cursor: u32 }),
);
export const ipfixFlush = ackCall('ipfix_flush', '51077d14', {});
