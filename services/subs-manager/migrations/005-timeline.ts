import type { Migration } from '#lib/kernel/postgres.js';

/** What happened to each attempt to attach, step by step; kept for some days. */
export const timelineMigration: Migration = {
  name: '005-timeline',
  async up(knex) {
    await knex.schema.createTable('timeline', (table) => {
      table.bigIncrements('id').primary();
      table.bigInteger('at_ms').notNullable().index();
      table.text('session_id').notNullable().index();
      table.text('step').notNullable();
      table.text('outcome').notNullable();
      table.text('detail').notNullable();
      table.text('peer').notNullable();
      table.double('took_ms').notNullable();
      for (const name of ['mac', 'line', 'place', 'ipv4', 'user_name']) {
        table.text(name).notNullable();
        table.index([name, 'at_ms']);
      }
    });
  },
};
