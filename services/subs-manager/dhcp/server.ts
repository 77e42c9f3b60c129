import { SessionState, type TerminateCause } from '#gen/bng/v1/subs.js';
import { OPTION } from '#lib/dhcp/options.js';
import { option } from '#lib/dhcp/packet.js';
import type { Clock } from '#lib/kernel/clock.js';
import type { Log } from '#lib/kernel/log.js';
import { ANY_IP4 } from '#lib/net/address.js';
import type { SubsMetrics } from '../metrics.js';
import type { Attach } from '../session/attach.js';
import { causeOf } from '../session/end-reasons.js';
import type { Families } from '../session/families.js';
import type { Leases } from '../session/leases.js';
import type { Session } from '../session/session.js';
import type { SessionIndex } from '../session/session-index.js';
import type { Terminator } from '../session/terminator.js';
import { inItsVrf } from '../session/vrf.js';
import type { Drops } from './drops.js';
import type { ClientMessage } from './ingress.js';
import type { InFlight as Entry } from './intake.js';
import type { Refusals } from './refusals.js';
import type { RelayedDhcp } from './relayed.js';
import { judgeRequest } from './request-rules.js';
import type { Responder } from './responder.js';

export interface DhcpServerParts {
  responder: Responder;
  relayed: RelayedDhcp;
  drops: Drops;
  refusals: Pick<Refusals, 'add'>;
  index: SessionIndex;
  attach: Attach;
  leases: Leases;
  terminator: Terminator;
  families: Pick<Families, 'leave'>;
  clock: Clock;
  log: Log;
  metrics: SubsMetrics;
}

type InFlight = Entry<ClientMessage>;

/** DHCPv4 server behind VPP's relay (RFC 2131 section 4.3): decides what each client message means for its session. */
export class DhcpServer {
  constructor(private readonly parts: DhcpServerParts) {}

  /** One message of a client. */
  serve(entry: InFlight): Promise<void> {
    switch (entry.message.type) {
      case 'discover':
        return this.discover(entry);
      case 'request':
        return this.request(entry);
      case 'decline':
        return this.decline(entry.message);
      case 'release':
        return this.release(entry.message);
      case 'inform':
        return this.inform(entry.message);
    }
  }

  private async discover(entry: InFlight): Promise<void> {
    const { attach, drops, refusals, clock, metrics, responder, relayed } = this.parts;
    const { packet, identity, line, place, group, fresh, relay } = entry.message;
    if (place === undefined)
      return refusals.add('no_place', relay.address, { mac: identity.mac, line: line.name, detail: 'discover' });
    if (!fresh && this.sessionOf(entry.message)?.state !== SessionState.ACTIVE) return drops.count('stale_lines');
    const beganMs = clock.monotonicMs();
    const hint = option(packet, OPTION.requestedIp);
    const outcome = await attach.offer({ identity, line: line.name, place, group, hint, family: 'ip4' });
    if (!outcome.offered) return drops.count(outcome.reason);
    if (group.relay) await relayed.offer(entry, outcome.session, group.relay);
    else responder.offer(inItsVrf(entry.message, outcome.session), outcome.session);
    metrics.step('offer', clock.monotonicMs() - beganMs);
  }

  private async request(entry: InFlight): Promise<void> {
    const session = this.sessionOf(entry.message);
    const message = inItsVrf(entry.message, session);
    const { packet, group, gateway, fresh } = message;
    const verdict = judgeRequest(
      {
        ciaddr: packet.ciaddr,
        requestedIp: option(packet, OPTION.requestedIp),
        serverId: option(packet, OPTION.serverIdentifier),
      },
      { serverId: gateway, state: session?.state, held: session?.ipv4 ?? '', authoritative: group.authoritative },
    );
    if (verdict.do === 'silence') return this.parts.drops.count(verdict.reason);
    if (!fresh && verdict.do !== 'extend') return this.parts.drops.count('stale_lines');
    if (verdict.do === 'nak') return this.parts.responder.nak(message, verdict.reason);
    if (session === undefined) return;
    if (verdict.do === 'lapse') return this.lapse(session);
    await this.lease(entry, session, verdict.do);
  }

  private async lapse(session: Session): Promise<void> {
    this.parts.drops.count('other_server');
    await this.parts.terminator.lapse(session, 'the client took the offer of another server');
  }

  private async lease(entry: InFlight, session: Session, step: 'activate' | 'extend'): Promise<void> {
    const { leases, responder, relayed, drops } = this.parts;
    const { group } = entry.message;
    if (group.relay) return relayed.lease(entry, session, group.relay, step);
    const outcome = await leases[step](session, group);
    if (outcome.held) responder.ack(inItsVrf(entry.message, session), session);
    else drops.count(outcome.reason);
  }

  private async release(message: ClientMessage): Promise<void> {
    const session = this.sessionOf(message);
    const { ciaddr } = message.packet;
    if (!session || session.ipv4 !== ciaddr || !this.isUp(session)) return this.parts.drops.count('unmatched');
    if (message.group.relay) this.parts.relayed.tell(message, session, message.group.relay);
    this.leave(session, causeOf('released'), 'released', 0);
  }

  private async decline(message: ClientMessage): Promise<void> {
    const session = this.sessionOf(message);
    const declined = option(message.packet, OPTION.requestedIp);
    if (!session || session.ipv4 !== declined || !this.isUp(session)) return this.parts.drops.count('unmatched');
    if (message.group.relay) this.parts.relayed.tell(message, session, message.group.relay);
    const untilMs = this.parts.clock.nowMs() + message.group.declineHoldS * 1000;
    this.leave(session, causeOf('declined'), `${declined} declined: in use by another host`, untilMs);
  }

  private isUp({ state }: Session): boolean {
    return state === SessionState.ACTIVE || state === SessionState.OFFERED;
  }

  /** Neither a release nor a decline is answered, so nobody waits for the end. */
  private leave(session: Session, cause: TerminateCause, reason: string, quarantineUntilMs: number): void {
    const { families, log } = this.parts;
    families
      .leave(session, 'ip4', cause, reason, quarantineUntilMs)
      .catch((error) => log.debug({ sessionId: session.id, err: error }, 'end is left to the next start'));
  }

  /** Configuration for a client that has its address from elsewhere (RFC 2131 section 4.3.5). */
  private async inform(message: ClientMessage): Promise<void> {
    if (message.packet.ciaddr === ANY_IP4) return this.parts.drops.count('unmatched');
    const { relayed, responder } = this.parts;
    const { relay } = message.group;
    const session = this.sessionOf(message);
    if (relay) return relayed.inform(message, session, relay);
    responder.inform(message, session?.ipv4 === message.packet.ciaddr ? session : undefined);
  }

  /** Renewals may come without the access node's word on the place; a word that fits no session finds none. */
  private sessionOf({ line, place, identity }: ClientMessage): Session | undefined {
    const { index } = this.parts;
    return place === undefined ? index.onLine(line.name, identity.mac) : index.ofSubscriber(place, identity.mac);
  }
}
