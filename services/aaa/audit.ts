import type { AuditAccountingRequest, AuditAccountingResponse, LiveSession } from '#gen/bng/v1/aaa.js';
import type { SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import { SessionState } from '#gen/bng/v1/subs.js';
import type { Clock } from '#lib/kernel/clock.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import type { LedgerFinding, LedgerQueries, LedgerScope } from './ledger-queries.js';

/** A Start or Stop may still be on its way for so long after a session's begin, or its last event. */
const SETTLE_MS = 60_000;
const PAGE = 1000;
const DEFAULT_LIMIT = 1000;

export interface AuditDependencies {
  readonly ledger: LedgerQueries;
  readonly subscribers: Pick<SubscriberServiceClient, 'list'>;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Proves from the ledger that every record was acknowledged once, that sessions that are gone have their Stop, and live ones a Start. */
export class AccountingAudit {
  constructor(private readonly deps: AuditDependencies) {}

  /** @throws BngError while PostgreSQL is away, or subs-manager when the sessions are not given. */
  async run({ sessionId, sinceMs, limit, live }: AuditAccountingRequest): Promise<AuditAccountingResponse> {
    const { ledger } = this.deps;
    const scope: LedgerScope = { sessionId, sinceMs: Number(sinceMs), limit: limit || DEFAULT_LIMIT };
    const totals = await ledger.totals(scope);
    const sessions = live?.sessions ?? (await this.liveSessions());
    const findings = [
      ...(await ledger.findings(scope)),
      ...(await this.withoutStop(scope, sessions)),
      ...(await this.withoutRecord(scope, sessions)),
    ].slice(0, scope.limit);
    return {
      sessions: BigInt(totals.sessions),
      open: BigInt(totals.open),
      starts: BigInt(totals.starts),
      interims: BigInt(totals.interims),
      stops: BigInt(totals.stops),
      shed: BigInt(totals.shed),
      waiting: BigInt(totals.waiting),
      findings: findings.map((one) => ({ ...one, sequence: BigInt(one.sequence), atMs: BigInt(one.atMs) })),
      lastSequence: sessionId === '' ? 0n : await ledger.lastSequence(sessionId),
    };
  }

  /** Sessions that billing believes open and subs-manager does not know any more. */
  private async withoutStop(scope: LedgerScope, live: readonly LiveSession[]): Promise<LedgerFinding[]> {
    const quiet = await this.deps.ledger.quiet(scope, this.deps.clock.nowMs() - SETTLE_MS);
    const alive = new Set(live.map(({ sessionId }) => sessionId));
    return quiet
      .filter(({ sessionId }) => !alive.has(sessionId))
      .map(({ sessionId, atMs }) => ({
        fault: 'no_stop',
        sessionId,
        sequence: 0,
        kind: 'stop',
        atMs,
        detail: 'the session is gone, no Stop was acknowledged',
      }));
  }

  /** Sessions that are up and that no accounting server has heard of. */
  private async withoutRecord(scope: LedgerScope, live: readonly LiveSession[]): Promise<LedgerFinding[]> {
    const beforeMs = this.deps.clock.nowMs() - SETTLE_MS;
    const due = live.filter(
      ({ sessionId, startedMs }) =>
        startedMs > 0n && Number(startedMs) < beforeMs && (scope.sessionId === '' || scope.sessionId === sessionId),
    );
    const known = await this.deps.ledger.known(due.map(({ sessionId }) => sessionId));
    return due
      .filter(({ sessionId }) => !known.has(sessionId))
      .map(({ sessionId, startedMs }) => ({
        fault: 'no_record',
        sessionId,
        sequence: 0,
        kind: 'start',
        atMs: Number(startedMs),
        detail: 'the session is up, its Start has not been acknowledged yet',
      }));
  }

  private async liveSessions(): Promise<LiveSession[]> {
    const { subscribers, timeoutMs } = this.deps;
    const found: LiveSession[] = [];
    for (let pageToken = '', more = true; more; more = pageToken !== '') {
      const request = { filter: undefined, pageSize: PAGE, pageToken };
      const page = await callUnary(subscribers.list.bind(subscribers), request, { timeoutMs });
      for (const { sessionId, startedMs, state, services } of page.sessions)
        if (state !== SessionState.REJECTED) {
          found.push({ sessionId, startedMs: state === SessionState.ACTIVE ? startedMs : 0n });
          for (const { acctSessionId, sinceMs } of services)
            found.push({ sessionId: acctSessionId, startedMs: state === SessionState.ACTIVE ? sinceMs : 0n });
        }
      pageToken = page.nextPageToken;
    }
    return found;
  }
}
