import { type Association, encodeAssociation } from './association.js';
import { MESSAGE6, type Message6Name, OPTION6, STATUS6 } from './options.js';
import { type Dhcp6Message, type Dhcp6Packet, option6, type RawOption6, type Relay6, withValue6 } from './packet.js';
import type { StatusCode } from './values.js';

/** What a client sends; unset fields are left out of the message. */
export interface Client6Message {
  type: Message6Name;
  transactionId: number;
  clientId: Uint8Array;
  serverId?: Uint8Array | undefined;
  associations?: readonly Association[];
  /** Option codes of the ORO. */
  asks?: readonly number[];
  rapidCommit?: boolean;
  /** Hundredths of a second. */
  elapsed?: number;
  extra?: readonly RawOption6[];
}

/** A client's message, for simulated clients and tests. */
export function buildClient6(message: Client6Message): Dhcp6Message {
  const options = [withValue6(OPTION6.clientId, message.clientId)];
  if (message.serverId) options.push(withValue6(OPTION6.serverId, message.serverId));
  options.push(withValue6(OPTION6.elapsed, message.elapsed ?? 0));
  if (message.rapidCommit) options.push(withValue6(OPTION6.rapidCommit, true));
  if (message.asks) options.push(withValue6(OPTION6.requested, [...message.asks]));
  options.push(...(message.associations ?? []).map(encodeAssociation), ...(message.extra ?? []));
  return { type: MESSAGE6[message.type], transactionId: message.transactionId, options };
}

/** What a server answers. */
export interface Server6Message {
  type: 'advertise' | 'reply';
  serverId: Uint8Array;
  associations?: readonly Association[];
  /** Absent: success, which goes without saying. */
  status?: StatusCode | undefined;
  rapidCommit?: boolean;
  /** 255: the client waits for no other server. */
  preference?: number | undefined;
  /** Configuration; what the client's ORO does not ask for is left out. */
  options?: readonly RawOption6[];
}

/** The answer to a client's message: same transaction, the client's own DUID. */
export function buildServer6(request: Dhcp6Message, answer: Server6Message): Dhcp6Message {
  const clientId = option6(request, OPTION6.clientId);
  const asked = option6(request, OPTION6.requested) ?? [];
  const options: RawOption6[] = [];
  if (clientId !== undefined) options.push(withValue6(OPTION6.clientId, clientId));
  options.push(withValue6(OPTION6.serverId, answer.serverId));
  if (answer.preference !== undefined) options.push(withValue6(OPTION6.preference, answer.preference));
  if (answer.rapidCommit) options.push(withValue6(OPTION6.rapidCommit, true));
  options.push(...(answer.associations ?? []).map(encodeAssociation));
  if (answer.status !== undefined) options.push(withValue6(OPTION6.status, answer.status));
  options.push(...(answer.options ?? []).filter(({ code }) => asked.includes(code)));
  return { type: MESSAGE6[answer.type], transactionId: request.transactionId, options };
}

export const status6 = (code: keyof typeof STATUS6, message: string): StatusCode => ({ code: STATUS6[code], message });

/** What of a relay's options goes back with the answer (RFC 8415 section 19.3): the interface-id, which names the line. */
const echoed = ({ options }: Relay6): RawOption6[] => options.filter(({ code }) => code === OPTION6.interfaceId.code);

/** Wraps an answer for the way back through the relays its request came through (RFC 8415 section 19.3). */
export function relayed6({ relays }: Dhcp6Packet, message: Dhcp6Message): Dhcp6Packet {
  const back = relays.map((relay) => ({ ...relay, type: MESSAGE6.relayReply, options: echoed(relay) }));
  return { relays: back, message };
}
