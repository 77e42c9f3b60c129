import { SessionState } from '#gen/bng/v1/subs.js';
import { messageTypeName, OPTION } from '#lib/dhcp/options.js';
import { type DhcpPacket, messageType, option } from '#lib/dhcp/packet.js';
import type { RelayConfig } from '../config-relay.js';
import type { Answer } from '../servers/exchanges.js';
import { causeOf } from '../session/end-reasons.js';
import type { Families } from '../session/families.js';
import type { Leases } from '../session/leases.js';
import type { ServerLeases } from '../session/server-leases.js';
import type { Session } from '../session/session.js';
import type { DropReason, Drops } from './drops.js';
import { isNak, leaseOf, toClient } from './forward.js';
import type { ClientMessage } from './ingress.js';
import type { InFlight } from './intake.js';
import type { Responder } from './responder.js';
import type { Addressing, ServerLink } from './server-link.js';

export interface RelayedParts {
  link: ServerLink;
  responder: Responder;
  leases: Leases;
  serverLeases: ServerLeases;
  families: Pick<Families, 'leave'>;
  drops: Drops;
}

type Entry = InFlight<ClientMessage>;

const waits = ({ state }: Session): boolean => state === SessionState.OFFERED || state === SessionState.ACTIVE;

/**
 * Clients of groups that have DHCP servers of their own: RADIUS has admitted the session, the server gives the address,
 * and the client hears of it when it is in VPP.
 */
export class RelayedDhcp {
  constructor(private readonly parts: RelayedParts) {}

  /** The server's OFFER, when its address may be had. */
  async offer(entry: Entry, session: Session, rules: RelayConfig): Promise<void> {
    const { drops, responder, serverLeases } = this.parts;
    const answer = await this.ask(entry.message, session, { rules, preferred: session.upstream.server, serverId: '' });
    if (typeof answer === 'string') return drops.count(answer);
    const { reply, server } = answer;
    const lease = leaseOf(reply);
    if (lease === undefined) return this.refuse(session, answer, 'bad_answer', 'no address, lease time or identifier');
    if (!waits(session)) return drops.count('terminating');
    const { ipv4, serverId } = lease;
    const { group } = entry.message;
    const refused = serverLeases.hold(session, group, rules, ipv4, { server: server.name, serverId });
    if (refused === 'address_changed') this.leave(session, `${server.name} gives ${ipv4} instead of ${session.ipv4}`);
    if (refused !== undefined) return this.refuse(session, answer, refused, ipv4);
    this.noteOk(session, answer);
    responder.pass(entry.message, toClient(entry.message, reply));
  }

  /** A REQUEST for the address that the session has: the server's ACK makes it active, or extends it. */
  async lease(entry: Entry, session: Session, rules: RelayConfig, step: 'activate' | 'extend'): Promise<void> {
    const { drops, responder, leases } = this.parts;
    const answer = await this.ask(entry.message, session, this.addressing(entry.message, session, rules));
    if (typeof answer === 'string') return drops.count(answer);
    const { reply, server } = answer;
    if (isNak(reply)) return this.refused(entry.message, session, answer);
    const lease = leaseOf(reply);
    if (lease === undefined) return this.refuse(session, answer, 'bad_answer', 'no address, lease time or identifier');
    if (lease.ipv4 !== session.ipv4) return this.changed(entry.message, session, answer, lease.ipv4);
    session.upstream = { server: server.name, serverId: lease.serverId };
    const outcome = await leases[step](session, { ...entry.message.group, leaseS: lease.leaseS });
    if (!outcome.held) return drops.count(outcome.reason);
    if (step === 'activate') this.noteOk(session, answer);
    responder.pass(entry.message, toClient(entry.message, reply, session.leaseS));
  }

  /** A REQUEST that names the server is for that one alone; a renewal may be answered by any that knows the lease. */
  private addressing({ packet }: ClientMessage, { upstream }: Session, rules: RelayConfig): Addressing {
    const only = option(packet, OPTION.serverIdentifier) !== undefined;
    return { rules, preferred: upstream.server, serverId: only ? upstream.serverId : '', only };
  }

  /** The server's NAK goes to the client as it is, and the session's address is gone. */
  private refused(message: ClientMessage, session: Session, answer: Answer<DhcpPacket>): void {
    const text = option(answer.reply, OPTION.message) ?? '';
    this.refuse(session, answer, 'server_nak', text);
    this.leave(session, `the DHCP server ${answer.server.name} said NAK ${text}`.trim());
    this.parts.responder.pass(message, toClient(message, answer.reply));
  }

  /** Confirmed is not what was offered: the client starts anew. */
  private changed(message: ClientMessage, session: Session, answer: Answer<DhcpPacket>, ipv4: string): void {
    const text = `${answer.server.name} gives ${ipv4} instead of ${session.ipv4}`;
    this.refuse(session, answer, 'address_changed', text);
    this.leave(session, text);
    this.parts.responder.nak(message, 'another address was offered');
  }

  /** RELEASE and DECLINE are not answered. */
  tell(message: ClientMessage, { upstream }: Session, rules: RelayConfig): void {
    this.parts.link.tell(message, { rules, preferred: upstream.server, serverId: upstream.serverId });
  }

  async inform(message: ClientMessage, session: Session | undefined, rules: RelayConfig): Promise<void> {
    const { link, drops, responder } = this.parts;
    const answer = await link.ask(message, { rules, preferred: session?.upstream.server ?? '', serverId: '' });
    if (typeof answer === 'string') return drops.count(answer);
    responder.pass(message, toClient(message, answer.reply));
  }

  private async ask(
    message: ClientMessage,
    session: Session,
    to: Addressing,
  ): Promise<Answer<DhcpPacket> | DropReason> {
    const answer = await this.parts.link.ask(message, to);
    if (typeof answer !== 'string') return answer;
    const peer = to.only ? to.preferred : to.rules.servers.join(', ');
    this.parts.serverLeases.note(session, { outcome: answer, detail: `to ${message.type}`, peer });
    return answer;
  }

  private noteOk(session: Session, { reply, server, tookMs }: Answer<DhcpPacket>): void {
    const detail = `${messageTypeName(messageType(reply))} ${reply.yiaddr}`;
    this.parts.serverLeases.note(session, { detail, peer: server.name, tookMs });
  }

  private refuse(session: Session, { server, tookMs }: Answer<DhcpPacket>, outcome: DropReason, detail: string): void {
    this.parts.drops.count(outcome);
    this.parts.serverLeases.note(session, { outcome, detail, peer: server.name, tookMs });
  }

  private leave(session: Session, reason: string): void {
    this.parts.families.leave(session, 'ip4', causeOf('server_lease_lost'), reason).catch(() => {});
  }
}
