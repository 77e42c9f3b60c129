import { createHash } from 'node:crypto';
import { Policy } from '#gen/bng/v1/common.js';
import { SessionState, SubscriberFilter } from '#gen/bng/v1/subs.js';
import { BulkChange, BulkSelection } from '#gen/bng/v1/subs_tools.js';
import { BngError } from '#lib/kernel/errors.js';
import { checkPolicy, emptyPolicy, presentFields } from '../session/policy-merge.js';
import { compileFilter, filterable } from '../session/select.js';
import type { Session } from '../session/session.js';
import type { SessionIndex } from '../session/session-index.js';

export type BulkActionName = 'disconnect' | 'reauthenticate' | 'change';

/** What is to be done and with whom, looked at and found possible. */
export interface Selected {
  action: BulkActionName;
  /** Of a change. */
  change: BulkChange;
  /** Action and filter in words. */
  detail: string;
  sessions: Session[];
  /** Stands for exactly these sessions and this action. */
  token: string;
}

const { ACTIVE, OFFERED, REJECTED } = SessionState;
/** Sessions an action makes sense for. */
const suits: Readonly<Record<BulkActionName, readonly SessionState[]>> = {
  disconnect: [ACTIVE, OFFERED, REJECTED],
  reauthenticate: [ACTIVE],
  change: [ACTIVE],
};

/** `user=a* line=access.*`; empty for no filter. */
const words = (json: unknown): string =>
  Object.entries(json as object)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/** Whom the action would touch now. `missing_attribute` or `invalid_argument` for what is no selection. */
export function selectForBulk(index: SessionIndex, selection: BulkSelection | undefined): Selected {
  const { action: given, filter, all = false } = selection ?? {};
  if (given === undefined) throw new BngError('missing_attribute', 'no action is given');
  const action = given.$case;
  const filterJson = SubscriberFilter.toJSON(filter ?? SubscriberFilter.fromPartial({}));
  const filterWords = words(filterJson);
  if (filterWords === '' && !all)
    throw new BngError('missing_attribute', 'a filter is needed; to mean every subscriber say so (all)');
  const change = given.$case === 'change' ? given.value : BulkChange.fromPartial({});
  if (given.$case === 'change') assertChange(change);
  const accept = compileFilter(filter);
  const sessions = [...index.all()].filter(
    (session) => suits[action].includes(session.state) && accept(filterable(session)),
  );
  const what = given.$case === 'change' ? `change ${changeWords(change)}` : action;
  return {
    action,
    change,
    detail: `${what} of ${filterWords === '' ? 'all' : filterWords}`,
    sessions,
    token: tokenOf(selection, sessions),
  };
}

/** `downloadBps=7000000 +turbo -walled`. */
const changeWords = ({ policy, activate, deactivate }: BulkChange): string =>
  [
    words(policy ? Policy.toJSON(policy) : {}),
    ...activate.map((name) => `+${name}`),
    ...deactivate.map((name) => `-${name}`),
  ]
    .filter(Boolean)
    .join(' ');

function assertChange({ policy = emptyPolicy(), activate, deactivate }: BulkChange): void {
  if (presentFields(policy).length + activate.length + deactivate.length === 0)
    throw new BngError('missing_attribute', 'nothing to change is given');
  checkPolicy(policy);
}

function tokenOf(selection: BulkSelection | undefined, sessions: readonly Session[]): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(BulkSelection.toJSON(selection ?? BulkSelection.fromPartial({}))));
  for (const id of sessions.map((session) => session.id).sort()) hash.update(id);
  return `t-${hash.digest('hex').slice(0, 16)}`;
}
