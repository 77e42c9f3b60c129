import { ANY_IP4 } from '../net/address.js';
import { MESSAGE_TYPE, type MessageTypeName, OPTION } from './options.js';
import { BOOTREQUEST, BROADCAST_FLAG, type DhcpPacket, type RawOption, withValue } from './packet.js';

/** What a client sends; unset fields are left out of the packet. */
export interface ClientMessage {
  type: MessageTypeName;
  mac: string;
  xid: number;
  /** The client's own address when renewing or releasing. */
  ciaddr?: string;
  requestedIp?: string;
  serverId?: string;
  hostName?: string;
  clientId?: Uint8Array;
  vendorClass?: string;
  /** Option codes of option 55. */
  asks?: number[];
  /** Asks for a broadcast reply. */
  broadcast?: boolean;
  secs?: number;
  /** Further options, an access node's option 82 for instance, appended as they are. */
  extra?: readonly RawOption[];
}

/** A client's packet (RFC 2131 table 5), for simulated clients and tests. */
export function buildClientMessage(message: ClientMessage): DhcpPacket {
  const options = [withValue(OPTION.messageType, MESSAGE_TYPE[message.type])];
  if (message.clientId) options.push(withValue(OPTION.clientIdentifier, message.clientId));
  if (message.requestedIp) options.push(withValue(OPTION.requestedIp, message.requestedIp));
  if (message.serverId) options.push(withValue(OPTION.serverIdentifier, message.serverId));
  if (message.hostName) options.push(withValue(OPTION.hostName, message.hostName));
  if (message.vendorClass) options.push(withValue(OPTION.vendorClass, message.vendorClass));
  if (message.asks) options.push(withValue(OPTION.parameterRequestList, message.asks));
  return {
    op: BOOTREQUEST,
    htype: 1,
    hops: 0,
    xid: message.xid,
    secs: message.secs ?? 0,
    flags: message.broadcast ? BROADCAST_FLAG : 0,
    ciaddr: message.ciaddr ?? ANY_IP4,
    yiaddr: ANY_IP4,
    siaddr: ANY_IP4,
    giaddr: ANY_IP4,
    mac: message.mac,
    sname: '',
    file: '',
    options: [...options, ...(message.extra ?? [])],
  };
}
