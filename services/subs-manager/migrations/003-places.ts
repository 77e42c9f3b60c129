import type { Migration } from '#lib/kernel/postgres.js';

/** Where on a shared line a session is; the line's name for a line of its own. */
export const placesMigration: Migration = {
  name: '003-places',
  async up(knex) {
    await knex.schema.alterTable('sessions', (table) => {
      table.text('place').notNullable().defaultTo('');
    });
    await knex('sessions').update({ place: knex.ref('line') });
  },
};
