import type { SessionEvent } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { enqueueing, type OutboxEvent, type WrittenEvent } from '#lib/kernel/outbox.js';
import type { Knex } from '#lib/kernel/postgres.js';
import { runScript } from '#lib/kernel/sql-script.js';
import { EventNumbers } from './event-numbers.js';
import { numbered, toOutbox } from './events.js';
import { eventsOf, type Fact, inOrder } from './fact.js';
import { REFUSED } from './migrations/010-refusal.js';
import type { StoredAddress } from './pool/allocator.js';
import type { Session } from './session/session.js';
import { fromRow, type SessionRow } from './store-rows.js';
import { assertOwner, holding, type Refusal, statementsOf } from './store-statements.js';

/** Who holds an address, as its row says. */
export interface AddressRow {
  vrf: string;
  ipv4: string;
  session_id: string;
}

/** What is read at start. */
export interface Stored {
  /** Oldest first. */
  sessions: Session[];
  /** Longest free first. */
  addresses: StoredAddress[];
}

/** Times that a commit is numbered anew before it is given up. */
const RENUMBERINGS = 2;

/** What a script said when it refused itself. */
function refusalOf(thrown: unknown): Refusal | undefined {
  const { code, message } = (thrown ?? {}) as { code?: unknown; message?: Refusal };
  return code === REFUSED ? message : undefined;
}

const refusals = {
  stale: ['stale', 'another subs-manager has the sessions now'],
  conflict: ['conflict', 'the address belongs to another session'],
  renumber: ['conflict', 'somebody else numbers the events of the session'],
} as const satisfies Record<Refusal, unknown>;

function refused(refusal: Refusal): BngError {
  const [code, message] = refusals[refusal];
  return new BngError(code, message);
}

/** All SQL of subs-manager. */
export class Store {
  private readonly numbers: EventNumbers;

  constructor(
    private readonly knex: Knex,
    private readonly owner: { readonly epoch: bigint },
  ) {
    this.numbers = new EventNumbers(knex);
  }

  /**
   * Commits all facts or none, and gives their events numbers: an event that was not committed leaves no hole, one that
   * was, after an unclear outcome, keeps its number. Resolves with the events as they are to leave. Rejects with `conflict`
   * when an address of an `up` is held by another session, with `stale` when another instance has the sessions. An `up` may
   * be repeated after an unclear outcome.
   */
  async commit(facts: readonly Fact[]): Promise<WrittenEvent[]> {
    const ordered = inOrder(facts);
    const events = ordered.flatMap(eventsOf);
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.attempt(ordered, events);
      } catch (error) {
        this.numbers.forgetThoseOf(events);
        const refusal = refusalOf(error);
        if (refusal === undefined) throw error;
        if (refusal !== 'renumber' || attempt === RENUMBERINGS) throw refused(refusal);
      }
    }
  }

  private async attempt(facts: readonly Fact[], events: readonly SessionEvent[]): Promise<WrittenEvent[]> {
    const numbering = await this.numbers.numbering(events);
    const numbers = new Map<SessionEvent, number>();
    const outgoing: OutboxEvent[] = [];
    for (const event of events) {
      const number = numbering.next(event);
      if (number === undefined) continue;
      numbers.set(event, number);
      outgoing.push(toOutbox(numbered(event, number)));
    }
    const script = [assertOwner(this.owner.epoch), ...statementsOf(facts, numbers)];
    if (outgoing.length > 0) script.push(enqueueing(outgoing));
    const written = (await runScript(this.knex, script)).at(-1) as { id: string }[];
    numbering.settle();
    this.numbers.forget(facts.flatMap((fact) => (fact.kind === 'row' ? [fact.session.id] : [])));
    return outgoing.map((event, place) => ({ ...event, row: written[place]?.id ?? '' }));
  }

  async load(nowMs: number): Promise<Stored> {
    const sessions: SessionRow[] = await this.knex('sessions').orderBy('session_id');
    this.numbers.load(sessions.map(({ session_id, sequence }) => ({ id: session_id, sequence })));
    const addresses = await this.knex('addresses').orderBy('released_ms');
    return {
      sessions: sessions.map((row) => fromRow(row, nowMs)),
      addresses: addresses.map((row) => ({
        vrf: row.vrf,
        ipv4: row.address,
        subscriber: row.subscriber,
        sessionId: row.session_id ?? undefined,
        quarantineUntilMs: Number(row.quarantine_until_ms),
      })),
    };
  }

  /** Active sessions whose address row is not theirs, and address rows that name a session that is not there. */
  async addressFaults(): Promise<{ unheld: AddressRow[]; orphans: AddressRow[] }> {
    const { rows: unheld } = await this.knex.raw<{ rows: AddressRow[] }>(
      `SELECT s.vrf, p.address AS ipv4, s.session_id FROM sessions s
       CROSS JOIN LATERAL (VALUES (s.ipv4), (s.ip6->>'address'), (s.ip6->>'delegated'), (s.ip6->>'framed')) AS p(address)
       LEFT JOIN addresses a ON a.vrf = s.vrf AND a.address = p.address AND a.session_id = s.session_id
       WHERE s.state = 'active' AND p.address <> '' AND a.session_id IS NULL`,
    );
    const orphans = await this.knex('addresses as a')
      .leftJoin('sessions as s', 's.session_id', 'a.session_id')
      .whereNotNull('a.session_id')
      .whereNull('s.session_id')
      .select('a.vrf', 'a.address as ipv4', 'a.session_id');
    return { unheld, orphans };
  }

  /** Writes that an active session has its addresses; rejects with `conflict` when another session has one of them. */
  async holdAgain(session: Session): Promise<void> {
    try {
      await runScript(this.knex, holding([session]));
    } catch (error) {
      const refusal = refusalOf(error);
      throw refusal === undefined ? error : refused(refusal);
    }
  }

  /** Frees an address row that names a session that is not there; a no-op for any other. */
  async freeOrphan({ vrf, ipv4, session_id }: AddressRow): Promise<void> {
    await this.knex('addresses')
      .where({ vrf, address: ipv4, session_id })
      .whereNotExists(this.knex('sessions').where({ session_id }))
      .update({ session_id: null });
  }

  /** Events written and not yet taken by JetStream. */
  async outboxPending(): Promise<number> {
    const [row] = await this.knex('outbox').count({ waiting: '*' });
    return Number(row?.waiting ?? 0);
  }
}
