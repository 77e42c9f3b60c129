import type { AnyMessage, Operation } from '../message.js';
import * as abf from './abf.js';
import * as acl from './acl.js';
import * as afPacket from './af-packet.js';
import * as arp from './arp.js';
import * as bond from './bond.js';
import * as classify from './classify.js';
import * as det44 from './det44.js';
import * as dhcp from './dhcp.js';
import * as feature from './feature.js';
import * as fib from './fib.js';
import * as flowprobe from './flowprobe.js';
import * as intf from './interface.js';
import * as interfaceRx from './interface-rx.js';
import * as ip from './ip.js';
import * as neighbor from './ip-neighbor.js';
import * as nd from './ip6-nd.js';
import * as ipfixExport from './ipfix-export.js';
import * as l2 from './l2.js';
import * as lacp from './lacp.js';
import * as lldp from './lldp.js';
import * as memclnt from './memclnt.js';
import * as memif from './memif.js';
import * as mssClamp from './mss-clamp.js';
import * as nat44Ed from './nat44-ed.js';
import * as nat44EdPools from './nat44-ed-pools.js';
import * as nat44EdSessions from './nat44-ed-sessions.js';
import * as nat44Ei from './nat44-ei.js';
import * as nat44EiHa from './nat44-ei-ha.js';
import * as nat44EiPools from './nat44-ei-pools.js';
import * as ping from './ping.js';
import * as policer from './policer.js';
import * as punt from './punt.js';
import * as qos from './qos.js';
import * as svs from './svs.js';
import * as urpf from './urpf.js';
import * as vlib from './vlib.js';
import * as vpe from './vpe.js';
import * as vrrp from './vrrp.js';

const exported = (area: object): unknown[] => Object.values(area);
const isOperation = (value: unknown): value is Operation =>
  typeof value === 'object' && value !== null && 'pattern' in value;
const isEvent = (value: unknown): value is AnyMessage =>
  typeof value === 'object' && value !== null && 'header' in value && value.header === 'event';
const operationsOf = (areas: readonly object[]): Operation[] => areas.flatMap(exported).filter(isOperation);
const eventsOf = (areas: readonly object[]): AnyMessage[] => areas.flatMap(exported).filter(isEvent);

/** Areas that every VPP we run on offers: its core, and the plugins a gateway cannot do without. */
const baseAreas: readonly object[] = [
  ...[memclnt, vpe, vlib, intf, interfaceRx, ip, fib, neighbor, arp, nd, policer, acl, dhcp, urpf, afPacket, memif],
  ...[bond, l2, feature, classify, qos, ipfixExport, punt],
];

/** Areas of plugins that an installation may leave out, by plugin. */
const pluginAreas = {
  abf: [abf],
  det44: [det44],
  flowprobe: [flowprobe],
  lacp: [lacp],
  lldp: [lldp],
  mss_clamp: [mssClamp],
  nat44_ed: [nat44Ed, nat44EdPools, nat44EdSessions],
  nat44_ei: [nat44Ei, nat44EiPools, nat44EiHa],
  ping: [ping],
  svs: [svs],
  vrrp: [vrrp],
} as const satisfies Record<string, readonly object[]>;

export type Plugin = keyof typeof pluginAreas;
const pluginNames = Object.keys(pluginAreas) as Plugin[];
const allPluginAreas = Object.values(pluginAreas).flat();

/** Every operation that a base VPP must offer. */
export const allOperations: readonly Operation[] = operationsOf(baseAreas);
/** Operations of plugins that may be absent: required only by who uses them, or asked after with `VppClient.supports`. */
export const optionalOperations: readonly Operation[] = operationsOf(allPluginAreas);
/** Every unsolicited message of a base VPP. */
export const allEvents: readonly AnyMessage[] = eventsOf(baseAreas);
/** Unsolicited messages of plugins that may be absent. */
export const optionalEvents: readonly AnyMessage[] = eventsOf(allPluginAreas);

/** The operations of one plugin. */
export const operationsOfPlugin = (plugin: Plugin): readonly Operation[] => operationsOf(pluginAreas[plugin]);

/** The plugin an operation comes with; undefined for those of a base VPP. */
export const pluginOf = (operation: Operation): Plugin | undefined =>
  pluginNames.find((plugin) => operationsOf(pluginAreas[plugin]).includes(operation));

/** The handshake's own two messages, which have fixed ids. */
export const handshakeMessages: readonly AnyMessage[] = [memclnt.sockclntCreate, memclnt.sockclntCreateReply];

/** All messages of an operation. */
export function messagesOf(operation: Operation): AnyMessage[] {
  switch (operation.pattern) {
    case 'call':
      return [operation.request, operation.reply];
    case 'dump':
      return [operation.request, operation.details];
    case 'stream':
      return [operation.request, operation.details, operation.reply];
  }
}
