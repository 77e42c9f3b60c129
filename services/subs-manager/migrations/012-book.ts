import type { Migration } from '#lib/kernel/postgres.js';

/** A name of this database's own, by which configd tells the sessions of one database from those of another. */
export const bookMigration: Migration = {
  name: '012-book',
  async up(knex) {
    await knex.schema.alterTable('owner', (table) => {
      table.uuid('book').notNullable().defaultTo(knex.raw('gen_random_uuid()'));
    });
  },
};
