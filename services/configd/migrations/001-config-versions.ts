import type { Migration } from '#lib/kernel/postgres.js';

/** Every apply that was planned, with its whole text and its outcome. */
export const configVersions: Migration = {
  name: '001-config-versions',
  async up(knex) {
    await knex.schema.createTable('config_versions', (table) => {
      // Not a sequence: those skip numbers when PostgreSQL crashes, and people count versions.
      table.bigInteger('version').primary();
      table.timestamp('planned_at').notNullable().defaultTo(knex.fn.now());
      table.text('user_name').notNullable();
      table.text('source').notNullable();
      table.text('comment').notNullable();
      table.text('yaml').notNullable();
      table.text('etag').notNullable();
      table.jsonb('steps').notNullable();
      table.integer('step_count').notNullable();
      table.integer('sessions_affected').notNullable();
      table.text('outcome').notNullable().checkIn(['planned', 'applied', 'failed', 'interrupted']);
      table.text('detail').notNullable().defaultTo('');
      table.integer('messages_sent').notNullable().defaultTo(0);
      table.double('duration_ms').notNullable().defaultTo(0);
      table.index(['outcome', 'version']);
    });
  },
};
