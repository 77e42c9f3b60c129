import knexModule, { type Knex } from 'knex';
import { BngError } from './errors.js';
import type { Component } from './lifecycle.js';

export type { Knex } from 'knex';

/** One schema change of a service; names sort in the order of application (`001-sessions`). */
export interface Migration {
  name: string;
  up(knex: Knex): Promise<void>;
}

export interface PostgresOptions {
  /** postgres:// URL; a secret. */
  url: string;
  /** The service's own PostgreSQL schema: created when missing, no other service reads it. */
  schema: string;
  migrations: readonly Migration[];
  /** Connections at most; 10 when absent. */
  poolSize?: number;
}

const connectionCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'],
  // query_canceled is what statement_timeout gives.
  ...['57014', '57P01', '57P02', '57P03', '08006', '08001'],
]);

/** How pg and knex say it where they give no code. */
const connectionTexts =
  /Connection terminated|Connection ended|connection error and is not queryable|Query read timeout|timeout exceeded when trying to connect/;

/** True when PostgreSQL could not be reached, went away or did not answer in time, as opposed to a refused statement. */
export function isConnectionLoss(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const { code, name, message } = thrown as { code?: unknown; name?: unknown; message?: unknown };
  return connectionCodes.has(String(code)) || name === 'KnexTimeoutError' || connectionTexts.test(String(message));
}

/** True when PostgreSQL has no space left to do it (disk_full): nothing can be added until there is. */
export const isOutOfSpace = (thrown: unknown): boolean =>
  typeof thrown === 'object' && thrown !== null && (thrown as { code?: unknown }).code === '53100';

/** knex would print connection errors to the console; they reach the caller anyway. */
const quiet = { warn() {}, error() {}, deprecate() {}, debug() {} };

/** The connection pool of a service. A server that stays silent fails the statement after 20 s. Nothing connects before `migrate` or the first query. */
export class Postgres implements Component {
  readonly name = 'postgres';
  readonly knex: Knex;

  constructor(private readonly options: PostgresOptions) {
    this.knex = knexModule.knex({
      client: 'pg',
      connection: {
        connectionString: options.url,
        application_name: `causeway-${options.schema}`,
        keepAlive: true,
        connectionTimeoutMillis: 5_000,
        statement_timeout: 15_000,
        query_timeout: 20_000,
      },
      log: quiet,
      searchPath: [options.schema],
      pool: { min: 0, max: options.poolSize ?? 10 },
      acquireConnectionTimeout: 5_000,
    });
  }

  /** Migrates; rejects with `unavailable` when PostgreSQL cannot be reached. */
  async start(): Promise<void> {
    await this.migrate();
  }

  /** Creates the schema and applies what is missing, in one order, safe against a second instance doing the same. */
  async migrate(): Promise<void> {
    try {
      await this.createSchema();
      await this.knex.migrate.latest({
        migrationSource: {
          getMigrations: async () => [...this.options.migrations],
          getMigrationName: (migration: Migration) => migration.name,
          getMigration: async (migration: Migration) => ({ up: migration.up, down: async () => {} }),
        },
        schemaName: this.options.schema,
      });
    } catch (error) {
      if (isConnectionLoss(error)) throw new BngError('unavailable', 'PostgreSQL cannot be reached', {}, error);
      throw error;
    }
  }

  /** CREATE SCHEMA IF NOT EXISTS races with itself in PostgreSQL, hence the advisory lock. */
  private async createSchema(): Promise<void> {
    await this.knex.transaction(async (trx) => {
      await trx.raw('SELECT pg_advisory_xact_lock(7226101)');
      await trx.raw('CREATE SCHEMA IF NOT EXISTS ??', [this.options.schema]);
    });
  }

  async stop(): Promise<void> {
    await this.knex.destroy();
  }
}
