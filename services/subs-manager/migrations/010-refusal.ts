import type { Migration } from '#lib/kernel/postgres.js';

/** SQLSTATE of a script that refused itself; its message says why. */
export const REFUSED = 'BN001';

/** A function that ends a script when a condition holds, and the sessions' way to their addresses. */
export const refusalMigration: Migration = {
  name: '010-refusal',
  async up(knex) {
    await knex.raw(`
      CREATE FUNCTION refuse_when(condition boolean, reason text) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        IF condition THEN RAISE EXCEPTION USING ERRCODE = '${REFUSED}', MESSAGE = reason; END IF;
      END $$`);
    await knex.schema.alterTable('addresses', (table) => {
      table.index(['session_id']);
    });
  },
};
