import { insertRows, replaced } from '#lib/kernel/insert-rows.js';
import type { Knex } from '#lib/kernel/postgres.js';
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
  /** The last event dealt with; 0 when none. */
  lastSequence(sessionId: string): Promise<bigint>;
  /** Written before a record goes out, so that one whose answer was never seen is known by name. */
  sending(entry: LedgerEntry): Promise<void>;
  record(progress: Progress): Promise<void>;
  /** Forgets sessions untouched for longer than `olderThanMs`, and their records. */
  prune(olderThanMs: number): Promise<void>;
}

const BATCH = 500;
const columnOf = { start: 'start_acked_at', interim: 'interim_acked_at', stop: 'stop_acked_at' } as const;

const SENT = 'ON CONFLICT (session_id, sequence) DO UPDATE SET tries = accounting_record.tries + 1';
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
  private readonly reads: Batcher<string, bigint>;
  private readonly sends: Batcher<LedgerEntry, undefined>;
  private readonly writes: Batcher<Progress, undefined>;

  constructor(private readonly knex: Knex) {
    this.reads = new Batcher((ids) => this.readMany(ids), BATCH);
    this.sends = new Batcher((items) => this.sendMany(items), BATCH);
    this.writes = new Batcher((items) => this.writeMany(items), BATCH);
  }

  lastSequence(sessionId: string): Promise<bigint> {
    return this.reads.add(sessionId);
  }

  sending(entry: LedgerEntry): Promise<void> {
    return this.sends.add(entry);
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

  private async readMany(ids: readonly string[]): Promise<bigint[]> {
    const rows = await this.knex<{ session_id: string; sequence: string }>('accounting')
      .whereIn('session_id', [...new Set(ids)])
      .select('session_id', 'sequence');
    const found = new Map(rows.map((row) => [row.session_id, BigInt(row.sequence)]));
    return ids.map((id) => found.get(id) ?? 0n);
  }

  private async sendMany(items: readonly LedgerEntry[]): Promise<undefined[]> {
    const rows = items.map((entry) => ({ ...entryRow(entry), outcome: 'sending', tries: 1, server: '' }));
    await insertRows(this.knex, 'accounting_record', rows, SENT);
    return items.map(() => undefined);
  }

  private async writeMany(items: readonly Progress[]): Promise<undefined[]> {
    const now = new Date();
    await this.knex.transaction(async (transaction) => {
      await this.settleRecords(transaction, items, now);
      await this.advanceSessions(transaction, items, now);
    });
    return items.map(() => undefined);
  }

  private async settleRecords(transaction: Knex, items: readonly Progress[], now: Date): Promise<void> {
    const rows = items.map(({ outcome, repeats, server, ...entry }) => ({
      ...entryRow(entry),
      outcome,
      server,
      tries: repeats,
      settled_at: now,
    }));
    await insertRows(transaction, 'accounting_record', rows, SETTLED);
  }

  private async advanceSessions(transaction: Knex, items: readonly Progress[], now: Date): Promise<void> {
    const rows = items.map(({ sessionId, sequence, kind, outcome }) => ({
      session_id: sessionId,
      sequence: sequence.toString(),
      start_acked_at: null,
      interim_acked_at: null,
      stop_acked_at: null,
      interims: kind === 'interim' && outcome === 'acknowledged' ? 1 : 0,
      updated_at: now,
      ...(kind !== 'none' && outcome === 'acknowledged' && { [columnOf[kind]]: now }),
    }));
    await insertRows(transaction, 'accounting', rows, ADVANCED);
  }
}

const entryRow = ({ sessionId, sequence, kind, atMs }: LedgerEntry) => ({
  session_id: sessionId,
  sequence: sequence.toString(),
  kind,
  event_at: new Date(atMs),
});
