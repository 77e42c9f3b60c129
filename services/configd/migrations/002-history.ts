import type { Migration } from '#lib/kernel/postgres.js';

/** From where a version came, its diff in words, what it was merged from, and that it may have been taken back. */
export const configHistory: Migration = {
  name: '002-history',
  async up(knex) {
    await knex.schema.alterTable('config_versions', (table) => {
      table.text('peer').notNullable().defaultTo('');
      table.jsonb('lines').notNullable().defaultTo('[]');
      table.jsonb('files').notNullable().defaultTo('[]');
    });
    await knex.raw('ALTER TABLE config_versions DROP CONSTRAINT IF EXISTS config_versions_outcome_check');
    await knex.raw(
      "ALTER TABLE config_versions ADD CONSTRAINT config_versions_outcome_check CHECK (outcome IN ('planned', 'applied', 'reverted', 'failed', 'interrupted'))",
    );
  },
};
