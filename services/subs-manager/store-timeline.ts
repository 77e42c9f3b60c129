import { insertRows } from '#lib/kernel/insert-rows.js';
import type { Knex } from '#lib/kernel/postgres.js';
import type { TimelineRow } from './session/timeline.js';

const columns = ['session_id', 'mac', 'ipv4', 'line', 'place', 'user_name'] as const;
/** Attempts looked at for one key. */
const MAX_ATTEMPTS = 20;
const PURGE_BATCH = 20_000;

/** SQL of the timeline. */
export class TimelineStore {
  constructor(private readonly knex: Knex) {}

  async addTimeline(rows: readonly TimelineRow[]): Promise<void> {
    await insertRows(this.knex, 'timeline', rows);
  }

  async purgeTimeline(beforeMs: number): Promise<void> {
    const old = this.knex('timeline').where('at_ms', '<', beforeMs).select('id').limit(PURGE_BATCH);
    for (let gone = PURGE_BATCH; gone === PURGE_BATCH; ) gone = await this.knex('timeline').whereIn('id', old).delete();
  }

  /** Every step of the newest attempts that any of their names fits, oldest step first. */
  async attempts(key: string): Promise<(TimelineRow & { id: number })[]> {
    const newest = columns.map((column) =>
      this.knex('timeline').where(column, key).orderBy('at_ms', 'desc').select('session_id', 'at_ms').limit(200),
    );
    const found: { session_id: string; at_ms: string }[] = (await Promise.all(newest)).flat();
    found.sort((a, b) => Number(b.at_ms) - Number(a.at_ms));
    const ids = [...new Set(found.map(({ session_id }) => session_id))].slice(0, MAX_ATTEMPTS);
    const rows = await this.knex('timeline').whereIn('session_id', ids).orderBy('id');
    return rows.map((row) => ({ ...row, id: Number(row.id), at_ms: Number(row.at_ms) }));
  }
}
