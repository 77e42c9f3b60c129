import type { Policy } from '#gen/bng/v1/common.js';
import { SessionEvent_Kind, SessionState } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { serviceEvent, sessionEvent } from '../events.js';
import { type SessionContext, scheduleEnd, scheduleFirstInterim } from './context.js';
import { causeOf } from './end-reasons.js';
import { checkMarks } from './marks.js';
import { mergePolicy, presentFields } from './policy-merge.js';
import { missingIn, type ServiceStack, type ServiceSwitch } from './services.js';
import { type Session, toBundle } from './session.js';
import { beginMove, type VrfMove } from './vrf-move.js';

/** What is to change: fields of the session's own policy, and services. */
export interface SessionChange extends ServiceSwitch {
  readonly policy: Policy;
  /** Where the session is to be; empty: where it is. */
  readonly vrf: string;
}

/** What a session has after a change. */
type Next = Pick<Session, 'policy' | 'services' | 'inForce'> & Partial<VrfMove['fields']>;

/** Changes what active sessions may do: all or nothing, in VPP first, then in the store with its events. */
export class PolicyChange {
  constructor(private readonly context: SessionContext) {}

  /** Resolves with the milliseconds VPP took. On any error the session is as before, and its timeline says why. */
  apply(session: Session, change: SessionChange, reason: string): Promise<number> {
    return this.context.serial.run(session.id, async () => {
      try {
        if (session.state !== SessionState.ACTIVE) throw new BngError('not_found', 'the session is not active');
        return await this.carryOut(session, change, reason);
      } catch (thrown) {
        const { code, message } = BngError.from(thrown);
        this.context.timeline.note(session, { step: 'changed', outcome: code, detail: `${reason}: ${message}` });
        throw thrown;
      }
    });
  }

  private async carryOut(session: Session, change: SessionChange, reason: string): Promise<number> {
    const { services, counters, clock } = this.context;
    if (change.activate.length + change.deactivate.length > 0) await counters.read(session);
    const policy = mergePolicy(session.policy, change.policy);
    const stack = services.switched(session.services, change, clock.nowMs(), session.usage.total);
    const next = { policy, services: stack, inForce: services.inForce(policy, stack) };
    const moves = change.vrf !== '' && change.vrf !== session.vrf;
    if (!moves && isSame(session, next) && presentFields(change.policy).length === 0) return 0;
    const vppMs = moves ? await this.moved(session, change.vrf, next, reason) : await this.make(session, next, reason);
    this.reschedule(session, change.policy);
    return vppMs;
  }

  /** The change together with one of the VRF: all of it or nothing. */
  private async moved(session: Session, vrf: string, next: Next, reason: string): Promise<number> {
    const before = session.vrf;
    const move = beginMove(this.context, session, vrf);
    try {
      const vppMs = await this.make(session, { ...next, ...move.fields }, `${reason}; VRF ${before} -> ${vrf}`);
      move.settle();
      return vppMs;
    } catch (thrown) {
      move.undo();
      throw thrown;
    }
  }

  private async make(session: Session, next: Next, reason: string): Promise<number> {
    const vppMs = await this.push({ ...session, ...next });
    await this.store(session, next, [reason, ...words(session.services, next.services)].filter(Boolean).join('; '));
    return vppMs;
  }

  private async push(session: Session): Promise<number> {
    const { profiles, dataplane, owner, groups } = this.context;
    checkMarks(session.inForce, groups.get(session.group));
    const resolved = await profiles.resolve(session.inForce);
    return dataplane.apply(toBundle(session, resolved, owner, groups.get(session.group)));
  }

  private async store(session: Session, next: Next, reason: string): Promise<void> {
    const { ledger, clock } = this.context;
    const atMs = clock.nowMs();
    const after = { ...session, ...next };
    const event = sessionEvent(after, SessionEvent_Kind.CHANGED, atMs, reason);
    const off = missingIn(session.services, next.services);
    const on = missingIn(next.services, session.services);
    const services = [
      ...off.map((one) => serviceEvent(after, one, SessionEvent_Kind.DOWN, atMs, causeOf('service_off'))),
      ...on.map((one) => serviceEvent(after, one, SessionEvent_Kind.UP, one.sinceMs)),
    ];
    const { policy, services: stack } = next;
    const { id: sessionId } = session;
    try {
      await ledger.write(
        next.vrf === undefined
          ? { kind: 'changed', sessionId, policy, stack, event, services }
          : { kind: 'moved', session: after, atMs, event, services },
      );
    } catch (thrown) {
      await this.restore(session);
      throw thrown;
    }
    Object.assign(session, next);
    if (next.ip6) this.context.index.ip6.note(session);
    this.context.timeline.note(session, { step: 'changed', detail: reason });
  }

  private async restore(session: Session): Promise<void> {
    try {
      await this.push(session);
    } catch (error) {
      this.context.log.error({ sessionId: session.id, err: error }, 'policy could not be put back in VPP');
    }
  }

  private reschedule(session: Session, change: Policy): void {
    if (change.sessionTimeoutS !== undefined) scheduleEnd(this.context, session);
    if (change.interimIntervalS !== undefined) scheduleFirstInterim(this.context, session, this.context.clock.nowMs());
  }
}

const isSame = (session: Session, { services }: Next): boolean =>
  missingIn(services, session.services).length === 0 && missingIn(session.services, services).length === 0;

/** `+turbo -walled`. */
function words(before: ServiceStack, now: ServiceStack): string[] {
  const text = [
    ...missingIn(now, before).map(({ name }) => `+${name}`),
    ...missingIn(before, now).map(({ name }) => `-${name}`),
  ].join(' ');
  return text === '' ? [] : [text];
}
