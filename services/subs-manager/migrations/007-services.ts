import type { Migration } from '#lib/kernel/postgres.js';

/** Services of sessions, and the number of the newest event of each. */
export const servicesMigration: Migration = {
  name: '007-services',
  async up(knex) {
    await knex.schema.alterTable('sessions', (table) => {
      table.jsonb('services').notNullable().defaultTo('{}');
    });
    await knex.schema.createTable('services', (table) => {
      table.text('acct_session_id').primary();
      table.text('session_id').notNullable().index();
      table.integer('sequence').notNullable();
    });
  },
};
