import type { Migration } from '#lib/kernel/postgres.js';

/** Steps of one attempt that are written together share a row: most of the cost is the indexes of its names. */
export const timelineStepsMigration: Migration = {
  name: '011-timeline-steps',
  async up(knex) {
    await knex.schema.alterTable('timeline', (table) => {
      table.jsonb('earlier').notNullable().defaultTo('[]').comment('steps before it, what differs from the row');
    });
  },
};
