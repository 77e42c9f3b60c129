import { AuthorizeResponse } from '#gen/bng/v1/aaa.js';
import type { Knex } from '#lib/kernel/postgres.js';
import { Batcher } from './batcher.js';

/** The last acceptance of a user. */
export interface KeptAnswer {
  readonly userName: string;
  readonly atMs: number;
  readonly answer: AuthorizeResponse;
}

/** Last acceptances, for the time when no RADIUS server answers. All reject while PostgreSQL is away. */
export interface AnswerStore {
  keep(answer: KeptAnswer): Promise<void>;
  forget(userName: string): Promise<void>;
  find(userName: string): Promise<KeptAnswer | undefined>;
}

const BATCH = 200;

/** In PostgreSQL, many users per statement. */
export class PostgresAnswerStore implements AnswerStore {
  private readonly writes: Batcher<KeptAnswer, undefined>;

  constructor(private readonly knex: Knex) {
    this.writes = new Batcher((items) => this.write(items), BATCH);
  }

  keep(answer: KeptAnswer): Promise<void> {
    return this.writes.add(answer);
  }

  async forget(userName: string): Promise<void> {
    await this.knex('answer').where({ user_name: userName }).delete();
  }

  async find(userName: string): Promise<KeptAnswer | undefined> {
    const [row] = await this.knex<{ at_ms: string; answer: Buffer }>('answer')
      .where({ user_name: userName } as never)
      .select('at_ms', 'answer');
    return row && { userName, atMs: Number(row.at_ms), answer: AuthorizeResponse.decode(row.answer) };
  }

  private async write(items: readonly KeptAnswer[]): Promise<undefined[]> {
    const last = new Map(items.map((item) => [item.userName, item]));
    const rows = [...last.values()].map(({ userName, atMs, answer }) => ({
      user_name: userName,
      at_ms: atMs,
      answer: Buffer.from(AuthorizeResponse.encode(answer).finish()),
    }));
    await this.knex('answer').insert(rows).onConflict('user_name').merge();
    return items.map(() => undefined);
  }
}
