import type { Migration } from '#lib/kernel/postgres.js';

/** The last acceptance of each user of groups that may live on it while no RADIUS server answers. */
export const answerMigration: Migration = {
  name: '002-answer',
  async up(knex) {
    await knex.schema.createTable('answer', (table) => {
      table.text('user_name').primary();
      table.bigInteger('at_ms').notNullable();
      table.binary('answer').notNullable().comment('bng.v1.AuthorizeResponse');
    });
  },
};
