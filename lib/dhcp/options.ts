import {
  classlessRoutes,
  codes,
  empty,
  flag,
  ip4,
  ip4List,
  raw,
  text,
  u8,
  u16,
  u32,
  type ValueType,
} from './values.js';

/** One option: its code, its name as operators write it, and both directions of its value. */
export interface OptionRow<T> extends ValueType<T> {
  readonly code: number;
  readonly name: string;
}

const row = <T>(code: number, name: string, type: ValueType<T>): OptionRow<T> => ({ code, name, ...type });

/** Structure codes that carry no value (RFC 2132 section 3). */
export const PAD = 0;
export const END = 255;
/** Relay agent information (RFC 3046): kept instance by instance, see relay-agent.ts. */
export const RELAY_AGENT = 82;

/** Value of option 53 (RFC 2132 section 9.6, RFC 4388 for the lease query). */
export const MESSAGE_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;
export type MessageTypeName = keyof typeof MESSAGE_TYPE;

const messageNames = new Map(Object.entries(MESSAGE_TYPE).map(([name, code]) => [code as number, name]));
/** Name of an option 53 value for logs and counters; undefined for one that is not in the table. */
export const messageTypeName = (type: number): MessageTypeName | undefined =>
  messageNames.get(type) as MessageTypeName | undefined;

/** The option table: RFC 2132 unless noted. Times are seconds. A new option is one row here. */
export const OPTION = {
  subnetMask: row(1, 'subnet-mask', ip4),
  routers: row(3, 'routers', ip4List),
  domainNameServers: row(6, 'domain-name-servers', ip4List),
  logServers: row(7, 'log-servers', ip4List),
  hostName: row(12, 'host-name', text),
  domainName: row(15, 'domain-name', text),
  ipForwarding: row(19, 'ip-forwarding', flag),
  interfaceMtu: row(26, 'interface-mtu', u16),
  broadcastAddress: row(28, 'broadcast-address', ip4),
  ntpServers: row(42, 'ntp-servers', ip4List),
  vendorSpecific: row(43, 'vendor-encapsulated-options', raw),
  requestedIp: row(50, 'requested-address', ip4),
  leaseTimeS: row(51, 'lease-time', u32),
  overload: row(52, 'option-overload', u8),
  messageType: row(53, 'message-type', u8),
  serverIdentifier: row(54, 'server-identifier', ip4),
  parameterRequestList: row(55, 'parameter-request-list', codes),
  message: row(56, 'message', text),
  maximumMessageSize: row(57, 'maximum-message-size', u16),
  renewalTimeS: row(58, 'renewal-time', u32),
  rebindingTimeS: row(59, 'rebinding-time', u32),
  vendorClass: row(60, 'vendor-class-identifier', text),
  clientIdentifier: row(61, 'client-identifier', raw),
  tftpServerName: row(66, 'tftp-server-name', text),
  bootFileName: row(67, 'boot-file-name', text),
  userClass: row(77, 'user-class', raw),
  /** RFC 4039 */
  rapidCommit: row(80, 'rapid-commit', empty),
  /** RFC 2563 */
  autoConfigure: row(116, 'auto-configure', u8),
  /** RFC 3011 */
  subnetSelection: row(118, 'subnet-selection', ip4),
  /** RFC 3397, compressed DNS names kept raw */
  domainSearch: row(119, 'domain-search', raw),
  /** RFC 3442 */
  classlessRoutes: row(121, 'classless-static-routes', classlessRoutes),
  /** RFC 3925 */
  vendorIdentifyingClass: row(124, 'vendor-identifying-class', raw),
  vendorIdentifyingSpecific: row(125, 'vendor-identifying-specific', raw),
} as const;

const rowsByCode = new Map<number, OptionRow<unknown>>(
  Object.values(OPTION).map((entry) => [entry.code, entry as OptionRow<unknown>]),
);

/** The row of a code, undefined for options that are only carried. */
export const optionByCode = (code: number): OptionRow<unknown> | undefined => rowsByCode.get(code);
