import { type AuthorizeResponse, AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import { Policy } from '#gen/bng/v1/common.js';
import { DisconnectSubscriberRequest, SessionSelector, UpdateSubscriberRequest } from '#gen/bng/v1/subs.js';
import { BulkChange, type BulkJob } from '#gen/bng/v1/subs_tools.js';
import type { Clock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Authorizer } from '../clients/aaa.js';
import type { Groups } from '../lines/groups.js';
import type { SubscriberSessions } from '../service.js';
import { causeOf } from '../session/end-reasons.js';
import { emptyPolicy, withDefaults } from '../session/policy-merge.js';
import type { Session } from '../session/session.js';
import type { Timeline } from '../session/timeline.js';
import type { Selected } from './bulk-selection.js';

export interface BulkActionParts {
  service: Pick<SubscriberSessions, 'update' | 'disconnect'>;
  authorizer: Pick<Authorizer, 'authorize'>;
  groups: Groups;
  timeline: Pick<Timeline, 'note'>;
  clock: Clock;
}

/** One session's share of a bulk job. */
export class BulkActions {
  constructor(private readonly parts: BulkActionParts) {}

  /** Resolves when VPP and the store have it. */
  async carryOut({ action, change }: Selected, session: Session, job: BulkJob): Promise<void> {
    const reason = `bulk ${job.id}: ${job.reason}`;
    switch (action) {
      case 'disconnect':
        return this.disconnect(session, reason, job.source);
      case 'change':
        return this.change(session, change, reason, job.source);
      case 'reauthenticate':
        return this.reauthenticate(session, reason, job.source);
      default:
        return action satisfies never;
    }
  }

  private async disconnect({ id }: Session, reason: string, source: string): Promise<void> {
    const selector = SessionSelector.fromPartial({ sessionId: id });
    const request = { selector, cause: causeOf('disconnected'), reason, source };
    await this.parts.service.disconnect(DisconnectSubscriberRequest.fromPartial(request));
  }

  private async change({ id }: Session, change: BulkChange, reason: string, source: string): Promise<void> {
    const selector = SessionSelector.fromPartial({ sessionId: id });
    await this.parts.service.update(UpdateSubscriberRequest.fromPartial({ selector, ...change, reason, source }));
  }

  /**
   * Asks RADIUS again: its policy and services take the place of those before, a reject ends the session. Addresses and
   * VRF stay.
   */
  private async reauthenticate(session: Session, reason: string, source: string): Promise<void> {
    const { authorizer, groups, timeline, clock } = this.parts;
    const { id: sessionId, identity, group } = session;
    const beganMs = clock.monotonicMs();
    const answer = await authorizer.authorize({ sessionId, identity, group });
    if (answer.fallback !== '') throw new BngError('unavailable', 'no RADIUS server answered');
    const accepted = answer.result === AuthorizeResponse_Result.ACCEPT;
    timeline.note(session, {
      step: 'radius',
      outcome: accepted ? 'ok' : 'radius_reject',
      detail: [reason, answer.replyMessage].filter(Boolean).join(': '),
      peer: answer.server,
      tookMs: clock.monotonicMs() - beganMs,
    });
    if (!accepted) return this.disconnect(session, `${reason}: rejected by RADIUS`, source);
    const defaults = Policy.fromPartial(groups.get(group)?.policy ?? {});
    const policy = withDefaults(defaults, answer.policy ?? emptyPolicy());
    const switched = servicesOf(session, answer, groups.get(group)?.services ?? []);
    await this.change(session, BulkChange.fromPartial({ policy: replacing(policy), ...switched }), reason, source);
  }
}

/** After it the session has on what an attachment with this answer would have, and nothing else. */
function servicesOf(
  { services }: Pick<Session, 'services'>,
  answer: Pick<AuthorizeResponse, 'services' | 'withoutServices'>,
  ofGroup: readonly string[],
): { activate: string[]; deactivate: string[] } {
  const activate = [...ofGroup, ...answer.services].filter((name) => !answer.withoutServices.includes(name));
  const deactivate = services.active.map(({ name }) => name).filter((name) => !activate.includes(name));
  return { activate, deactivate };
}

/** A change after which nothing is left of the policy before: what the new one does not set is taken away. */
function replacing(policy: Policy): Policy {
  const { profile = '', aclIn = '', aclOut = '', sessionTimeoutS = 0, idleTimeoutS = 0 } = policy;
  return { ...policy, profile, aclIn, aclOut, sessionTimeoutS, idleTimeoutS };
}
