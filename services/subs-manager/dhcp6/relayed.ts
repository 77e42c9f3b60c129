import { SessionState } from '#gen/bng/v1/subs.js';
import { MESSAGE6, message6Name, OPTION6 } from '#lib/dhcp6/options.js';
import { type Dhcp6Message, option6 } from '#lib/dhcp6/packet.js';
import type { RelayConfig } from '../config-relay.js';
import type { DropReason, Drops } from '../dhcp/drops.js';
import type { InFlight } from '../dhcp/intake.js';
import type { Answer } from '../servers/exchanges.js';
import { causeOf } from '../session/end-reasons.js';
import type { Families } from '../session/families.js';
import type { Client6, Leases6 } from '../session/leases6.js';
import type { ServerLeases } from '../session/server-leases.js';
import type { Session } from '../session/session.js';
import { wantOf } from './answers.js';
import { grantIn, type ServerGrant, toClient6 } from './forward.js';
import type { ClientMessage6 } from './ingress.js';
import type { Responder6 } from './responder.js';
import type { Addressing6, ServerLink6 } from './server-link.js';

export interface Relayed6Parts {
  link: ServerLink6;
  responder: Responder6;
  leases6: Leases6;
  serverLeases: Pick<ServerLeases, 'note' | 'refusal6'>;
  families: Pick<Families, 'leave'>;
  drops: Drops;
}

type Entry = InFlight<ClientMessage6>;

const isFor = ({ packet }: ClientMessage6): boolean => option6(packet.message, OPTION6.serverId) !== undefined;

/**
 * Clients of groups that have DHCPv6 servers of their own: RADIUS has admitted the session, the server gives address and
 * prefix, and the client hears of them when they are in VPP.
 */
export class RelayedDhcp6 {
  constructor(private readonly parts: Relayed6Parts) {}

  /**
   * Any message that asks for, or goes on with, address and prefix. An ADVERTISE only passes through; with a REPLY the
   * session has what the server gives.
   */
  async serve(entry: Entry, session: Session, rules: RelayConfig, client: Client6): Promise<void> {
    const { drops } = this.parts;
    const answer = await this.ask(entry.message, session, rules);
    if (typeof answer === 'string') return drops.count(answer);
    const { reply, server } = answer;
    const grant = grantIn(reply);
    if (grant === undefined) return this.refuse(session, answer, 'bad_answer', 'cannot be read, or gives too much');
    const refused = this.parts.serverLeases.refusal6(session, rules, grant);
    if (refused !== undefined)
      return this.refuse(session, answer, refused, `${grant.address} ${grant.delegated}`.trim());
    const duid = Buffer.from(option6(reply, OPTION6.serverId) ?? []).toString('hex');
    if (!session.ip6.up) Object.assign(session.ip6, { server: server.name, serverDuid: duid });
    if (reply.type === MESSAGE6.advertise) return this.pass(entry.message, session, answer);
    if (grant.leaseS === 0) return this.nothing(entry.message, session, answer);
    await this.take(entry, session, answer, grant, { ...client, server: server.name, serverDuid: duid });
  }

  private async take(
    entry: Entry,
    session: Session,
    answer: Answer<Dhcp6Message>,
    grant: ServerGrant,
    client: Client6,
  ): Promise<void> {
    const { drops, leases6 } = this.parts;
    const { group } = entry.message;
    const first = !session.ip6.up;
    const asked = wantOf(entry.message.associations);
    const given = {
      address: asked.address === undefined ? session.ip6.address : grant.address,
      delegated: asked.delegated === undefined ? session.ip6.delegated : grant.delegated,
    };
    const lasting = { ...group, ipv6: { ...group.ipv6, leaseS: grant.leaseS } };
    const outcome = await leases6.adopt(session, lasting, client, given);
    if (!outcome.held) return drops.count(outcome.reason);
    this.pass(entry.message, session, answer, session.ip6.leaseS, first);
  }

  /** The server knows no lease (any more): the client hears it, and what the session had is gone. */
  private nothing(message: ClientMessage6, session: Session, answer: Answer<Dhcp6Message>): void {
    const { families } = this.parts;
    if (session.state === SessionState.ACTIVE && session.ip6.up) {
      const reason = `the DHCPv6 server ${answer.server.name} has no lease`;
      this.refuse(session, answer, 'server_nak', reason);
      families.leave(session, 'ip6', causeOf('server_lease_lost'), reason).catch(() => {});
    }
    this.pass(message, session, answer);
  }

  /** RELEASE and DECLINE: nobody waits for the server, it is asked as long as it takes. */
  tell(message: ClientMessage6, session: Session, rules: RelayConfig): void {
    this.ask(message, session, rules).catch(() => {});
  }

  /** Configuration only, for any client. */
  async information(message: ClientMessage6, rules: RelayConfig): Promise<void> {
    const { link, drops, responder } = this.parts;
    const answer = await link.ask(message, { rules, preferred: '', serverDuid: '', only: false });
    if (typeof answer === 'string') return drops.count(answer);
    responder.pass(message, toClient6(message, answer.reply, responder.serverId));
  }

  /** A message that names the server is for that one; without its lease any may answer, and RENEW is one of those. */
  private async ask(message: ClientMessage6, session: Session, rules: RelayConfig) {
    const { server: preferred, serverDuid } = session.ip6;
    const to: Addressing6 = { rules, preferred, serverDuid: isFor(message) ? serverDuid : '', only: isFor(message) };
    const answer = await this.parts.link.ask(message, to);
    if (typeof answer === 'string') {
      const peer = to.only ? preferred : rules.servers.join(', ');
      this.parts.serverLeases.note(session, { outcome: answer, detail: `to ${message.type}`, peer });
    }
    return answer;
  }

  private pass(
    message: ClientMessage6,
    session: Session,
    { reply, server, tookMs }: Answer<Dhcp6Message>,
    leaseS?: number,
    told = reply.type === MESSAGE6.advertise,
  ): void {
    const { responder, serverLeases } = this.parts;
    const { address, delegated } = session.ip6;
    const detail = `${message6Name(reply.type)} ${address} ${delegated}`.trim();
    if (told) serverLeases.note(session, { detail, peer: server.name, tookMs });
    responder.pass(message, toClient6(message, reply, responder.serverId, leaseS));
  }

  private refuse(
    session: Session,
    { server, tookMs }: Answer<Dhcp6Message>,
    outcome: DropReason,
    detail: string,
  ): void {
    this.parts.drops.count(outcome);
    this.parts.serverLeases.note(session, { outcome, detail, peer: server.name, tookMs });
  }
}
