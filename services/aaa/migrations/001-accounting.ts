import type { Migration } from '#lib/kernel/postgres.js';

/** How far each session's accounting has been acknowledged by a RADIUS server: the ledger of Start, interims and Stop. */
export const accountingMigration: Migration = {
  name: '001-accounting',
  async up(knex) {
    await knex.schema.createTable('accounting', (table) => {
      table.text('session_id').primary();
      table.bigInteger('sequence').notNullable().comment('last event answered for');
      table.timestamp('start_acked_at');
      table.timestamp('interim_acked_at');
      table.timestamp('stop_acked_at');
      table.integer('interims').notNullable().defaultTo(0);
      table.timestamp('updated_at').notNullable().defaultTo(knex.fn.now());
      table.index(['updated_at']);
    });
  },
};
