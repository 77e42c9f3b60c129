import type { Knex } from './postgres.js';

/** A text as it stands in a statement, whatever is in it (PostgreSQL's SQL syntax, section 4.1.2). */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** Rows as a value of `json_to_recordset` and its like. */
export const jsonRows = (rows: readonly object[]): string => `${literal(JSON.stringify(rows))}::json`;

/** What knex gives of the driver beneath it: statements in one message have no parameters. */
interface Driver {
  acquireConnection(): Promise<Connection>;
  releaseConnection(connection: Connection): Promise<void>;
}

interface Connection {
  query(text: string): Promise<Result | Result[]>;
}

interface Result {
  readonly rows: readonly object[];
}

/**
 * Runs statements one after the other in one transaction and one round trip: all of them are true afterwards, or none. Values
 * are written with `literal`. Resolves with the rows of each; rejects with the driver's error of the first that fails.
 */
export async function runScript(knex: Knex, statements: readonly string[]): Promise<(readonly object[])[]> {
  if (statements.length === 0) return [];
  const driver: Driver = knex.client;
  const connection = await driver.acquireConnection();
  try {
    const results = await connection.query(statements.join(';\n'));
    return (Array.isArray(results) ? results : [results]).map(({ rows }) => rows);
  } finally {
    await driver.releaseConnection(connection);
  }
}
