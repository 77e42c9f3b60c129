import type { Migration } from '#lib/kernel/postgres.js';

/** The IPv6 half of a session, what RADIUS granted, sessions without IPv4; addresses of both families in one table. */
export const ipv6Migration: Migration = {
  name: '004-ipv6',
  async up(knex) {
    await knex.schema.alterTable('sessions', (table) => {
      table.jsonb('ip6').notNullable().defaultTo('{}');
      table.jsonb('granted').notNullable().defaultTo('{}');
      table.dropUnique(['vrf', 'ipv4']);
    });
    await knex.raw(`CREATE UNIQUE INDEX sessions_vrf_ipv4 ON sessions (vrf, ipv4) WHERE ipv4 <> ''`);
    await knex.schema.alterTable('addresses', (table) => {
      table.renameColumn('ipv4', 'address');
    });
  },
};
