import { ANY_IP4 } from '../net/address.js';
import { MESSAGE_TYPE, OPTION } from './options.js';
import {
  BOOTREPLY,
  BROADCAST_FLAG,
  type DhcpPacket,
  option,
  type RawOption,
  relayAgentOptions,
  withValue,
} from './packet.js';

/** What a server grants. */
export interface LeaseGrant {
  yiaddr: string;
  serverId: string;
  leaseS: number;
  /** Defaults: half and seven eighths of the lease (RFC 2131 section 4.4.5). */
  renewalS?: number;
  rebindingS?: number;
  /** Configuration options (mask, routers, DNS ...), in the order wanted. */
  options?: readonly RawOption[];
  /** Codes among them that go out whether the client asked or not, beside mask and routers. */
  always?: readonly number[];
}

const reply = (request: DhcpPacket, changes: Partial<DhcpPacket>): DhcpPacket => ({
  op: BOOTREPLY,
  htype: request.htype,
  hops: 0,
  xid: request.xid,
  secs: 0,
  flags: request.flags,
  ciaddr: ANY_IP4,
  yiaddr: ANY_IP4,
  siaddr: ANY_IP4,
  giaddr: request.giaddr,
  mac: request.mac,
  sname: '',
  file: '',
  options: [],
  ...changes,
});

/** Client identifier (RFC 6842) and each option 82 instance byte for byte, in order, at the end (RFC 3046 section 2.2). */
function echoed(request: DhcpPacket): RawOption[] {
  const clientId = option(request, OPTION.clientIdentifier);
  return [
    ...(clientId === undefined ? [] : [withValue(OPTION.clientIdentifier, clientId)]),
    ...relayAgentOptions(request),
  ];
}

const head = (type: number, serverId: string): RawOption[] => [
  withValue(OPTION.messageType, type),
  withValue(OPTION.serverIdentifier, serverId),
];

/** What the client asked for in option 55 keeps; all options when it sent no list. */
function asked(request: DhcpPacket, options: readonly RawOption[]): RawOption[] {
  const list = option(request, OPTION.parameterRequestList);
  return list === undefined ? [...options] : options.filter(({ code }) => list.includes(code));
}

function times(grant: LeaseGrant): RawOption[] {
  return [
    withValue(OPTION.leaseTimeS, grant.leaseS),
    withValue(OPTION.renewalTimeS, grant.renewalS ?? Math.floor(grant.leaseS / 2)),
    withValue(OPTION.rebindingTimeS, grant.rebindingS ?? Math.floor((grant.leaseS * 7) / 8)),
  ];
}

/** DHCPOFFER (RFC 2131 table 3). Mask and routers go out always, other options when the client's list has them. */
export function buildOffer(discover: DhcpPacket, grant: LeaseGrant): DhcpPacket {
  return granted(discover, grant, MESSAGE_TYPE.offer, ANY_IP4);
}

/** DHCPACK of a REQUEST (RFC 2131 table 3): `ciaddr` is the request's. */
export function buildAck(request: DhcpPacket, grant: LeaseGrant): DhcpPacket {
  return granted(request, grant, MESSAGE_TYPE.ack, request.ciaddr);
}

function granted(request: DhcpPacket, grant: LeaseGrant, type: number, ciaddr: string): DhcpPacket {
  const essential = [OPTION.subnetMask.code, OPTION.routers.code, ...(grant.always ?? [])];
  const options = grant.options ?? [];
  return reply(request, {
    ciaddr,
    yiaddr: grant.yiaddr,
    options: [
      ...head(type, grant.serverId),
      ...times(grant),
      ...options.filter(({ code }) => essential.includes(code)),
      ...asked(
        request,
        options.filter(({ code }) => !essential.includes(code)),
      ),
      ...echoed(request),
    ],
  });
}

/** DHCPACK of an INFORM (RFC 2131 section 4.3.5): configuration only, no address and no times. */
export function buildInformAck(inform: DhcpPacket, serverId: string, options: readonly RawOption[] = []): DhcpPacket {
  return reply(inform, {
    ciaddr: inform.ciaddr,
    options: [...head(MESSAGE_TYPE.ack, serverId), ...asked(inform, options), ...echoed(inform)],
  });
}

/** DHCPNAK; through a relay the broadcast bit is set (RFC 2131 section 4.3.2). */
export function buildNak(request: DhcpPacket, serverId: string, message?: string): DhcpPacket {
  const text = message === undefined ? [] : [withValue(OPTION.message, message)];
  return reply(request, {
    flags: request.giaddr === ANY_IP4 ? request.flags : request.flags | BROADCAST_FLAG,
    options: [...head(MESSAGE_TYPE.nak, serverId), ...text, ...echoed(request)],
  });
}
