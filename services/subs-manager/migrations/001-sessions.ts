import type { Migration } from '#lib/kernel/postgres.js';

/** Live sessions, and every address that was ever given with who has or had it last. */
export const sessionsMigration: Migration = {
  name: '001-sessions',
  async up(knex) {
    await knex.schema.createTable('sessions', (table) => {
      table.text('session_id').primary();
      table.text('state').notNullable();
      table.text('line').notNullable();
      table.text('mac').notNullable();
      table.text('vrf').notNullable();
      table.text('ipv4').notNullable();
      table.text('pool').notNullable();
      table.text('user_name').notNullable();
      table.text('grp').notNullable();
      table.jsonb('identity').notNullable();
      table.jsonb('policy').notNullable();
      table.jsonb('class').notNullable();
      table.jsonb('usage').notNullable();
      table.bigInteger('created_ms').notNullable();
      table.bigInteger('started_ms').notNullable();
      table.bigInteger('lease_expires_ms').notNullable();
      table.integer('lease_s').notNullable();
      table.integer('sequence').notNullable();
      table.integer('cause').notNullable().defaultTo(0);
      table.text('reason').notNullable().defaultTo('');
      table.unique(['line', 'mac']);
      table.unique(['vrf', 'ipv4']);
    });
    await knex.schema.createTable('addresses', (table) => {
      table.text('vrf').notNullable();
      table.text('ipv4').notNullable();
      table.text('subscriber').notNullable();
      table.text('session_id');
      table.bigInteger('released_ms').notNullable().defaultTo(0);
      table.bigInteger('quarantine_until_ms').notNullable().defaultTo(0);
      table.primary(['vrf', 'ipv4']);
    });
  },
};
