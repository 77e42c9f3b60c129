import type { Knex } from './postgres.js';

/**
 * Inserts rows that all have the columns of the first as one parameter in JSON, so that neither a statement of thousands of places
 * is made nor each value bound by itself. Values of `json` columns go in as they are; `bytea` has no form here. `rest` is what
 * follows the rows: ON CONFLICT, RETURNING. Resolves with what RETURNING gives.
 */
export async function insertRows<R = unknown>(
  knex: Knex,
  table: string,
  rows: readonly object[],
  rest = '',
): Promise<R[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const columns = Object.keys(first).join(', ');
  const text = JSON.stringify(rows);
  const statement = `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(null::${table}, ?::json) ${rest}`;
  const { rows: returned } = await knex.raw<{ rows: R[] }>(statement, [text]);
  return returned;
}

/** `a = excluded.a, b = excluded.b`: the new row takes the place of the old one. */
export const replaced = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = excluded.${column}`).join(', ');
