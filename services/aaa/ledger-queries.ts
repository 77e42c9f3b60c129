import type { Knex } from '#lib/kernel/postgres.js';

/** Which part of the ledger is looked at. */
export interface LedgerScope {
  readonly sessionId: string;
  readonly sinceMs: number;
  readonly limit: number;
}

export interface LedgerTotals {
  readonly sessions: number;
  readonly open: number;
  readonly starts: number;
  readonly interims: number;
  readonly stops: number;
  readonly shed: number;
  readonly waiting: number;
}

export interface LedgerFinding {
  readonly fault: string;
  readonly sessionId: string;
  readonly sequence: number;
  readonly kind: string;
  readonly atMs: number;
  readonly detail: string;
}

type Row = Record<string, string | number | null>;

/** Sessions of the scope, as a table to join with. */
const SCOPE = `scope as (
  select session_id, sequence, start_acked_at, stop_acked_at from accounting
  where (:sessionId = '' or session_id = :sessionId) and updated_at >= to_timestamp(:sinceMs / 1000.0))`;

const TOTALS = `with ${SCOPE},
  kinds as (
    select count(*) filter (where kind = 'start' and outcome = 'acknowledged') as starts,
      count(*) filter (where kind = 'interim' and outcome = 'acknowledged') as interims,
      count(*) filter (where kind = 'stop' and outcome = 'acknowledged') as stops,
      count(*) filter (where outcome = 'shed') as shed
    from accounting_record join scope using (session_id))
  select kinds.*,
    (select count(*) from scope) as sessions,
    (select count(*) from scope where start_acked_at is not null and stop_acked_at is null) as open,
    (select count(*) from accounting_record
      where outcome = 'sending' and (:sessionId = '' or session_id = :sessionId)) as waiting
  from kinds`;

/** Faults within the ledger; each select gives fault, session, sequence, kind, time and words. */
const FINDINGS = `with ${SCOPE},
  settled as (select r.* from accounting_record r join scope using (session_id) where r.outcome <> 'sending'),
  ends as (select session_id, max(sequence) as stop from settled where kind = 'stop' group by session_id)
  select 'no_start' as fault, s.session_id, 0 as sequence, 'start' as kind, min(r.event_at) as at,
      'records but no acknowledged Start' as detail
    from scope s join settled r using (session_id)
    where s.start_acked_at is null and r.kind <> 'none' group by s.session_id
  union all
  select 'hole', session_id, max(sequence), '', max(event_at),
      format('%s of %s events are in the ledger', count(*), max(sequence))
    from settled group by session_id having count(*) <> max(sequence)
  union all
  select 'unsendable', session_id, sequence, kind, event_at, 'does not fit a packet' from settled where outcome = 'unsendable'
  union all
  select 'after_stop', r.session_id, r.sequence, r.kind, r.event_at, format('after the Stop, which is number %s', ends.stop)
    from settled r join ends using (session_id) where r.sequence > ends.stop and r.kind <> 'none'
  union all
  select 'repeated', session_id, sequence, kind, event_at, format('acknowledged by %s, handed over %s times', server, tries)
    from settled where outcome = 'acknowledged' and tries > 1
  order by session_id, sequence limit :limit`;

/** What PostgreSQL knows of accounting, for the audit. Rejects while it is away. */
export class LedgerQueries {
  constructor(private readonly knex: Knex) {}

  async totals(scope: LedgerScope): Promise<LedgerTotals> {
    const [row] = await this.rows(TOTALS, scope);
    const number = (column: string) => Number(row?.[column] ?? 0);
    return {
      sessions: number('sessions'),
      open: number('open'),
      starts: number('starts'),
      interims: number('interims'),
      stops: number('stops'),
      shed: number('shed'),
      waiting: number('waiting'),
    };
  }

  async findings(scope: LedgerScope): Promise<LedgerFinding[]> {
    return (await this.rows(FINDINGS, scope)).map((row) => ({
      fault: String(row.fault),
      sessionId: String(row.session_id),
      sequence: Number(row.sequence),
      kind: String(row.kind),
      atMs: new Date(row.at as string).getTime(),
      detail: String(row.detail),
    }));
  }

  /** Sessions with a Start and without a Stop that nothing was heard of since `beforeMs`. */
  async quiet(scope: LedgerScope, beforeMs: number): Promise<{ sessionId: string; atMs: number }[]> {
    const rows = await this.rows(
      `with ${SCOPE} select session_id, max(event_at) as at from accounting_record join scope using (session_id)
       where start_acked_at is not null and stop_acked_at is null
       group by session_id having max(event_at) < to_timestamp(:beforeMs / 1000.0)`,
      { ...scope, beforeMs },
    );
    return rows.map((row) => ({ sessionId: String(row.session_id), atMs: new Date(row.at as string).getTime() }));
  }

  /** Which of these sessions have an acknowledged record. */
  async known(sessionIds: readonly string[]): Promise<Set<string>> {
    if (sessionIds.length === 0) return new Set();
    const { rows } = await this.knex.raw<{ rows: { session_id: string }[] }>(
      'select session_id from accounting where session_id = any(?::text[])',
      [[...sessionIds]] as never,
    );
    return new Set(rows.map(({ session_id }) => session_id));
  }

  /** The last event of a session that was dealt with; 0n: none. */
  async lastSequence(sessionId: string): Promise<bigint> {
    const row = await this.knex('accounting').where({ session_id: sessionId }).first('sequence');
    return BigInt(row?.sequence ?? 0);
  }

  private async rows(sql: string, bindings: object): Promise<Row[]> {
    const { rows } = await this.knex.raw<{ rows: Row[] }>(sql, bindings as never);
    return rows;
  }
}
