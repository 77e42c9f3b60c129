import { insertRows } from '#lib/kernel/insert-rows.js';
import type { Knex } from '#lib/kernel/postgres.js';
import type { TimelineRow } from './session/timeline.js';

const columns = ['session_id', 'mac', 'ipv4', 'line', 'place', 'user_name'] as const;
/** Attempts looked at for one key. */
const MAX_ATTEMPTS = 20;
const PURGE_BATCH = 20_000;

/** A row: the last of some steps of one attempt, and those before it by what differs. */
interface StoredSteps extends TimelineRow {
  earlier: Partial<TimelineRow>[];
}

/** A step and its place among all. */
export type TimelineStepRow = TimelineRow & { id: string };

/** Steps of the same attempt as one row. */
function together(steps: readonly TimelineRow[]): StoredSteps[] {
  const attempts = new Map<string, TimelineRow[]>();
  for (const step of steps) {
    const attempt = attempts.get(step.session_id);
    if (attempt) attempt.push(step);
    else attempts.set(step.session_id, [step]);
  }
  return [...attempts.values()].map((attempt) => {
    const last = attempt.at(-1) as TimelineRow;
    return { ...last, earlier: attempt.slice(0, -1).map((step) => difference(step, last)) };
  });
}

const difference = (step: TimelineRow, from: TimelineRow): Partial<TimelineRow> =>
  Object.fromEntries(Object.entries(step).filter(([name, value]) => from[name as keyof TimelineRow] !== value));

const apart = ({ id, at_ms, earlier, ...last }: StoredSteps & { id: string }): TimelineStepRow[] =>
  [...earlier, {}].map((step, place) => ({ ...last, at_ms: Number(at_ms), ...step, id: `${id}.${place}` }));

/** SQL of the timeline. */
export class TimelineStore {
  constructor(private readonly knex: Knex) {}

  async addTimeline(rows: readonly TimelineRow[]): Promise<void> {
    await insertRows(this.knex, 'timeline', together(rows));
  }

  async purgeTimeline(beforeMs: number): Promise<void> {
    const old = this.knex('timeline').where('at_ms', '<', beforeMs).select('id').limit(PURGE_BATCH);
    for (let gone = PURGE_BATCH; gone === PURGE_BATCH; ) gone = await this.knex('timeline').whereIn('id', old).delete();
  }

  /** Every step of the newest attempts that any of their names fits. */
  async attempts(key: string): Promise<TimelineStepRow[]> {
    const newest = columns.map((column) =>
      this.knex('timeline').where(column, key).orderBy('at_ms', 'desc').select('session_id', 'at_ms').limit(200),
    );
    const found: { session_id: string; at_ms: string }[] = (await Promise.all(newest)).flat();
    found.sort((a, b) => Number(b.at_ms) - Number(a.at_ms));
    const ids = [...new Set(found.map(({ session_id }) => session_id))].slice(0, MAX_ATTEMPTS);
    const rows = await this.knex('timeline').whereIn('session_id', ids).orderBy('id');
    return rows.flatMap(apart);
  }
}
