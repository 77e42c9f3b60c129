import type { Migration } from '#lib/kernel/postgres.js';

/** Every version of every profile; rows are never changed. */
export const profilesMigration: Migration = {
  name: '001-profiles',
  async up(knex) {
    await knex.schema.createTable('profiles', (table) => {
      table.text('name').notNullable();
      table.integer('version').notNullable();
      table.jsonb('rates').notNullable();
      table.timestamp('stored_at').notNullable().defaultTo(knex.fn.now());
      table.primary(['name', 'version']);
    });
  },
};
