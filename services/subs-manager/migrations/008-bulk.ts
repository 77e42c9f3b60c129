import type { Migration } from '#lib/kernel/postgres.js';

/** Actions on many sessions: what was asked, and how far it came. */
export const bulkMigration: Migration = {
  name: '008-bulk',
  async up(knex) {
    await knex.schema.createTable('bulk_jobs', (table) => {
      table.text('id').primary();
      table.text('owner').notNullable();
      for (const name of ['state', 'action', 'detail', 'reason', 'user_name', 'source']) table.text(name).notNullable();
      for (const name of ['total', 'done', 'failed', 'gone', 'rate_per_s']) table.integer(name).notNullable();
      table.bigInteger('started_ms').notNullable().index();
      table.bigInteger('ended_ms').notNullable();
      table.jsonb('failures').notNullable();
    });
  },
};
