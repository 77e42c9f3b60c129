import { insertion, replaced } from '#lib/kernel/insert-rows.js';
import type { Knex } from '#lib/kernel/postgres.js';
import { jsonRows, runScript } from '#lib/kernel/sql-script.js';
import { Batcher } from './batcher.js';

export type RecordKind = 'start' | 'interim' | 'stop' | 'none';

/** What became of an event. `shed`: an interim given up under overload. `ignored`: not accounted for. */
export type RecordOutcome = 'acknowledged' | 'shed' | 'unsendable' | 'ignored';

/** An event of a session and the record it stands for. */
export interface LedgerEntry {
  readonly sessionId: string;
  /** Place of the event within its session. */
  readonly sequence: bigint;
  readonly kind: RecordKind;
  /** When it happened, Unix time. */
  readonly atMs: number;
}

/** An event that has been dealt with. */
export interface Progress extends LedgerEntry {
  readonly outcome: RecordOutcome;
  /** Further times that this process handed it to the servers, after the first. */
  readonly repeats: number;
  /** Who acknowledged; empty when nobody had to. */
  readonly server: string;
}

/** Where accounting stands, session by session, and the ledger of all records. Everything rejects while PostgreSQL is away. */
export interface AccountingStore {
  /**
   * The last event of the session that was dealt with; 0 when none. With `willSend`, when the entry's is the one after it, what
   * `sending` does is done too.
   */
  lastSequence(entry: LedgerEntry, willSend: boolean): Promise<bigint>;
  /** Written before a record goes out, so that one whose answer was never seen is known by name. */
  sending(entry: LedgerEntry): Promise<void>;
  record(progress: Progress): Promise<void>;
  /** Forgets sessions untouched for longer than `olderThanMs`, and their records. */
  prune(olderThanMs: number): Promise<void>;
}

const BATCH = 500;
/** How long an entry waits for others: nobody waits for accounting, and a statement of one costs as much as one of many. */
const LINGER_MS = 10;
const columnOf = { start: 'start_acked_at', interim: 'interim_acked_at', stop: 'stop_acked_at' } as const;

/** An entry before its record goes out. `send`: whether it is to be written down. */
interface Opening {
  readonly entry: LedgerEntry;
  readonly send: 'never' | 'when next' | 'always';
}

/** Where the sessions of the entries stand; entries whose record goes out now are written down. */
const opening = (items: readonly Opening[]): string => `
  WITH v AS (
    SELECT e.*, coalesce(a.sequence, 0) AS last
    FROM json_to_recordset(${jsonRows(items.map(({ entry, send }) => ({ ...entryRow(entry), send })))})
      AS e(session_id text, sequence bigint, kind text, event_at timestamptz, send text)
    LEFT JOIN accounting a USING (session_id)
  ), sent AS (
    INSERT INTO accounting_record (session_id, sequence, kind, event_at, outcome, tries, server)
    SELECT session_id, sequence, kind, event_at, 'sending', 1, '' FROM v
    WHERE send = 'always' OR (send = 'when next' AND sequence = last + 1)
    ON CONFLICT (session_id, sequence) DO UPDATE SET tries = accounting_record.tries + 1
  )
  SELECT session_id, last FROM v`;

const SETTLED = `
  ON CONFLICT (session_id, sequence) DO UPDATE SET ${replaced(['outcome', 'server', 'settled_at'])},
    tries = accounting_record.tries + excluded.tries`;
const ADVANCED = `
  ON CONFLICT (session_id) DO UPDATE SET
    sequence = greatest(accounting.sequence, excluded.sequence),
    start_acked_at = coalesce(accounting.start_acked_at, excluded.start_acked_at),
    interim_acked_at = coalesce(excluded.interim_acked_at, accounting.interim_acked_at),
    stop_acked_at = coalesce(accounting.stop_acked_at, excluded.stop_acked_at),
    interims = accounting.interims + excluded.interims,
    updated_at = excluded.updated_at`;

/** In PostgreSQL, many sessions per statement. */
export class PostgresAccountingStore implements AccountingStore {
  private readonly opens: Batcher<Opening, bigint>;
  private readonly writes: Batcher<Progress, undefined>;

  constructor(private readonly knex: Knex) {
    this.opens = new Batcher((items) => this.openMany(items), BATCH, LINGER_MS);
    this.writes = new Batcher((items) => this.writeMany(items), BATCH, LINGER_MS);
  }

  lastSequence(entry: LedgerEntry, willSend: boolean): Promise<bigint> {
    return this.opens.add({ entry, send: willSend ? 'when next' : 'never' });
  }

  async sending(entry: LedgerEntry): Promise<void> {
    await this.opens.add({ entry, send: 'always' });
  }

  record(progress: Progress): Promise<void> {
    return this.writes.add(progress);
  }

  async prune(olderThanMs: number): Promise<void> {
    const before = new Date(Date.now() - olderThanMs);
    const gone = this.knex('accounting').where('updated_at', '<', before).select('session_id');
    await this.knex('accounting_record').whereIn('session_id', gone).delete();
    await this.knex('accounting').where('updated_at', '<', before).delete();
  }

  private async openMany(items: readonly Opening[]): Promise<bigint[]> {
    const [rows] = await runScript(this.knex, [opening(items)]);
    const found = new Map((rows as { session_id: string; last: string }[]).map((row) => [row.session_id, row.last]));
    return items.map(({ entry }) => BigInt(found.get(entry.sessionId) ?? 0));
  }

  private async writeMany(items: readonly Progress[]): Promise<undefined[]> {
    const now = new Date();
    await runScript(this.knex, [
      insertion(
        'accounting_record',
        items.map((one) => settledRow(one, now)),
        SETTLED,
      ),
      insertion(
        'accounting',
        items.map((one) => advancedRow(one, now)),
        ADVANCED,
      ),
    ]);
    return items.map(() => undefined);
  }
}

const entryRow = ({ sessionId, sequence, kind, atMs }: LedgerEntry) => ({
  session_id: sessionId,
  sequence: sequence.toString(),
  kind,
  event_at: new Date(atMs),
});

const settledRow = ({ outcome, repeats, server, ...entry }: Progress, now: Date) => ({
  ...entryRow(entry),
  outcome,
  server,
  tries: repeats,
  settled_at: now,
});

const advancedRow = ({ sessionId, sequence, kind, outcome }: Progress, now: Date) => ({
  session_id: sessionId,
  sequence: sequence.toString(),
  start_acked_at: null,
  interim_acked_at: null,
  stop_acked_at: null,
  interims: kind === 'interim' && outcome === 'acknowledged' ? 1 : 0,
  updated_at: now,
  ...(kind !== 'none' && outcome === 'acknowledged' && { [columnOf[kind]]: now }),
});
