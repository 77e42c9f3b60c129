import { type AttributeRow, attributeRow } from './attribute-row.js';
import { MESSAGE_AUTHENTICATOR } from './authenticator.js';
import {
  date,
  integer,
  interfaceId,
  ipv4Address,
  ipv6Address,
  ipv6Prefix,
  octets,
  text,
  type ValueCodec,
} from './value-codec.js';

function tagged<T>(name: string, type: number, codec: ValueCodec<T>): AttributeRow<T> {
  return attributeRow(name, type, codec, { tagged: true });
}

/** Service-Type values used here (RFC 2865 section 5.6). */
export const ServiceType = { framed: 2, authorizeOnly: 17 } as const;
/**
 * NAS-Port-Type values (RFC 2865 section 5.41, IANA registry).
 * @public
 */
export const NasPortType = { virtual: 5, ethernet: 15, xdsl: 16, pppoeoe: 32, pppoeovlan: 33, pppoeoqinq: 34 } as const;
/** Acct-Status-Type values (RFC 2866 section 5.1). */
export const AcctStatusType = { start: 1, stop: 2, interimUpdate: 3, accountingOn: 7, accountingOff: 8 } as const;
/** Acct-Authentic values (RFC 2866 section 5.6). */
export const AcctAuthentic = { radius: 1, local: 2, remote: 3 } as const;
/** Acct-Terminate-Cause values (RFC 2866 section 5.10). */
export const AcctTerminateCause = {
  userRequest: 1,
  lostCarrier: 2,
  lostService: 3,
  idleTimeout: 4,
  sessionTimeout: 5,
  adminReset: 6,
  adminReboot: 7,
  portError: 8,
  nasError: 9,
  nasRequest: 10,
  nasReboot: 11,
  portUnneeded: 12,
  portPreempted: 13,
  portSuspended: 14,
  serviceUnavailable: 15,
  callback: 16,
  userError: 17,
  hostRequest: 18,
} as const;
/** Error-Cause values (RFC 5176 section 3.5). */
export const ErrorCause = {
  residualContextRemoved: 201,
  invalidEapPacket: 202,
  unsupportedAttribute: 401,
  missingAttribute: 402,
  nasIdentificationMismatch: 403,
  invalidRequest: 404,
  unsupportedService: 405,
  unsupportedExtension: 406,
  invalidAttributeValue: 407,
  administrativelyProhibited: 501,
  requestNotRoutable: 502,
  sessionContextNotFound: 503,
  sessionContextNotRemovable: 504,
  otherProxyProcessingError: 505,
  resourcesUnavailable: 506,
  requestInitiated: 507,
  multipleSessionSelectionUnsupported: 508,
} as const;

/** `unsupported_attribute` for 401 and so on; the number as text when it is none of ours. */
export function errorCauseName(code: number): string {
  const found = Object.entries(ErrorCause).find(([, number]) => number === code);
  return found?.[0].replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) ?? String(code);
}

/** Attributes of the standard space, RFC 2865, 2866, 2868, 2869, 3162, 4372, 4818, 5176, 6911. */
export const attributes = {
  userName: attributeRow('User-Name', 1, text),
  userPassword: attributeRow('User-Password', 2, text, { encrypt: 1 }),
  chapPassword: attributeRow('CHAP-Password', 3, octets),
  nasIpAddress: attributeRow('NAS-IP-Address', 4, ipv4Address),
  nasPort: attributeRow('NAS-Port', 5, integer),
  serviceType: attributeRow('Service-Type', 6, integer),
  framedProtocol: attributeRow('Framed-Protocol', 7, integer),
  framedIpAddress: attributeRow('Framed-IP-Address', 8, ipv4Address),
  framedIpNetmask: attributeRow('Framed-IP-Netmask', 9, ipv4Address),
  filterId: attributeRow('Filter-Id', 11, text),
  framedMtu: attributeRow('Framed-MTU', 12, integer),
  replyMessage: attributeRow('Reply-Message', 18, text),
  framedRoute: attributeRow('Framed-Route', 22, text),
  state: attributeRow('State', 24, octets),
  class: attributeRow('Class', 25, octets),
  sessionTimeout: attributeRow('Session-Timeout', 27, integer),
  idleTimeout: attributeRow('Idle-Timeout', 28, integer),
  terminationAction: attributeRow('Termination-Action', 29, integer),
  calledStationId: attributeRow('Called-Station-Id', 30, text),
  callingStationId: attributeRow('Calling-Station-Id', 31, text),
  nasIdentifier: attributeRow('NAS-Identifier', 32, text),
  proxyState: attributeRow('Proxy-State', 33, octets),
  acctStatusType: attributeRow('Acct-Status-Type', 40, integer),
  acctDelayTime: attributeRow('Acct-Delay-Time', 41, integer),
  acctInputOctets: attributeRow('Acct-Input-Octets', 42, integer),
  acctOutputOctets: attributeRow('Acct-Output-Octets', 43, integer),
  acctSessionId: attributeRow('Acct-Session-Id', 44, text),
  acctAuthentic: attributeRow('Acct-Authentic', 45, integer),
  acctSessionTime: attributeRow('Acct-Session-Time', 46, integer),
  acctInputPackets: attributeRow('Acct-Input-Packets', 47, integer),
  acctOutputPackets: attributeRow('Acct-Output-Packets', 48, integer),
  acctTerminateCause: attributeRow('Acct-Terminate-Cause', 49, integer),
  acctMultiSessionId: attributeRow('Acct-Multi-Session-Id', 50, text),
  acctInputGigawords: attributeRow('Acct-Input-Gigawords', 52, integer),
  acctOutputGigawords: attributeRow('Acct-Output-Gigawords', 53, integer),
  eventTimestamp: attributeRow('Event-Timestamp', 55, date),
  chapChallenge: attributeRow('CHAP-Challenge', 60, octets),
  nasPortType: attributeRow('NAS-Port-Type', 61, integer),
  tunnelType: tagged('Tunnel-Type', 64, integer),
  tunnelMediumType: tagged('Tunnel-Medium-Type', 65, integer),
  tunnelClientEndpoint: tagged('Tunnel-Client-Endpoint', 66, text),
  tunnelServerEndpoint: tagged('Tunnel-Server-Endpoint', 67, text),
  tunnelPassword: attributeRow('Tunnel-Password', 69, text, { tagged: true, encrypt: 2 }),
  connectInfo: attributeRow('Connect-Info', 77, text),
  eapMessage: attributeRow('EAP-Message', 79, octets),
  messageAuthenticator: attributeRow('Message-Authenticator', MESSAGE_AUTHENTICATOR, octets),
  tunnelPrivateGroupId: tagged('Tunnel-Private-Group-Id', 81, text),
  acctInterimInterval: attributeRow('Acct-Interim-Interval', 85, integer),
  nasPortId: attributeRow('NAS-Port-Id', 87, text),
  framedPool: attributeRow('Framed-Pool', 88, text),
  chargeableUserIdentity: attributeRow('Chargeable-User-Identity', 89, octets),
  nasIpv6Address: attributeRow('NAS-IPv6-Address', 95, ipv6Address),
  framedInterfaceId: attributeRow('Framed-Interface-Id', 96, interfaceId),
  framedIpv6Prefix: attributeRow('Framed-IPv6-Prefix', 97, ipv6Prefix),
  framedIpv6Route: attributeRow('Framed-IPv6-Route', 99, text),
  framedIpv6Pool: attributeRow('Framed-IPv6-Pool', 100, text),
  errorCause: attributeRow('Error-Cause', 101, integer),
  delegatedIpv6Prefix: attributeRow('Delegated-IPv6-Prefix', 123, ipv6Prefix),
  framedIpv6Address: attributeRow('Framed-IPv6-Address', 168, ipv6Address),
  dnsServerIpv6Address: attributeRow('DNS-Server-IPv6-Address', 169, ipv6Address),
  delegatedIpv6PrefixPool: attributeRow('Delegated-IPv6-Prefix-Pool', 171, text),
  statefulIpv6AddressPool: attributeRow('Stateful-IPv6-Address-Pool', 172, text),
} as const;
