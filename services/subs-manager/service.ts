import type {
  AuditResponse,
  DisconnectSubscriberRequest,
  ListSubscribersRequest,
  ListSubscribersResponse,
  PoolStats,
  RefusedRequest,
  SessionEvent,
  Session as SessionMessage,
  SessionSelector,
  SubscriberFilter,
  SubscriberStatsResponse,
  TimelineEntry,
  UpdateSubscriberRequest,
  UpdateSubscriberResponse,
  WhyResponse,
} from '#gen/bng/v1/subs.js';
import { SessionState, TerminateCause } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import type { StateHolder } from '#lib/kernel/lifecycle.js';
import type { SessionAudit } from './audit/audit.js';
import type { Drops } from './dhcp/drops.js';
import type { AddressAudit, AddressFinding } from './pool/audit.js';
import type { Pool } from './pool/pool.js';
import type { Attach } from './session/attach.js';
import type { PolicyChange } from './session/change.js';
import { causeOf } from './session/end-reasons.js';
import type { EventFeed } from './session/event-feed.js';
import { ip6Values } from './session/ip6.js';
import { emptyPolicy, presentFields } from './session/policy-merge.js';
import type { RefusedRequests } from './session/refused-requests.js';
import {
  compileFilter,
  type Filterable,
  filterable,
  findAll,
  findByKey,
  normalMac,
  selectOne,
} from './session/select.js';
import { type Session, toMessage } from './session/session.js';
import type { SessionIndex } from './session/session-index.js';
import { sessionStates, stateName } from './session/state-machine.js';
import type { Terminator } from './session/terminator.js';
import type { Timeline, TimelineRow } from './session/timeline.js';
import type { TimelineStore } from './store-timeline.js';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

const filterableMessage = (session: SessionMessage): Filterable => ({
  state: session.state,
  mac: session.identity?.mac ?? '',
  ipv4: session.ipv4,
  ipv6: ip6Values(session.ipv6),
  userName: session.userName,
  line: session.identity?.line?.name ?? '',
  outerVlan: session.identity?.line?.outerVlan ?? 0,
  innerVlan: session.identity?.line?.innerVlan ?? 0,
});

type AnyPool = Pick<Pool, 'name' | 'size' | 'used' | 'inQuarantine'> & Partial<Pick<Pool, 'vrf' | 'overflow'>>;

const poolStats = ({ name, size, used, inQuarantine, vrf = '', overflow = '' }: AnyPool): PoolStats => ({
  name,
  size: BigInt(size),
  used: BigInt(used),
  quarantined: BigInt(inQuarantine),
  vrf,
  overflow,
});

const timelineEntry = (row: TimelineRow): TimelineEntry => ({
  atMs: BigInt(row.at_ms),
  sessionId: row.session_id,
  step: row.step,
  outcome: row.outcome,
  detail: row.detail,
  peer: row.peer,
  tookMs: row.took_ms,
  mac: row.mac,
  line: row.line,
  place: row.place,
  ipv4: row.ipv4,
  userName: row.user_name,
});

export interface ServiceParts {
  index: SessionIndex;
  change: PolicyChange;
  terminator: Terminator;
  attach: Attach;
  feed: EventFeed;
  pools: readonly AnyPool[];
  audit: Pick<AddressAudit, 'run'>;
  sessionAudit: Pick<SessionAudit, 'run'>;
  drops: Drops;
  refusedRequests: Pick<RefusedRequests, 'note'>;
  timeline: Pick<Timeline, 'settled'>;
  timelineStore: Pick<TimelineStore, 'attempts'>;
  state: StateHolder;
  /** Another instance that has the sessions; empty: none. */
  heldBy(): string;
  outboxPending(): Promise<number>;
}

/** What others can do with sessions: look, watch, change, disconnect. */
export class SubscriberSessions {
  /** One audit after the other. */
  private auditing: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: ServiceParts) {}

  /** Sessions that match, oldest first, by pages. */
  list({ filter, pageSize, pageToken }: ListSubscribersRequest): ListSubscribersResponse {
    const accept = compileFilter(filter);
    const size = Math.min(pageSize === 0 ? DEFAULT_PAGE : pageSize, MAX_PAGE);
    const matching = [...this.parts.index.all()].filter((session) => accept(filterable(session)));
    matching.sort((a, b) => (a.id < b.id ? -1 : 1));
    const from = matching.findIndex(({ id }) => id > pageToken);
    const page = from < 0 ? [] : matching.slice(from, from + size);
    const more = from >= 0 && from + size < matching.length;
    return {
      sessions: page.map(toMessage),
      nextPageToken: more ? (page.at(-1)?.id ?? '') : '',
      total: matching.length,
    };
  }

  /** By session id, MAC, address or prefix, line name or user name. */
  get(key: string): SessionMessage {
    return toMessage(findByKey(this.parts.index, key));
  }

  watch(filter: SubscriberFilter | undefined, signal: AbortSignal): AsyncGenerator<SessionEvent> {
    const accept = compileFilter(filter);
    return this.parts.feed.watch(({ session }) => session !== undefined && accept(filterableMessage(session)), signal);
  }

  /** Changes the policy; resolves when VPP has confirmed and the change is stored. */
  async update({
    selector,
    policy,
    activate,
    deactivate,
    vrf,
    reason,
    source,
  }: UpdateSubscriberRequest): Promise<UpdateSubscriberResponse> {
    this.assertReady();
    const session = this.select(selector, described(reason, source));
    const change = { policy: policy ?? emptyPolicy(), activate, deactivate, vrf };
    if (vrf === '' && presentFields(change.policy).length + activate.length + deactivate.length === 0)
      throw new BngError('missing_attribute', 'nothing to change is given');
    const vppMs = await this.parts.change.apply(session, change, described(reason, source));
    return { session: toMessage(session), vppMs };
  }

  /** Ends the session; a refused client, or one that has not taken its offer, is forgotten. */
  async disconnect({ selector, cause, reason, source }: DisconnectSubscriberRequest): Promise<SessionMessage> {
    this.assertReady();
    const session = this.select(selector, described(reason, source));
    if (session.state === SessionState.ACTIVE) {
      const given = cause === TerminateCause.UNSPECIFIED ? causeOf('disconnected') : cause;
      return this.parts.terminator.disconnect(session, given, described(reason, source));
    }
    const last = toMessage(session);
    if (session.state === SessionState.OFFERED) await this.parts.terminator.lapse(session, described(reason, source));
    else if (session.state === SessionState.REJECTED) this.parts.attach.forgive(session);
    else throw new BngError('not_found', `the session is ${stateName(session.state)}`);
    return last;
  }

  async stats(): Promise<SubscriberStatsResponse> {
    const { index, pools, drops } = this.parts;
    const pending = await this.parts.outboxPending();
    return {
      sessionsByState: Object.fromEntries(sessionStates.map((state) => [stateName(state), index.count(state)])),
      pools: pools.map(poolStats),
      outboxPending: BigInt(pending),
      dhcpDrops: Object.fromEntries([...drops.byReason].map(([reason, count]) => [reason, BigInt(count)])),
    };
  }

  /** What does not fit between addresses and sessions; with `repair` what can be freed is freed. */
  auditAddresses(repair: boolean): Promise<AddressFinding[]> {
    this.assertReady();
    return this.parts.audit.run(repair);
  }

  /** What does not agree with the sessions: rows, addresses, configd, VPP, accounting; with `repair` what can be is mended. */
  async sessionAudit(repair: boolean): Promise<AuditResponse> {
    this.assertReady();
    const { sessionAudit } = this.parts;
    this.auditing = this.auditing.catch(() => {}).then(() => sessionAudit.run(repair));
    return this.auditing as Promise<AuditResponse>;
  }

  /** Sessions that match now, and what happened to the newest attempts: those of yesterday and those that failed too. */
  async why(key: string): Promise<WhyResponse> {
    const { index, timeline, timelineStore } = this.parts;
    const found = findAll(index, key);
    await timeline.settled();
    const keys = new Set([normalMac(key), ...found.slice(0, 5).map(({ id }) => id)]);
    const rows = (await Promise.all([...keys].map((one) => timelineStore.attempts(one)))).flat();
    const entries = new Map(rows.map((row) => [row.id, row]));
    const sorted = [...entries.values()].sort((a, b) => a.at_ms - b.at_ms).map(timelineEntry);
    if (found.length === 0 && sorted.length === 0)
      throw new BngError('not_found', `"${key}" has neither a session nor an attempt that is remembered`);
    return { sessions: found.slice(0, MAX_PAGE).map(toMessage), entries: sorted };
  }

  /** A request that somebody else refused already: only its trace in the timeline. */
  async refused({ selector, outcome, detail }: RefusedRequest): Promise<object> {
    if (selector !== undefined) this.parts.refusedRequests.note(selector, outcome, detail);
    return {};
  }

  private select(selector: SessionSelector | undefined, request: string): Session {
    if (selector === undefined) throw new BngError('missing_attribute', 'nothing says which session is meant');
    try {
      return selectOne(this.parts.index, selector);
    } catch (thrown) {
      const { code, message } = BngError.from(thrown);
      this.parts.refusedRequests.note(selector, code, `${request}: ${message}`);
      throw thrown;
    }
  }

  private assertReady(): void {
    const { state } = this.parts.state;
    if (state === 'ready') return;
    const holder = this.parts.heldBy();
    throw new BngError('unavailable', `subs-manager is ${state}${holder && `: the sessions are with ${holder}`}`);
  }
}

const described = (reason: string, source: string): string => [source, reason].filter((text) => text !== '').join(': ');
