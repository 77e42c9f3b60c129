import { type AccessIdentity, AuthorizeResponse, AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import { Policy } from '#gen/bng/v1/common.js';
import { SessionState } from '#gen/bng/v1/subs.js';
import { sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Authorizer } from '../clients/aaa.js';
import type { GroupConfig } from '../config.js';
import type { InsteadConfig } from '../config-policy.js';
import type { DropReason } from '../dhcp/drops.js';
import { isShared } from '../lines/place.js';
import type { AddressRefusal } from '../pool/allocator.js';
import { type SessionContext, scheduleEnd } from './context.js';
import { causeOf } from './end-reasons.js';
import type { Family } from './families.js';
import type { Hold6 } from './hold6.js';
import type { Holds } from './holds.js';
import { checkMarks } from './marks.js';
import { emptyPolicy, withDefaults } from './policy-merge.js';
import { routeConflict, routesOf } from './routes.js';
import { newSession, type Session } from './session.js';
import type { SessionIds } from './session-id.js';
import { subscriberKey } from './session-index.js';
import type { Terminator } from './terminator.js';
import { vrfOf } from './vrf.js';

/** How long a newcomer waits for its predecessor on the line to be taken down. */
const TAKEOVER_MS = 3000;

export type OfferOutcome = { offered: true; session: Session } | { offered: false; reason: DropReason };

/** What a client that wants to attach brings. */
export interface Newcomer {
  identity: AccessIdentity;
  line: string;
  /** Its part of the line, the line itself when that is its own. */
  place: string;
  group: GroupConfig;
  /** Address it would like (option 50). */
  hint: string | undefined;
  family: Family;
}

/** On a place for one the address belongs to the place: a CPE that is swapped gets that of the one before it. */
const addressKeyOf = ({ place, identity, group }: Newcomer): string =>
  group.sessionsPerLine > 1 ? subscriberKey(place, identity.mac) : place;

/** IPv4 comes later with DHCPv6 first, or from a DHCP server of the operator. */
const ownAddress = ({ family, group }: Newcomer): boolean => family === 'ip4' && group.relay === undefined;

const refusal = (reason: DropReason): OfferOutcome => ({ offered: false, reason });

class Refused extends Error {
  constructor(
    readonly reason: DropReason,
    readonly text: string,
    readonly holdS: number,
  ) {
    super(text);
  }
}

/** From the first packet of a client to an offer: RADIUS is asked once, an address is held. */
export class Attach {
  constructor(
    private readonly context: SessionContext,
    private readonly authorizer: Pick<Authorizer, 'authorize'>,
    private readonly terminator: Terminator,
    private readonly holds: Holds,
    private readonly ids: SessionIds,
    private readonly hold6: Hold6,
  ) {}

  /** An offer for the client: the one it has, or a new one when RADIUS agrees. */
  async offer(newcomer: Newcomer): Promise<OfferOutcome> {
    const { index, ends, clock } = this.context;
    const session = index.ofSubscriber(newcomer.place, newcomer.identity.mac);
    if (session === undefined) return this.attach(newcomer);
    switch (session.state) {
      case SessionState.AUTHORIZING:
        return refusal('in_flight');
      case SessionState.REJECTED:
        return refusal('rejected_hold');
      case SessionState.TERMINATING:
        return refusal('terminating');
      case SessionState.OFFERED:
        ends.set(session, clock.nowMs() + newcomer.group.offerHoldS * 1000);
        return this.also(session, newcomer);
      default:
        return this.also(session, newcomer);
    }
  }

  /** The other family of a session: an address by what RADIUS said when it was asked. */
  private also(session: Session, newcomer: Newcomer): OfferOutcome {
    if (!ownAddress(newcomer) || session.ipv4 !== '') return { offered: true, session };
    const refused = this.reserve(session, newcomer);
    if (refused !== undefined) return refusal(refused);
    if (session.state === SessionState.ACTIVE) scheduleEnd(this.context, session);
    return { offered: true, session };
  }

  private async attach(newcomer: Newcomer): Promise<OfferOutcome> {
    const { index, clock, log } = this.context;
    const full = this.lineIsFull(newcomer);
    if (full) return refusal(full);
    const { identity, place, group } = newcomer;
    const addressKey = addressKeyOf(newcomer);
    const session = newSession(this.ids.next(), { identity, place, addressKey, group: group.name }, clock.nowMs());
    index.add(session);
    try {
      const answer = await this.authorize(session, newcomer.group);
      await this.adopt(session, answer, newcomer.group);
      const free = await this.takeOver(session, newcomer.group);
      if (!free) return this.giveUp(session);
      this.accept(session, newcomer);
      return { offered: true, session };
    } catch (thrown) {
      if (thrown instanceof Refused) return this.refuse(session, thrown);
      log.error({ sessionId: session.id, err: thrown }, 'attachment failed');
      return this.refuse(session, new Refused('internal', String(thrown), newcomer.group.aaaTimeoutHoldS));
    }
  }

  /** On a line for one, an active predecessor gives way later, when RADIUS has accepted the newcomer. */
  private lineIsFull({ line, place, group }: Newcomer): DropReason | undefined {
    const { index } = this.context;
    if (isShared(group) && index.find('line', line).length >= group.sessionsPerSharedLine) return 'line_full';
    const others = index.find('place', place).filter(({ state }) => state !== SessionState.REJECTED);
    if (group.sessionsPerLine > 1) return others.length >= group.sessionsPerLine ? 'line_full' : undefined;
    const busy = others.some(({ state }) => state !== SessionState.ACTIVE && state !== SessionState.OFFERED);
    return busy ? 'line_busy' : undefined;
  }

  private async authorize(session: Session, group: GroupConfig): Promise<AuthorizeResponse> {
    const { clock, metrics, log, timeline } = this.context;
    const beganMs = clock.monotonicMs();
    try {
      const answer = await this.authorizer.authorize({
        sessionId: session.id,
        identity: session.identity,
        group: group.name,
      });
      const tookMs = clock.monotonicMs() - beganMs;
      metrics.step('radius', tookMs);
      const accepted = answer.result === AuthorizeResponse_Result.ACCEPT;
      const outcome = accepted ? 'ok' : 'radius_reject';
      timeline.note(session, { step: 'radius', outcome, detail: answer.replyMessage, peer: answer.server, tookMs });
      if (accepted) return answer;
      if (group.whenRejected) return this.instead(session, group.whenRejected, 'radius_reject', answer.userName);
      throw new Refused('radius_reject', answer.replyMessage || 'rejected by RADIUS', group.rejectHoldS);
    } catch (thrown) {
      if (thrown instanceof Refused) throw thrown;
      const error = BngError.from(thrown);
      const tookMs = clock.monotonicMs() - beganMs;
      timeline.note(session, { step: 'radius', outcome: 'radius_timeout', detail: error.message, peer: 'aaa', tookMs });
      log.warn({ sessionId: session.id, line: session.line, err: error }, 'RADIUS gave no answer');
      if (group.whenUnanswered) return this.instead(session, group.whenUnanswered, 'radius_timeout', '');
      throw new Refused('radius_timeout', 'RADIUS gave no answer', group.aaaTimeoutHoldS);
    }
  }

  /** What the group gives to whom RADIUS does not let in: its policy, and these services alone. */
  private instead(
    session: Session,
    { services, sessionTimeoutS }: InsteadConfig,
    reason: 'radius_reject' | 'radius_timeout',
    userName: string,
  ): AuthorizeResponse {
    const { timeline, metrics, groups } = this.context;
    metrics.instead.inc({ reason });
    timeline.note(session, { step: 'services', outcome: reason, detail: `let in with ${services.join(', ')} alone` });
    const withoutServices = (groups.get(session.group)?.services ?? []).filter((name) => !services.includes(name));
    return AuthorizeResponse.fromPartial({
      result: AuthorizeResponse_Result.ACCEPT,
      userName,
      services,
      withoutServices,
      policy: { sessionTimeoutS },
    });
  }

  private async adopt(session: Session, answer: AuthorizeResponse, group: GroupConfig): Promise<void> {
    const { index, profiles, services, clock } = this.context;
    index.rename(session, 'userName', answer.userName);
    session.class = answer.class;
    this.place(session, answer.vrf, group);
    const { framedIpv4, framedNetmask, framedPool, framedRoutes, ipv6 = session.granted.ipv6 } = answer;
    session.granted = { framedIpv4, framedNetmask, framedPool, routes: framedRoutes, ipv6 };
    try {
      session.policy = withDefaults(Policy.fromPartial(group.policy), answer.policy ?? emptyPolicy());
      const activate = [...group.services, ...answer.services].filter((name) => !answer.withoutServices.includes(name));
      const switched = { activate, deactivate: answer.withoutServices };
      session.services = services.switched(session.services, switched, clock.nowMs(), session.usage.total);
      session.inForce = services.inForce(session.policy, session.services);
      checkMarks(session.inForce, group);
      await profiles.resolve(session.inForce);
    } catch (thrown) {
      throw new Refused('bad_policy', BngError.from(thrown).message, group.aaaTimeoutHoldS);
    }
  }

  /** Puts the session into the VRF that RADIUS names, when that is one the group may use. */
  private place(session: Session, vrf: string, group: GroupConfig): void {
    if (vrf === '' || vrf === session.vrf) return;
    const wrong =
      (isShared(group) && 'the line is shared') ||
      (!group.vrfs.some(({ name }) => name === vrf) && `it is none of group ${group.name}`);
    if (wrong) throw new Refused('wrong_vrf', `VRF ${vrf}: ${wrong}`, group.aaaTimeoutHoldS);
    session.vrf = vrf;
  }

  /** False when a predecessor on a line for one could not be taken down in time. */
  private async takeOver(session: Session, group: GroupConfig): Promise<boolean> {
    const before = this.predecessors(session, group);
    if (before.length === 0) return true;
    const reason = `${session.mac} attached at ${session.place}`;
    const ends = before.map((other) => this.terminator.end(other, causeOf('taken_over'), reason));
    const inTime = new AbortController();
    const late = sleep(TAKEOVER_MS, inTime.signal).then(() => false);
    const done = Promise.all(ends).then(
      () => true,
      () => false,
    );
    const free = await Promise.race([done, late]);
    inTime.abort();
    const detail = before.map((other) => other.id).join(', ');
    this.context.timeline.note(session, { step: 'takeover', outcome: free ? 'ok' : 'line_busy', detail });
    return free;
  }

  /**
   * Whom a newcomer takes the place of: who was there before it on a place for one, and itself elsewhere: the same MAC
   * address on another part of the same line, or with the same user name on another line.
   */
  private predecessors(session: Session, group: GroupConfig): Session[] {
    const { index } = this.context;
    const moved = index
      .find('mac', session.mac)
      .filter(({ line, place, userName }) =>
        line === session.line ? place !== session.place : userName === session.userName,
      );
    const here = group.sessionsPerLine > 1 ? [] : index.find('place', session.place);
    const before = new Set([...here, ...moved]);
    return [...before].filter((other) => other !== session && other.state !== SessionState.REJECTED);
  }

  private giveUp(session: Session): OfferOutcome {
    this.context.index.move(session, 'abandon');
    return refusal('line_busy');
  }

  private accept(session: Session, newcomer: Newcomer): void {
    const { index, ends, clock } = this.context;
    const { group } = newcomer;
    this.checkRoutes(session, group);
    const refused = ownAddress(newcomer) ? this.reserve(session, newcomer) : undefined;
    if (refused !== undefined) throw new Refused(refused, `no address: ${refused}`, group.aaaTimeoutHoldS);
    Object.assign(session.ip6, this.hold6.advertised(session, group));
    index.ip6.note(session);
    index.move(session, 'accept');
    ends.set(session, clock.nowMs() + group.offerHoldS * 1000);
    this.holds.clear(subscriberKey(session.place, session.mac));
  }

  /** On a shared line no IPv4 prefix can lie behind one of its subscribers, and all would take an advertised prefix. */
  private checkRoutes(session: Session, group: GroupConfig): void {
    const { index, pools } = this.context;
    const [route] = session.granted.routes;
    if (route !== undefined && isShared(group))
      throw new Refused('bad_policy', `route ${route}: the line is shared`, group.aaaTimeoutHoldS);
    const { framedPrefix, framedPool } = session.granted.ipv6;
    if (framedPrefix + framedPool !== '' && isShared(group))
      throw new Refused(
        'bad_policy',
        'a prefix to advertise: all of the shared line would use it',
        group.aaaTimeoutHoldS,
      );
    const conflict = routeConflict(session, () => index.all(), index.routed, pools);
    if (conflict !== undefined) throw new Refused('route_overlap', conflict, group.aaaTimeoutHoldS);
    if (routesOf(session).length > 0) index.noteRoutes(session);
  }

  /** Holds an IPv4 address for the session, or says why there is none. */
  private reserve(session: Session, { group, hint }: Newcomer): AddressRefusal | undefined {
    const { allocator, index, clock, timeline } = this.context;
    const { framedIpv4, framedPool } = session.granted;
    const nowMs = clock.nowMs();
    const address = allocator.reserve(
      {
        sessionId: session.id,
        subscriber: session.addressKey,
        vrf: session.vrf,
        pools: framedPool === '' ? (vrfOf(session, group)?.pools ?? group.pools) : [framedPool],
        framed: framedIpv4,
        hint,
      },
      nowMs,
    );
    if (!address.ok) return address.reason;
    session.pool = address.pool;
    session.heldUntilMs = nowMs + group.offerHoldS * 1000;
    index.rename(session, 'ipv4', address.ipv4);
    timeline.note(session, { step: 'address', detail: `${address.ipv4} ${address.pool || 'of RADIUS'}` });
    return undefined;
  }

  /** Lets a refused client ask again at once. */
  forgive(session: Session): void {
    this.holds.clear(subscriberKey(session.place, session.mac));
    this.context.ends.cancel(session);
    this.context.index.move(session, 'forget', session.reason);
  }

  private refuse(session: Session, { reason, text, holdS }: Refused): OfferOutcome {
    const { index, ends, clock, metrics, log } = this.context;
    const untilMs = this.holds.refuse(subscriberKey(session.place, session.mac), holdS * 1000, clock.nowMs());
    index.move(session, 'refuse', text);
    ends.set(session, untilMs);
    metrics.refused.inc({ reason });
    const held = `${text}; asked again not before ${new Date(untilMs).toISOString()}`;
    this.context.timeline.note(session, { step: 'refused', outcome: reason, detail: held });
    log.info({ sessionId: session.id, line: session.line, mac: session.mac, reason, text }, 'attachment refused');
    return refusal(reason);
  }
}
