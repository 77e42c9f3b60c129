import { BngError } from '#lib/kernel/errors.js';
import { enqueue, type OutboxEvent } from '#lib/kernel/outbox.js';
import { isConnectionLoss, type Knex } from '#lib/kernel/postgres.js';
import { excerpt } from './diff/excerpt.js';
import type { DiffLine } from './diff/lines.js';
import type { SourceFile } from './document/load-sources.js';
import type { StoredConfig } from './snapshot.js';

/** How an apply ended. `reverted`: was applied, and taken back unconfirmed. `interrupted`: configd was killed before it could say. */
export type Outcome = 'applied' | 'reverted' | 'failed' | 'interrupted';

/** One change to one object, as kept in the history. */
export interface StepRecord {
  readonly action: 'create' | 'update' | 'recreate' | 'remove';
  readonly kind: string;
  readonly key: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface PlannedApply {
  readonly yaml: string;
  readonly etag: string;
  readonly user: string;
  readonly source: string;
  readonly comment: string;
  /** Address it came from; empty: not known. */
  readonly peer: string;
  readonly steps: readonly StepRecord[];
  readonly lines: readonly DiffLine[];
  /** What the text was merged from. */
  readonly files: readonly SourceFile[];
  readonly sessionsAffected: number;
}

/** What is told of a configuration that did not come as an apply. */
export interface Adoption {
  readonly source: string;
  readonly comment: string;
  readonly steps: number;
  readonly messagesSent: number;
  readonly durationMs: number;
}

export interface FinishedApply {
  readonly outcome: Outcome;
  readonly detail: string;
  readonly messagesSent: number;
  readonly durationMs: number;
}

export interface HistoryRow {
  readonly version: bigint;
  readonly atMs: number;
  readonly user: string;
  readonly source: string;
  readonly comment: string;
  readonly outcome: Outcome | 'planned';
  readonly detail: string;
  readonly steps: number;
  readonly durationMs: number;
  readonly peer: string;
  readonly sessionsAffected: number;
  readonly messagesSent: number;
  readonly etag: string;
}

/** One version with all that was kept of it. */
export interface HistoryDetails {
  readonly entry: HistoryRow;
  readonly lines: readonly DiffLine[];
  readonly yaml: string;
  readonly files: readonly SourceFile[];
}

interface Row {
  version: string;
  planned_at: Date;
  user_name: string;
  source: string;
  comment: string;
  yaml: string;
  etag: string;
  outcome: HistoryRow['outcome'];
  detail: string;
  step_count: number;
  duration_ms: number;
  peer: string;
  sessions_affected: number;
  messages_sent: number;
  lines: DiffLine[];
  files: SourceFile[];
}

const historyColumns = [
  'version',
  'planned_at',
  'user_name',
  'source',
  'comment',
  'outcome',
  'detail',
  'step_count',
  'duration_ms',
  'peer',
  'sessions_affected',
  'messages_sent',
  'etag',
] as const;

/** Steps of larger plans are counted but not kept one by one. */
const maxStoredSteps = 2_000;

/** All SQL of configd: the configurations and their history. Rejects with `unavailable` while PostgreSQL is away. */
export class ConfigStore {
  constructor(private readonly knex: Knex) {}

  /** The configuration that was applied last. */
  current(): Promise<StoredConfig | undefined> {
    return this.guard(async () => {
      const row = await this.versions()
        .where({ outcome: 'applied' })
        .orderBy('version', 'desc')
        .first('version', 'yaml', 'etag');
      return row && toConfig(row);
    });
  }

  /** One version whatever its outcome, or undefined. */
  version(version: bigint): Promise<StoredConfig | undefined> {
    return this.guard(async () => {
      const row = await this.versions()
        .where({ version: String(version) })
        .first('version', 'yaml', 'etag');
      return row && toConfig(row);
    });
  }

  /** Records what is about to be executed; returns its version. */
  plan(apply: PlannedApply): Promise<bigint> {
    return this.guard(async () => {
      const [row] = await this.knex('config_versions')
        .insert({
          version: this.freeVersion(),
          user_name: apply.user,
          source: apply.source,
          comment: apply.comment,
          yaml: apply.yaml,
          etag: apply.etag,
          steps: JSON.stringify(apply.steps.slice(0, maxStoredSteps).map(excerpt)),
          lines: JSON.stringify(apply.lines.slice(0, maxStoredSteps)),
          files: JSON.stringify(apply.files.length > 1 ? apply.files : []),
          peer: apply.peer,
          step_count: apply.steps.length,
          sessions_affected: apply.sessionsAffected,
          outcome: 'planned',
        })
        .returning<{ version: string }[]>('version');
      return BigInt(row?.version ?? 0);
    });
  }

  /** Records the outcome, with the events that tell it, in one transaction. */
  finish(version: bigint, result: FinishedApply, events: readonly OutboxEvent[]): Promise<void> {
    return this.guard(() =>
      this.knex.transaction(async (trx) => {
        await trx('config_versions')
          .where({ version: String(version) })
          .update({
            outcome: result.outcome,
            detail: result.detail,
            messages_sent: result.messagesSent,
            duration_ms: result.durationMs,
          });
        await enqueue(trx, events);
      }),
    );
  }

  /** Settles what a killed process left open: `done`, if among it, is known to have been applied, the rest was interrupted. */
  settlePlanned(done: StoredConfig | undefined): Promise<{ applied: bigint[]; interrupted: bigint[] }> {
    return this.guard(async () => {
      const settle = async (outcome: Outcome, detail: string, only: (query: Knex.QueryBuilder) => void) => {
        const rows = await this.versions()
          .where({ outcome: 'planned' })
          .andWhere(only)
          .update({ outcome, detail })
          .returning('version');
        return rows.map((row) => BigInt(row.version));
      };
      const applied = await settle('applied', 'recorded after a restart', (query) => {
        query.where({ version: String(done?.version ?? -1n), etag: done?.etag ?? '' });
      });
      const interrupted = await settle('interrupted', 'configd ended before the apply did', () => {});
      return { applied, interrupted };
    });
  }

  /**
   * Takes a configuration that this node runs and PostgreSQL does not know as the last applied one; it keeps its version
   * unless that is taken. What it took the place of is told as reverted. Returns it as stored.
   */
  adopt(config: StoredConfig, about: Adoption = takenOver): Promise<StoredConfig> {
    return this.guard(() =>
      this.knex.transaction(async (trx) => {
        const taken = await trx<Row>('config_versions')
          .where({ version: String(config.version) })
          .first('version');
        const [row] = await trx('config_versions')
          .insert({
            version: taken ? this.freeVersion() : String(config.version),
            user_name: 'configd',
            source: about.source,
            comment: about.comment,
            yaml: config.yaml,
            etag: config.etag,
            steps: '[]',
            step_count: about.steps,
            sessions_affected: 0,
            messages_sent: about.messagesSent,
            duration_ms: about.durationMs,
            outcome: 'applied',
          })
          .returning<{ version: string }[]>('version');
        if (config.tookBack !== undefined)
          await trx('config_versions')
            .where({ version: String(config.tookBack), outcome: 'applied' })
            .update({ outcome: 'reverted', detail: 'was not confirmed' });
        return { ...config, version: BigInt(row?.version ?? 0) };
      }),
    );
  }

  history(limit: number): Promise<HistoryRow[]> {
    return this.guard(async () => {
      const rows = await this.versions()
        .orderBy('version', 'desc')
        .limit(limit)
        .select(...historyColumns);
      return rows.map(toHistory);
    });
  }

  /** The number that the next version would get. */
  nextVersion(): Promise<bigint> {
    return this.guard(async () => {
      const row = await this.versions().max('version as last').first<{ last: string | null }>();
      return BigInt(row?.last ?? 0) + 1n;
    });
  }

  /** Says that an applied version was taken back. */
  revert(version: bigint, detail: string): Promise<void> {
    return this.guard(async () => {
      await this.versions()
        .where({ version: String(version), outcome: 'applied' })
        .update({ outcome: 'reverted', detail });
    });
  }

  /** One version with all that was kept of it, or undefined. */
  details(version: bigint): Promise<HistoryDetails | undefined> {
    return this.guard(async () => {
      const row = await this.versions()
        .where({ version: String(version) })
        .first(...historyColumns, 'lines', 'yaml', 'files');
      return row && { entry: toHistory(row), lines: row.lines, yaml: row.yaml, files: row.files };
    });
  }

  /** Applies run one after the other, and one configd writes here. */
  private freeVersion() {
    return this.knex.raw('(SELECT coalesce(max(version), 0) + 1 FROM config_versions)');
  }

  private versions() {
    return this.knex<Row>('config_versions');
  }

  private async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isConnectionLoss(error)) throw new BngError('unavailable', 'PostgreSQL cannot be reached', {}, error);
      throw error;
    }
  }
}

const takenOver: Adoption = {
  source: 'snapshot',
  comment: 'taken over from the node',
  steps: 0,
  messagesSent: 0,
  durationMs: 0,
};

const toConfig = (row: Pick<Row, 'version' | 'yaml' | 'etag'>): StoredConfig => ({
  version: BigInt(row.version),
  yaml: row.yaml,
  etag: row.etag,
});

const toHistory = (row: Pick<Row, (typeof historyColumns)[number]>): HistoryRow => ({
  version: BigInt(row.version),
  atMs: row.planned_at.getTime(),
  user: row.user_name,
  source: row.source,
  comment: row.comment,
  outcome: row.outcome,
  detail: row.detail,
  steps: row.step_count,
  durationMs: row.duration_ms,
  peer: row.peer,
  sessionsAffected: row.sessions_affected,
  messagesSent: row.messages_sent,
  etag: row.etag,
});
