import type { Policy } from '#gen/bng/v1/common.js';
import type { SessionEvent, TerminateCause } from '#gen/bng/v1/subs.js';
import { BngError } from '#lib/kernel/errors.js';
import { insertRows, replaced } from '#lib/kernel/insert-rows.js';
import { enqueue, type OutboxEvent } from '#lib/kernel/outbox.js';
import type { Knex } from '#lib/kernel/postgres.js';
import { numbered, toOutbox } from './events.js';
import type { StoredAddress } from './pool/allocator.js';
import type { Usage } from './session/counters.js';
import { ip6Json, type SessionIp6 } from './session/ip6.js';
import { type ServiceStack, stackJson } from './session/services.js';
import type { Session } from './session/session.js';
import { fromRow, policyToJson, type SessionRow, toRow, usageToJson } from './store-rows.js';
import { serviceNumbers } from './store-services.js';
import { addressRows, families, holdAddresses, leases6 } from './store6.js';

/** One thing that becomes true, with the event that tells it, in one transaction. */
export type Fact =
  | { kind: 'up'; session: Session; event: SessionEvent; services: readonly SessionEvent[] }
  /** The row of an active session as it should be; a new one goes on after event `sequence`. */
  | { kind: 'row'; session: Session; sequence: number }
  /** The times of a session as it has them now. */
  | { kind: 'times'; session: Session }
  | { kind: 'lease'; sessionId: string; leaseExpiresMs: number; leaseS: number }
  | { kind: 'family'; session: Session; gone: readonly string[]; atMs: number; untilMs: number; event: SessionEvent }
  | { kind: 'lease6'; sessionId: string; ip6: SessionIp6 }
  | {
      kind: 'changed';
      sessionId: string;
      policy: Policy;
      stack: ServiceStack;
      event: SessionEvent;
      services: readonly SessionEvent[];
    }
  | { kind: 'interim'; sessionId: string; usage: Usage; event: SessionEvent; services: readonly SessionEvent[] }
  | { kind: 'terminating'; sessionId: string; cause: TerminateCause; reason: string }
  | {
      kind: 'down';
      session: Session;
      atMs: number;
      quarantineUntilMs: number;
      event: SessionEvent;
      services: readonly SessionEvent[];
    };

type FactOf<K extends Fact['kind']> = Extract<Fact, { kind: K }>;

/** A session's id and the number of its newest event. */
type EventNumber = readonly [string, number];
type Numbered = Pick<SessionRow, 'session_id' | 'sequence'>;

/** The event with its number; none when the fact was true before. */
function outgoing(event: SessionEvent, numbers: ReadonlyMap<string, number>): OutboxEvent[] {
  const number = numbers.get(event.session?.sessionId ?? '');
  return number === undefined ? [] : [toOutbox(numbered(event, number))];
}

/** All events of a fact, as they are told: a session begins before its services and ends after them. */
export function eventsOf(fact: Fact): SessionEvent[] {
  if (!('event' in fact)) return [];
  const services = 'services' in fact ? fact.services : [];
  return fact.kind === 'down' ? [...services, fact.event] : [fact.event, ...services];
}

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

const keyAndNumber = ['session_id', 'sequence'];

/** A row takes the place of the one before, all but the number of the newest event. */
const replacing = (row: object): string =>
  `ON CONFLICT (session_id) DO UPDATE SET ${replaced(Object.keys(row).filter((column) => !keyAndNumber.includes(column)))}`;

/** All SQL of subs-manager. */
export class Store {
  constructor(
    private readonly knex: Knex,
    private readonly owner: { readonly epoch: bigint },
  ) {}

  /**
   * Commits all facts or none, and gives their events numbers: an event that was not committed leaves no hole, one that
   * was, after an unclear outcome, keeps its number. Rejects with `conflict` when an address of an `up` is held by
   * another session. An `up` may be repeated after an unclear outcome.
   */
  async commit(facts: readonly Fact[]): Promise<void> {
    const of = <K extends Fact['kind']>(kind: K) => facts.filter((fact): fact is FactOf<K> => fact.kind === kind);
    await this.knex.transaction(async (trx) => {
      await this.assertOurs(trx);
      const numbers = new Map(await this.down(trx, of('down')));
      await this.terminating(trx, of('terminating'));
      await this.times(trx, of('times'));
      await this.leases(trx, of('lease'));
      await leases6(trx, of('lease6'));
      for (const [id, number] of await families(trx, of('family'))) numbers.set(id, number);
      for (const [id, number] of await this.changed(trx, of('changed'))) numbers.set(id, number);
      for (const [id, number] of await this.interim(trx, of('interim'))) numbers.set(id, number);
      await this.up(trx, of('up'));
      for (const { session, sequence } of of('row')) await this.row(trx, session, sequence);
      for (const { session } of of('up')) numbers.set(session.id, 1);
      const services = facts.flatMap((fact) => ('services' in fact ? fact.services : []));
      for (const [id, number] of await serviceNumbers(trx, services)) numbers.set(id, number);
      const events = facts.flatMap(eventsOf);
      await enqueue(
        trx,
        events.flatMap((event) => outgoing(event, numbers)),
      );
    });
  }

  /** Throws `stale` when another instance took the sessions over; whoever wants to waits until this commit is done. */
  private async assertOurs(trx: Knex): Promise<void> {
    const row = await trx('owner').forShare().first('epoch');
    if (row !== undefined && BigInt(row.epoch) !== this.owner.epoch)
      throw new BngError('stale', 'another subs-manager has the sessions now');
  }

  private async up(trx: Knex, facts: readonly FactOf<'up'>[]): Promise<void> {
    if (facts.length === 0) return;
    const rows = facts.map(({ session }) => toRow(session));
    await insertRows(trx, 'sessions', rows, `${replacing(rows[0] ?? {})}, sequence = excluded.sequence`);
    await holdAddresses(
      trx,
      facts.flatMap(({ session }) => addressRows(session)),
    );
  }

  private async row(trx: Knex, session: Session, sequence: number): Promise<void> {
    const row = { ...toRow(session), sequence };
    await insertRows(trx, 'sessions', [row], replacing(row));
    await holdAddresses(trx, addressRows(session));
  }

  /** Numbers of the ends of sessions that were there: an end written before is not told again. */
  private async down(trx: Knex, facts: readonly FactOf<'down'>[]): Promise<EventNumber[]> {
    if (facts.length === 0) return [];
    const ids = facts.map(({ session }) => session.id);
    await trx.raw(
      `UPDATE addresses a SET session_id = NULL, released_ms = v.at, quarantine_until_ms = v.until
       FROM unnest(?::text[], ?::bigint[], ?::bigint[]) AS v(id, at, until) WHERE a.session_id = v.id`,
      [ids, facts.map(({ atMs }) => atMs), facts.map(({ quarantineUntilMs }) => quarantineUntilMs)],
    );
    const ended: Numbered[] = await trx('sessions')
      .whereIn('session_id', ids)
      .delete()
      .returning(['session_id', 'sequence']);
    return ended.map(({ session_id, sequence }) => [session_id, sequence + 1]);
  }

  private async terminating(trx: Knex, facts: readonly FactOf<'terminating'>[]): Promise<void> {
    if (facts.length === 0) return;
    await trx.raw(
      `UPDATE sessions s SET state = 'terminating', cause = v.cause, reason = v.reason
       FROM unnest(?::text[], ?::int[], ?::text[]) AS v(id, cause, reason) WHERE s.session_id = v.id`,
      [facts.map(({ sessionId }) => sessionId), facts.map(({ cause }) => cause), facts.map(({ reason }) => reason)],
    );
  }

  private async times(trx: Knex, facts: readonly FactOf<'times'>[]): Promise<void> {
    if (facts.length === 0) return;
    const sessions = [...new Set(facts.map(({ session }) => session))];
    await trx.raw(
      `UPDATE sessions s SET created_ms = v.created, started_ms = v.started, lease_expires_ms = v.expires,
         lease_s = v.lease, ip6 = v.ip6::jsonb, services = v.services::jsonb
       FROM unnest(?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::int[], ?::text[], ?::text[])
         AS v(id, created, started, expires, lease, ip6, services) WHERE s.session_id = v.id`,
      [
        sessions.map(({ id }) => id),
        sessions.map(({ createdMs }) => createdMs),
        sessions.map(({ startedMs }) => startedMs),
        sessions.map(({ leaseExpiresMs }) => leaseExpiresMs),
        sessions.map(({ leaseS }) => leaseS),
        sessions.map(({ ip6 }) => JSON.stringify(ip6Json(ip6))),
        sessions.map(({ services }) => JSON.stringify(stackJson(services))),
      ],
    );
  }

  private async leases(trx: Knex, facts: readonly FactOf<'lease'>[]): Promise<void> {
    if (facts.length === 0) return;
    await trx.raw(
      `UPDATE sessions s SET lease_expires_ms = v.expires, lease_s = v.lease
       FROM (SELECT id, max(expires) AS expires, max(lease) AS lease
             FROM unnest(?::text[], ?::bigint[], ?::int[]) AS u(id, expires, lease) GROUP BY id) AS v
       WHERE s.session_id = v.id`,
      [
        facts.map(({ sessionId }) => sessionId),
        facts.map(({ leaseExpiresMs }) => leaseExpiresMs),
        facts.map(({ leaseS }) => leaseS),
      ],
    );
  }

  private async changed(trx: Knex, facts: readonly FactOf<'changed'>[]): Promise<EventNumber[]> {
    if (facts.length === 0) return [];
    const { rows } = await trx.raw<{ rows: Numbered[] }>(
      `UPDATE sessions s SET policy = v.policy::jsonb, services = v.services::jsonb, sequence = s.sequence + 1
       FROM unnest(?::text[], ?::text[], ?::text[]) AS v(id, policy, services) WHERE s.session_id = v.id
       RETURNING s.session_id, s.sequence`,
      [
        facts.map(({ sessionId }) => sessionId),
        facts.map(({ policy }) => policyToJson(policy)),
        facts.map(({ stack }) => JSON.stringify(stackJson(stack))),
      ],
    );
    return rows.map(({ session_id, sequence }) => [session_id, sequence]);
  }

  private async interim(trx: Knex, facts: readonly FactOf<'interim'>[]): Promise<EventNumber[]> {
    if (facts.length === 0) return [];
    const { rows } = await trx.raw<{ rows: Numbered[] }>(
      `UPDATE sessions s SET usage = v.usage::jsonb, sequence = s.sequence + 1
       FROM unnest(?::text[], ?::text[]) AS v(id, usage) WHERE s.session_id = v.id
       RETURNING s.session_id, s.sequence`,
      [facts.map(({ sessionId }) => sessionId), facts.map(({ usage }) => usageToJson(usage))],
    );
    return rows.map(({ session_id, sequence }) => [session_id, sequence]);
  }

  async load(nowMs: number): Promise<Stored> {
    const sessions: SessionRow[] = await this.knex('sessions').orderBy('session_id');
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
    await this.knex.transaction((trx) => holdAddresses(trx, addressRows(session)));
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
