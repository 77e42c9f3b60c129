import { BulkJob } from '#gen/bng/v1/subs_tools.js';
import type { Knex } from '#lib/kernel/postgres.js';

interface Row {
  id: string;
  state: string;
  action: string;
  detail: string;
  reason: string;
  user_name: string;
  source: string;
  total: number;
  done: number;
  failed: number;
  gone: number;
  rate_per_s: number;
  started_ms: string;
  ended_ms: string;
  failures: { sessionId: string; error: string }[];
}

/** PostgreSQL takes no zero byte in texts. */
const plain = (text: string): string => text.replaceAll('\0', '');

function toRow(job: BulkJob, owner: string) {
  const { id, state, action, detail, reason, user, source, total, done, failed, gone } = job;
  const failures = job.failures.map(({ sessionId, error }) => ({ sessionId, error: plain(error) }));
  return {
    ...{ id, owner, state, action, detail: plain(detail), reason: plain(reason), source: plain(source) },
    ...{ total, done, failed, gone, rate_per_s: job.ratePerS, user_name: plain(user) },
    started_ms: job.startedMs.toString(),
    ended_ms: job.endedMs.toString(),
    failures: JSON.stringify(failures),
  };
}

const fromRow = ({ user_name, rate_per_s, started_ms, ended_ms, ...row }: Row): BulkJob =>
  BulkJob.fromPartial({
    ...row,
    user: user_name,
    ratePerS: rate_per_s,
    startedMs: BigInt(started_ms),
    endedMs: BigInt(ended_ms),
  });

/** SQL of actions on many sessions. */
export class BulkStore {
  constructor(
    private readonly knex: Knex,
    private readonly owner: string,
  ) {}

  /** Writes a new job, or how far a known one is. */
  async save(job: BulkJob): Promise<void> {
    const { id, ...rest } = toRow(job, this.owner);
    await this.knex('bulk_jobs')
      .insert({ id, ...rest })
      .onConflict('id')
      .merge();
  }

  /** The newest first. */
  async list(limit: number): Promise<BulkJob[]> {
    const rows: Row[] = await this.knex('bulk_jobs')
      .where({ owner: this.owner })
      .orderBy('started_ms', 'desc')
      .limit(limit);
    return rows.map(fromRow);
  }

  async get(id: string): Promise<BulkJob | undefined> {
    const row: Row | undefined = await this.knex('bulk_jobs')
      .where({ id: plain(id), owner: this.owner })
      .first();
    return row && fromRow(row);
  }

  /** What a former run of ours had under way will not go on. */
  async interrupt(nowMs: number): Promise<void> {
    await this.knex('bulk_jobs')
      .where({ owner: this.owner, state: 'running' })
      .update({ state: 'interrupted', ended_ms: nowMs });
  }
}
