import type { Migration } from '#lib/kernel/postgres.js';

/** The DHCP server of the operator that gave the session's IPv4 address. */
export const upstreamMigration: Migration = {
  name: '006-upstream',
  async up(knex) {
    await knex.schema.alterTable('sessions', (table) => {
      table.jsonb('upstream').notNullable().defaultTo('{}');
    });
  },
};
