import { type SessionEvent, SessionEvent_Kind } from '#gen/bng/v1/subs.js';
import type { Knex } from '#lib/kernel/postgres.js';
import { literal, runScript } from '#lib/kernel/sql-script.js';

const idOf = (event: SessionEvent): string => event.session?.sessionId ?? '';

interface Numbered {
  id: string;
  sequence: number;
}

/**
 * The number of the newest event of each session, and of each service of one, as its row has it. It is kept so that a fact and
 * its numbered event go to PostgreSQL as one; when it is not known what was committed, it is read again.
 */
export class EventNumbers {
  private readonly newest = new Map<string, number>();

  constructor(private readonly knex: Knex) {}

  /** What rows say of those that nothing is known of. */
  load(rows: Iterable<Numbered>): void {
    for (const { id, sequence } of rows) if (!this.newest.has(id)) this.newest.set(id, sequence);
  }

  /** A numbering that goes on from what is there now, for the events given; rejects while PostgreSQL is away. */
  async numbering(events: readonly SessionEvent[]): Promise<Numbering> {
    const unknown = events.filter(({ kind }) => kind !== SessionEvent_Kind.UP).map(idOf);
    const missing = [...new Set(unknown.filter((id) => !this.newest.has(id)))].map(literal).join(', ');
    if (missing !== '') {
      const found = await runScript(this.knex, [
        `SELECT session_id AS id, sequence FROM sessions WHERE session_id IN (${missing})
         UNION ALL SELECT acct_session_id, sequence FROM services WHERE acct_session_id IN (${missing})`,
      ]);
      this.load(found.flat() as Numbered[]);
    }
    return new Numbering(this.newest);
  }

  /** Nothing is known of these any more: their rows were written by somebody else, or perhaps not at all. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) this.newest.delete(id);
  }

  forgetThoseOf(events: readonly SessionEvent[]): void {
    this.forget(events.map(idOf));
  }
}

/** Numbers of the events of one commit: 1, 2, 3 ... within each session; they count once `settle` is called. */
export class Numbering {
  private readonly changed = new Map<string, number | undefined>();

  constructor(private readonly newest: Map<string, number>) {}

  /** The event's number; undefined for a session that is not there any more, whose end was told before. */
  next(event: SessionEvent): number | undefined {
    const id = idOf(event);
    const before = this.changed.has(id) ? this.changed.get(id) : this.newest.get(id);
    if (event.kind === SessionEvent_Kind.UP) {
      this.changed.set(id, 1);
      return 1;
    }
    if (before === undefined) return undefined;
    this.changed.set(id, event.kind === SessionEvent_Kind.DOWN ? undefined : before + 1);
    return before + 1;
  }

  /** It was committed. */
  settle(): void {
    for (const [id, number] of this.changed)
      if (number === undefined) this.newest.delete(id);
      else this.newest.set(id, number);
  }
}
