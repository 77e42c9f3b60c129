import type { Knex } from '#lib/kernel/postgres.js';
import type { DirectionRates } from '#lib/policy/session-rates.js';

/** One stored version of a profile. */
export interface StoredProfile {
  name: string;
  /** 1, 2, 3 ... */
  version: number;
  rates: DirectionRates;
}

/** Where the catalogue lives. Versions are immutable. */
export interface ProfileStore {
  /** The newest version of each profile, by name. */
  newest(): Promise<StoredProfile[]>;
  /** A version, or the newest when `version` is absent; undefined when there is none. */
  find(name: string, version?: number): Promise<StoredProfile | undefined>;
  /** Adds what `decide` makes of the newest version, one caller at a time per name; undefined keeps everything as it is. */
  append(
    name: string,
    decide: (newest: StoredProfile | undefined) => DirectionRates | undefined,
  ): Promise<StoredProfile | undefined>;
}

const columns = ['name', 'version', 'rates'] as const;

const newestOf = (knex: Knex, name: string): Promise<StoredProfile | undefined> =>
  knex<StoredProfile>('profiles').where({ name }).orderBy('version', 'desc').first(columns);

/** The catalogue in PostgreSQL. */
export class PostgresProfileStore implements ProfileStore {
  constructor(private readonly knex: Knex) {}

  async newest(): Promise<StoredProfile[]> {
    return this.knex('profiles')
      .distinctOn('name')
      .select(columns)
      .orderBy([{ column: 'name' }, { column: 'version', order: 'desc' }]);
  }

  async find(name: string, version?: number): Promise<StoredProfile | undefined> {
    if (version === undefined) return newestOf(this.knex, name);
    return this.knex<StoredProfile>('profiles').where({ name, version }).first(columns);
  }

  async append(
    name: string,
    decide: (newest: StoredProfile | undefined) => DirectionRates | undefined,
  ): Promise<StoredProfile | undefined> {
    return this.knex.transaction(async (trx) => {
      await trx.raw('SELECT pg_advisory_xact_lock(hashtext(?))', [name]);
      const newest = await newestOf(trx, name);
      const rates = decide(newest);
      if (rates === undefined) return newest;
      const stored = { name, version: (newest?.version ?? 0) + 1, rates };
      await trx('profiles').insert({ ...stored, rates: JSON.stringify(rates) });
      return stored;
    });
  }
}
