import type { Knex } from './postgres.js';
import { jsonRows, runScript } from './sql-script.js';

/**
 * A statement that inserts rows which all have the columns of the first. Values of `json` columns go in as they are; `bytea` has
 * no form here. `rest` is what follows the rows: ON CONFLICT, RETURNING.
 */
export function insertion(table: string, rows: readonly object[], rest = ''): string {
  const columns = Object.keys(rows[0] ?? {}).join(', ');
  return `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(null::${table}, ${jsonRows(rows)}) ${rest}`;
}

/** Inserts such rows, in one statement; none is no statement. */
export async function insertRows(knex: Knex, table: string, rows: readonly object[], rest = ''): Promise<void> {
  if (rows.length > 0) await runScript(knex, [insertion(table, rows, rest)]);
}

/** `a = excluded.a, b = excluded.b`: the new row takes the place of the old one. */
export const replaced = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = excluded.${column}`).join(', ');
