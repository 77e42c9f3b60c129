import type { Migration } from '#lib/kernel/postgres.js';

/** Which instance the sessions of this database belong to: one row, its epoch grows with every change. */
export const ownerMigration: Migration = {
  name: '009-owner',
  async up(knex) {
    await knex.schema.createTable('owner', (table) => {
      table.integer('id').primary();
      table.bigInteger('epoch').notNullable();
      table.text('holder').notNullable();
      table.bigInteger('since_ms').notNullable();
    });
  },
};
