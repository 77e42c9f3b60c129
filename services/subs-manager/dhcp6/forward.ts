import { type Association, associations, encodeAssociation } from '#lib/dhcp6/association.js';
import { status6 } from '#lib/dhcp6/message.js';
import { IA_NA, IA_PD, IA_TA, OPTION6 } from '#lib/dhcp6/options.js';
import {
  type Dhcp6Message,
  type Dhcp6Packet,
  HOP_COUNT_LIMIT,
  type RawOption6,
  withValue6,
} from '#lib/dhcp6/packet.js';
import { withStatus } from './answers.js';
import type { ClientMessage6 } from './ingress.js';

const isAssociation = ({ code }: RawOption6): boolean => code === IA_NA || code === IA_PD || code === IA_TA;

/** The first association of each kind goes to the server, as a session has one address and one prefix. */
const forServer = (asked: readonly Association[]): Association[] =>
  asked.filter((one) => one === asked.find(({ kind }) => kind === one.kind));

/**
 * The client's message for a DHCPv6 server: we are the relay in VPP's place, with the line's name as interface-id. What
 * access nodes said before stays inside. `serverId` takes the place of the one the client names, which is ours; empty:
 * it names none. Undefined when it has come through too many relays.
 */
export function toServer6({ packet, line, associations: asked }: ClientMessage6, serverId: Uint8Array) {
  const { message } = packet;
  const [vpp, ...nodes] = packet.relays;
  if (vpp === undefined || vpp.hopCount >= HOP_COUNT_LIMIT) return undefined;
  const options = message.options.flatMap((one): RawOption6[] => {
    if (isAssociation(one)) return [];
    if (one.code !== OPTION6.serverId.code) return [one];
    return serverId.length === 0 ? [] : [withValue6(OPTION6.serverId, serverId)];
  });
  const named = withValue6(OPTION6.interfaceId, Buffer.from(line.name));
  const ours = { ...vpp, options: [named, ...vpp.options.filter(({ code }) => code !== OPTION6.interfaceId.code)] };
  const relayed: Dhcp6Packet = {
    relays: [ours, ...nodes],
    message: { ...message, options: [...options, ...forServer(asked).map(encodeAssociation)] },
  };
  return relayed;
}

/** What a server grants: at most one address and one prefix. */
export interface ServerGrant {
  address: string;
  delegated: string;
  /** The shorter of the two lifetimes; 0 when nothing is granted. */
  leaseS: number;
}

/** `lease_s` of a session's row is a 32-bit integer; a server may say "for ever". */
const MAX_LEASE_S = 0x7fffffff;

/** Undefined for an answer that cannot be read, or grants more than a session can have. */
export function grantIn(reply: Dhcp6Message): ServerGrant | undefined {
  const found = associations(reply);
  if (!found.ok) return undefined;
  const valid = (kind: Association['kind']) =>
    found.value.filter((one) => one.kind === kind).flatMap(({ leases }) => leases.filter(({ validS }) => validS > 0));
  const [na, pd] = [valid('na'), valid('pd')];
  if (na.length > 1 || pd.length > 1) return undefined;
  const times = [...na, ...pd].map(({ validS }) => validS);
  const leaseS = times.length === 0 ? 0 : Math.min(MAX_LEASE_S, ...times);
  return { address: na[0]?.value ?? '', delegated: pd[0]?.value ?? '', leaseS };
}

function shortened(one: Association, leaseS: number): Association {
  const leases = one.leases.map((lease) => ({
    ...lease,
    preferredS: Math.min(lease.preferredS, leaseS),
    validS: Math.min(lease.validS, leaseS),
  }));
  return { ...one, t1S: Math.min(one.t1S, leaseS), t2S: Math.min(one.t2S, leaseS), leases };
}

const noneLeft = status6('noAddrsAvail', 'one address and one prefix for a line');

/**
 * The server's answer for the client, with our DUID in it, so that renewals come through us and any server may take them.
 * No lifetime is longer than `leaseS`, what is left to the session.
 */
export function toClient6(
  { packet, associations: asked }: ClientMessage6,
  reply: Dhcp6Message,
  serverId: Uint8Array,
  leaseS = MAX_LEASE_S,
): Dhcp6Message {
  const found = associations(reply);
  const given = (found.ok ? found.value : []).map((one) => shortened(one, leaseS));
  const left = asked.filter((one) => !forServer(asked).includes(one));
  const replaced: number[] = [OPTION6.serverId.code, OPTION6.unicast.code];
  return {
    type: reply.type,
    transactionId: packet.message.transactionId,
    options: [
      ...reply.options.filter((one) => !isAssociation(one) && !replaced.includes(one.code)),
      withValue6(OPTION6.serverId, serverId),
      ...[...given, ...withStatus(left, noneLeft)].map(encodeAssociation),
    ],
  };
}
