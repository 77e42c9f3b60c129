import { SessionState } from '#gen/bng/v1/subs.js';
import type { Association } from '#lib/dhcp6/association.js';
import { status6 } from '#lib/dhcp6/message.js';
import { OPTION6 } from '#lib/dhcp6/options.js';
import { has6 } from '#lib/dhcp6/packet.js';
import type { Clock } from '#lib/kernel/clock.js';
import type { DropReason, Drops } from '../dhcp/drops.js';
import type { InFlight as Entry } from '../dhcp/intake.js';
import type { Refusals } from '../dhcp/refusals.js';
import type { Attach } from '../session/attach.js';
import { causeOf } from '../session/end-reasons.js';
import type { Families } from '../session/families.js';
import type { SessionIp6 } from '../session/ip6.js';
import type { Leases6 } from '../session/leases6.js';
import type { Session } from '../session/session.js';
import type { SessionIndex } from '../session/session-index.js';
import { granted, iaidsOf, isBound, wantOf, withStatus } from './answers.js';
import type { ClientMessage6 } from './ingress.js';
import type { RelayedDhcp6 } from './relayed.js';
import type { Responder6 } from './responder.js';

export interface Dhcp6ServerParts {
  responder: Responder6;
  relayed: RelayedDhcp6;
  drops: Drops;
  refusals: Pick<Refusals, 'add'>;
  index: SessionIndex;
  attach: Attach;
  leases6: Leases6;
  families: Families;
  clock: Clock;
}

type InFlight = Entry<ClientMessage6>;

const bound = (session: Session | undefined): session is Session =>
  session?.state === SessionState.ACTIVE && session.ip6.up;

/** DHCPv6 server behind VPP's relay (RFC 8415 section 18.3): decides what each client message means for its session. */
export class Dhcp6Server {
  constructor(private readonly parts: Dhcp6ServerParts) {}

  /** One message of a client. */
  async serve(entry: InFlight): Promise<void> {
    const { message } = entry;
    const session = this.sessionOf(message);
    switch (message.type) {
      case 'solicit':
        return this.solicit(entry);
      case 'request':
        return this.assign(entry);
      case 'renew':
        return bound(session) ? this.extend(entry, session) : this.unknown(message);
      case 'rebind':
        return bound(session) ? this.extend(entry, session) : this.assign(entry);
      case 'confirm':
        return this.confirm(message, session);
      case 'release':
      case 'decline':
        return this.giveUp(message, session);
      case 'informationRequest':
        return this.information(message, session);
      default:
        return message.type satisfies never;
    }
  }

  /** The session of the client, admitted by RADIUS when it is new; undefined when it was dropped, and counted. */
  private async admitted({
    identity,
    line,
    place,
    group,
    fresh,
    relay,
    type,
  }: ClientMessage6): Promise<Session | undefined> {
    const { attach, drops, refusals } = this.parts;
    const drop = (reason: DropReason) => {
      drops.count(reason);
      return undefined;
    };
    if (place === undefined) {
      refusals.add('no_place', relay.address, { mac: identity.mac, line: line.name, detail: `v6_${type}` });
      return undefined;
    }
    const known = this.parts.index.ofSubscriber(place, identity.mac);
    if (!fresh && known?.state !== SessionState.ACTIVE) return drop('stale_lines');
    const outcome = await attach.offer({ identity, line: line.name, place, group, hint: undefined, family: 'ip6' });
    return outcome.offered ? outcome.session : drop(outcome.reason);
  }

  private async solicit(entry: InFlight): Promise<void> {
    const session = await this.admitted(entry.message);
    if (session === undefined) return;
    const { message } = entry;
    const { relay } = message.group.ipv6;
    if (relay) return this.parts.relayed.serve(entry, session, relay, clientOf(message, session));
    const quick = message.group.ipv6.rapidCommit && has6(message.packet.message, OPTION6.rapidCommit.code);
    const ip6 = this.parts.leases6.preview(
      session,
      message.group,
      clientOf(message, session),
      wantOf(message.associations),
    );
    if (quick && (ip6.address !== '' || ip6.delegated !== '')) return this.lease(entry, session, true);
    const { leaseS } = message.group.ipv6;
    this.parts.responder.advertise(message, {
      associations: this.answer(message, ip6, leaseS),
      dns: session.granted.ipv6.dns,
      ...nothingFor(message, ip6),
    });
  }

  /** A REQUEST, or a REBIND of somebody we do not know: it gets what it is to have, whatever it names. */
  private async assign(entry: InFlight): Promise<void> {
    const session = await this.admitted(entry.message);
    if (session !== undefined) await this.lease(entry, session, false);
  }

  private async lease(entry: InFlight, session: Session, rapidCommit: boolean): Promise<void> {
    const { leases6, drops, responder, relayed } = this.parts;
    const { message } = entry;
    const { relay } = message.group.ipv6;
    if (relay) return relayed.serve(entry, session, relay, clientOf(message, session));
    const outcome = await leases6.take(
      session,
      message.group,
      clientOf(message, session),
      wantOf(message.associations),
    );
    if (!outcome.held) return drops.count(outcome.reason);
    responder.reply(entry.message, {
      associations: this.answer(message, session.ip6, session.ip6.leaseS),
      dns: session.granted.ipv6.dns,
      rapidCommit,
    });
  }

  /** Extends what is bound; a kind the client had not before is given, what it has under another IAID is not bound. */
  private async extend(entry: InFlight, session: Session): Promise<void> {
    const { message } = entry;
    const { relay } = message.group.ipv6;
    if (relay) return this.parts.relayed.serve(entry, session, relay, clientOf(message, session));
    const known = message.associations.filter((one) => !this.strange(one, session));
    const strange = message.associations.filter((one) => !known.includes(one));
    const { leases6, drops, responder } = this.parts;
    const client = { ...clientOf(message, session), ...iaidsOf(known) };
    const outcome = await leases6.take(session, message.group, client, wantOf(known));
    if (!outcome.held) return drops.count(outcome.reason);
    responder.reply(entry.message, {
      associations: [
        ...granted(known, session.ip6, session.ip6.leaseS, message.group.ipv6),
        ...withStatus(strange, status6('noBinding', 'no binding with this IAID')),
      ],
      dns: session.granted.ipv6.dns,
    });
  }

  private strange({ kind, iaid }: Association, { ip6 }: Session): boolean {
    const [held, known] = kind === 'na' ? [ip6.address, ip6.iaNa] : [ip6.delegated, ip6.iaPd];
    return held !== '' && known !== undefined && known !== iaid;
  }

  private async information(message: ClientMessage6, session: Session | undefined): Promise<void> {
    const { responder, relayed } = this.parts;
    const { relay } = message.group.ipv6;
    if (relay) return relayed.information(message, relay);
    responder.reply(message, { dns: session?.granted.ipv6.dns ?? [] });
  }

  /** RFC 8415 section 18.3.4: the client then sends a REQUEST. */
  private unknown(message: ClientMessage6): void {
    this.parts.responder.reply(message, {
      associations: withStatus(message.associations, status6('noBinding', 'no binding is known')),
      dns: [],
    });
  }

  /** RFC 8415 section 18.3.3: on link are the addresses of the line's own session, because each address lies on one line. */
  private confirm(message: ClientMessage6, session: Session | undefined): void {
    const addresses = message.associations.filter(({ kind }) => kind === 'na').flatMap(({ leases }) => leases);
    if (addresses.length === 0) {
      this.parts.drops.count('nothing_to_confirm');
      return;
    }
    const onLink = bound(session) && addresses.every(({ value }) => value === session.ip6.address);
    const status = onLink ? status6('success', 'on link') : status6('notOnLink', 'not an address of this line');
    this.parts.responder.reply(message, { status, dns: [] });
  }

  /** RELEASE and DECLINE (RFC 8415 sections 18.3.7 and 18.3.8): answered once VPP has let go of it. */
  private async giveUp(message: ClientMessage6, session: Session | undefined): Promise<void> {
    const mine = bound(session) ? message.associations.filter((one) => isBound(one, session.ip6)) : [];
    const { relay } = message.group.ipv6;
    if (session !== undefined && mine.length > 0 && relay) this.parts.relayed.tell(message, session, relay);
    if (session !== undefined && mine.length > 0) await this.drop(message, session, mine);
    const strange = message.associations.filter((one) => !mine.includes(one));
    this.parts.responder.reply(message, {
      associations: withStatus(strange, status6('noBinding', 'no binding with this IAID and address')),
      status: status6('success', ''),
      dns: [],
    });
  }

  private async drop(message: ClientMessage6, session: Session, mine: readonly Association[]): Promise<void> {
    const { clock, families } = this.parts;
    const declined = message.type === 'decline';
    const untilMs = declined ? clock.nowMs() + message.group.declineHoldS * 1000 : 0;
    const [cause, reason] = declined
      ? ([causeOf('declined'), 'declined: in use by another host'] as const)
      : ([causeOf('released'), 'released'] as const);
    const left = {
      address: mine.some(({ kind }) => kind === 'na') ? '' : session.ip6.address,
      delegated: mine.some(({ kind }) => kind === 'pd') ? '' : session.ip6.delegated,
    };
    if (left.address === '' && left.delegated === '') await families.leave(session, 'ip6', cause, reason, untilMs);
    else await families.change6(session, `ip6: ${reason} in part`, left, untilMs);
  }

  private answer({ associations, group }: ClientMessage6, ip6: SessionIp6, leaseS: number): Association[] {
    return granted(associations, ip6, leaseS, group.ipv6);
  }

  private sessionOf({ line, place, identity }: ClientMessage6): Session | undefined {
    const { index } = this.parts;
    return place === undefined ? index.onLine(line.name, identity.mac) : index.ofSubscriber(place, identity.mac);
  }
}

/** A message from a global address does not tell the link-local one: the session's stays. */
function clientOf({ duid, linkLocal, associations }: ClientMessage6, { ip6 }: Session) {
  return { duid, linkLocal: linkLocal || ip6.linkLocal, ...iaidsOf(associations) };
}

/** RFC 8415 section 18.3.9: nothing at all for the client is said once more for the whole message. */
function nothingFor({ associations }: ClientMessage6, ip6: SessionIp6) {
  const none = associations.length > 0 && ip6.address === '' && ip6.delegated === '';
  return none ? { status: status6('noAddrsAvail', 'nothing is available') } : {};
}
