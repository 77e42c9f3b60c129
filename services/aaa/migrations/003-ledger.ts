import type { Migration } from '#lib/kernel/postgres.js';

/** One row for each event of each session: what was sent to a RADIUS server, how often, and what came of it. */
export const ledgerMigration: Migration = {
  name: '003-ledger',
  async up(knex) {
    await knex.schema.createTable('accounting_record', (table) => {
      table.text('session_id').notNullable();
      table.bigInteger('sequence').notNullable();
      table.text('kind').notNullable().comment('start, interim, stop, none');
      table.timestamp('event_at').notNullable();
      table.text('outcome').notNullable().comment('sending, acknowledged, shed, unsendable, ignored');
      table.integer('tries').notNullable().defaultTo(0).comment('times it was handed to the servers');
      table.text('server').notNullable().defaultTo('');
      table.timestamp('settled_at');
      table.primary(['session_id', 'sequence']);
      table.index(['event_at']);
    });
    await knex.schema.createTable('accounting_node', (table) => {
      table.text('nas').primary();
      table.timestamp('on_acked_at').notNullable();
    });
  },
};
