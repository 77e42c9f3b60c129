import type { OptionRow } from '../dhcp/options.js';
import {
  codes16,
  domainNames,
  empty,
  ip6,
  ip6List,
  linkLayerAddress,
  raw,
  remoteId,
  statusCode,
  u8,
  u16,
  u32,
  type ValueType,
  virtualSubnet,
} from './values.js';

const row = <T>(code: number, name: string, type: ValueType<T>): OptionRow<T> => ({ code, name, ...type });

/** Message types (RFC 8415 section 7.3). */
export const MESSAGE6 = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  decline: 9,
  reconfigure: 10,
  informationRequest: 11,
  relayForward: 12,
  relayReply: 13,
} as const;
export type Message6Name = keyof typeof MESSAGE6;

const messageNames = new Map(Object.entries(MESSAGE6).map(([name, code]) => [code as number, name]));
/** Name of a message type for logs and counters; undefined for one that is not in the table. */
export const message6Name = (type: number): Message6Name | undefined =>
  messageNames.get(type) as Message6Name | undefined;

/** Status codes (RFC 8415 section 21.13). */
export const STATUS6 = {
  success: 0,
  unspecFail: 1,
  noAddrsAvail: 2,
  noBinding: 3,
  notOnLink: 4,
  useMulticast: 5,
  noPrefixAvail: 6,
} as const;

/** Codes whose data holds options of its own: see association.ts and packet.ts. */
export const IA_NA = 3;
export const IA_TA = 4;
export const IA_ADDRESS = 5;
export const RELAY_MESSAGE = 9;
export const IA_PD = 25;
export const IA_PREFIX = 26;

/** The option table: RFC 8415 unless noted. A new option is one row here. */
export const OPTION6 = {
  clientId: row(1, 'client-id', raw),
  serverId: row(2, 'server-id', raw),
  /** Codes the client wants (ORO). */
  requested: row(6, 'oro', codes16),
  preference: row(7, 'preference', u8),
  /** Hundredths of a second since the client began. */
  elapsed: row(8, 'elapsed-time', u16),
  unicast: row(12, 'server-unicast', ip6),
  status: row(13, 'status-code', statusCode),
  rapidCommit: row(14, 'rapid-commit', empty),
  userClass: row(15, 'user-class', raw),
  vendorClass: row(16, 'vendor-class', raw),
  vendorOptions: row(17, 'vendor-opts', raw),
  interfaceId: row(18, 'interface-id', raw),
  /** RFC 3646 */
  dnsServers: row(23, 'dns-servers', ip6List),
  /** RFC 3646 */
  domainList: row(24, 'domain-search', domainNames),
  /** RFC 4075; RFC 5908 has a newer form. */
  sntpServers: row(31, 'sntp-servers', ip6List),
  /** Seconds after which the client asks for the configuration again. */
  informationRefresh: row(32, 'information-refresh-time', u32),
  /** RFC 4649 */
  remoteId: row(37, 'remote-id', remoteId),
  /** RFC 4580 */
  subscriberId: row(38, 'subscriber-id', raw),
  /** RFC 4704, flags and name kept raw. */
  clientFqdn: row(39, 'client-fqdn', raw),
  /** RFC 6607 */
  virtualSubnet: row(68, 'virtual-subnet-selection', virtualSubnet),
  /** RFC 6939 */
  linkLayerAddress: row(79, 'client-linklayer-addr', linkLayerAddress),
  solMaxRt: row(82, 'sol-max-rt', u32),
} as const;

const rowsByCode = new Map<number, OptionRow<unknown>>(
  Object.values(OPTION6).map((entry) => [entry.code, entry as OptionRow<unknown>]),
);

const structured = new Map([
  [IA_NA, 'ia-na'],
  [IA_TA, 'ia-ta'],
  [IA_ADDRESS, 'ia-address'],
  [RELAY_MESSAGE, 'relay-message'],
  [IA_PD, 'ia-pd'],
  [IA_PREFIX, 'ia-prefix'],
]);

/** Name of an option as operators write it, its number when it is not in the table. */
export const option6Name = (code: number): string =>
  rowsByCode.get(code)?.name ?? structured.get(code) ?? `option ${code}`;
