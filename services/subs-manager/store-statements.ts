import { type SessionEvent, SessionEvent_Kind } from '#gen/bng/v1/subs.js';
import { insertion, replaced } from '#lib/kernel/insert-rows.js';
import { jsonRows, literal } from '#lib/kernel/sql-script.js';
import type { Fact, FactOf } from './fact.js';
import { ip6Json, ip6Places } from './session/ip6.js';
import { stackJson } from './session/services.js';
import type { Session } from './session/session.js';
import { familyJson, policyJson, toRow, usageJson } from './store-rows.js';

/** Why a script refuses itself. */
export type Refusal =
  /** Another instance has the sessions. */
  | 'stale'
  /** An address is held by another session. */
  | 'conflict'
  /** A row has another number of its newest event than was thought. */
  | 'renumber';

/** Numbers of events that are told; a fact whose event has none was true before. */
export type Numbers = ReadonlyMap<SessionEvent, number>;

/** A statement that has to touch as many rows, else the script is refused. */
const touching = (count: number, statement: string, otherwise: Refusal): string =>
  `WITH touched AS (${statement} RETURNING 1) SELECT refuse_when((SELECT count(*) FROM touched) <> ${count}, '${otherwise}')`;

/** Refused when another instance took the sessions over; whoever wants to waits until the script is done. */
export const assertOwner = (epoch: bigint): string =>
  `SELECT refuse_when(epoch <> ${epoch}, 'stale') FROM owner FOR SHARE`;

const keyAndNumber = ['session_id', 'sequence'];

/** A row takes the place of the one before, all but the number of the newest event. */
const replacing = (row: object): string =>
  `ON CONFLICT (session_id) DO UPDATE SET ${replaced(Object.keys(row).filter((column) => !keyAndNumber.includes(column)))}`;

const HOLD = `
  ON CONFLICT (vrf, address) DO UPDATE SET ${replaced(['subscriber', 'session_id', 'quarantine_until_ms'])}
  WHERE addresses.session_id IS NULL OR addresses.session_id = excluded.session_id`;

/** The sessions take the rows of all that they have in VPP: IPv4 and IPv6 addresses, and IPv6 prefixes. */
export function holding(sessions: readonly Session[]): string[] {
  const rows = sessions.flatMap((session) =>
    [...(session.up4 ? [session.ipv4] : []), ...ip6Places(session.ip6)].map((address) => ({
      vrf: session.vrf,
      address,
      subscriber: session.addressKey,
      session_id: session.id,
      quarantine_until_ms: 0,
    })),
  );
  return rows.length === 0 ? [] : [touching(rows.length, insertion('addresses', rows, HOLD), 'conflict')];
}

function up(facts: readonly FactOf<'up'>[]): string[] {
  const rows = facts.map(({ session }) => toRow(session));
  const inserted = insertion('sessions', rows, `${replacing(rows[0] ?? {})}, sequence = excluded.sequence`);
  return [inserted, ...holding(facts.map(({ session }) => session))];
}

function rows(facts: readonly FactOf<'row'>[]): string[] {
  return facts.flatMap(({ session, sequence }) => {
    const row = { ...toRow(session), sequence };
    return [insertion('sessions', [row], replacing(row)), ...holding([session])];
  });
}

function down(facts: readonly FactOf<'down'>[], numbers: Numbers): string[] {
  const freed = facts.map(({ session, atMs, quarantineUntilMs }) => ({
    ...{ id: session.id, at: atMs, until: quarantineUntilMs },
  }));
  const ended = facts.flatMap(({ session, event }) => numbered(session.id, event, numbers));
  const statements = [
    `UPDATE addresses a SET session_id = NULL, released_ms = v.at, quarantine_until_ms = v.until
     FROM json_to_recordset(${jsonRows(freed)}) AS v(id text, at bigint, until bigint) WHERE a.session_id = v.id`,
  ];
  if (ended.length > 0)
    statements.push(
      touching(
        ended.length,
        `DELETE FROM sessions s USING json_to_recordset(${jsonRows(ended)}) AS v(id text, number int)
         WHERE s.session_id = v.id AND s.sequence = v.number - 1`,
        'renumber',
      ),
    );
  return statements;
}

const numbered = (id: string, event: SessionEvent, numbers: Numbers) => {
  const number = numbers.get(event);
  return number === undefined ? [] : [{ id, number }];
};

/** New values of rows that are there; `columns` gives their types. */
const update = (values: readonly object[], columns: Readonly<Record<string, string>>): string =>
  `UPDATE sessions s SET ${Object.keys(columns)
    .map((column) => `${column} = v.${column}`)
    .join(', ')}
   FROM json_to_recordset(${jsonRows(values)}) AS v(id text, ${Object.entries(columns)
     .map(([column, type]) => `${column} ${type}`)
     .join(', ')}) WHERE s.session_id = v.id`;

/** The same with an event: its number is that of the row afterwards. */
function renumbering(
  values: readonly { readonly id: string; readonly sequence: number }[],
  columns: Readonly<Record<string, string>>,
): string[] {
  if (values.length === 0) return [];
  const statement = update(values, { ...columns, sequence: 'int' });
  return [touching(values.length, `${statement} AND s.sequence = v.sequence - 1`, 'renumber')];
}

function changed(facts: readonly FactOf<'changed'>[], numbers: Numbers): string[] {
  const values = facts.flatMap(({ sessionId, policy, stack, event }) =>
    numbered(sessionId, event, numbers).map(({ id, number }) => ({
      ...{ id, policy: policyJson(policy), services: stackJson(stack), sequence: number },
    })),
  );
  return renumbering(values, { policy: 'jsonb', services: 'jsonb' });
}

function interim(facts: readonly FactOf<'interim'>[], numbers: Numbers): string[] {
  const values = facts.flatMap(({ sessionId, usage, event }) =>
    numbered(sessionId, event, numbers).map(({ id, number }) => ({ id, usage: usageJson(usage), sequence: number })),
  );
  return renumbering(values, { usage: 'jsonb' });
}

const familyTypes = {
  ...{ ipv4: 'text', pool: 'text', upstream: 'jsonb', ip6: 'jsonb', lease_expires_ms: 'bigint', lease_s: 'int' },
};

function families(facts: readonly FactOf<'family'>[], numbers: Numbers): string[] {
  return facts.flatMap(({ session, gone, atMs, untilMs, event }) => {
    const values = numbered(session.id, event, numbers).map(({ id, number }) => ({
      ...{ id, ...familyJson(session), sequence: number },
      ...{ lease_expires_ms: session.leaseExpiresMs, lease_s: session.leaseS },
    }));
    if (values.length === 0) return [];
    return [
      ...renumbering(values, familyTypes),
      `UPDATE addresses SET session_id = NULL, released_ms = ${atMs}, quarantine_until_ms = ${untilMs}
       WHERE session_id = ${literal(session.id)} AND address IN (${['', ...gone].map(literal).join(', ')})`,
      ...holding([session]),
    ];
  });
}

const movedTypes = { ...{ vrf: 'text', policy: 'jsonb', services: 'jsonb' }, ...familyTypes };

/** A session takes its addresses along: it has none in the VRF that it left. */
function moved(facts: readonly FactOf<'moved'>[], numbers: Numbers): string[] {
  return facts.flatMap(({ session, atMs, event }) => {
    const values = numbered(session.id, event, numbers).map(({ id, number }) => ({
      ...{ id, vrf: session.vrf, policy: policyJson(session.policy), services: stackJson(session.services) },
      ...{ ...familyJson(session), sequence: number },
      ...{ lease_expires_ms: session.leaseExpiresMs, lease_s: session.leaseS },
    }));
    if (values.length === 0) return [];
    return [
      ...renumbering(values, movedTypes),
      `UPDATE addresses SET session_id = NULL, released_ms = ${atMs}, quarantine_until_ms = 0
       WHERE session_id = ${literal(session.id)} AND vrf <> ${literal(session.vrf)}`,
      ...holding([session]),
    ];
  });
}

/** The newest of each session: one row is updated once by a statement. */
const newest = <T extends { readonly id: string }>(values: readonly T[]): T[] => [
  ...new Map(values.map((value) => [value.id, value])).values(),
];

const terminating = (facts: readonly FactOf<'terminating'>[]): string =>
  update(
    newest(facts.map(({ sessionId, cause, reason }) => ({ id: sessionId, state: 'terminating', cause, reason }))),
    {
      ...{ state: 'text', cause: 'int', reason: 'text' },
    },
  );

const times = (facts: readonly FactOf<'times'>[]): string =>
  update(
    newest(
      facts.map(({ session }) => ({
        ...{ id: session.id, created_ms: session.createdMs, started_ms: session.startedMs },
        ...{ lease_expires_ms: session.leaseExpiresMs, lease_s: session.leaseS },
        ...{ ip6: ip6Json(session.ip6), services: stackJson(session.services) },
      })),
    ),
    {
      ...{ created_ms: 'bigint', started_ms: 'bigint', lease_expires_ms: 'bigint', lease_s: 'int' },
      ...{ ip6: 'jsonb', services: 'jsonb' },
    },
  );

const leases = (facts: readonly FactOf<'lease'>[]): string =>
  update(
    newest(
      facts.map(({ sessionId, leaseExpiresMs, leaseS }) => ({
        ...{ id: sessionId, lease_expires_ms: leaseExpiresMs, lease_s: leaseS },
      })),
    ),
    { lease_expires_ms: 'bigint', lease_s: 'int' },
  );

const leases6 = (facts: readonly FactOf<'lease6'>[]): string =>
  update(newest(facts.map(({ sessionId, ip6 }) => ({ id: sessionId, ip6: ip6Json(ip6) }))), { ip6: 'jsonb' });

/** Everything that makes the facts true but their events, in the order of `inOrder`. */
export function statementsOf(facts: readonly Fact[], numbers: Numbers): string[] {
  const of = <K extends Fact['kind']>(kind: K, statements: (those: readonly FactOf<K>[]) => string | string[]) => {
    const those = facts.filter((fact): fact is FactOf<K> => fact.kind === kind);
    return those.length === 0 ? [] : [statements(those)].flat();
  };
  return [
    ...of('down', (those) => down(those, numbers)),
    ...of('terminating', terminating),
    ...of('times', times),
    ...of('lease', leases),
    ...of('lease6', leases6),
    ...of('family', (those) => families(those, numbers)),
    ...of('changed', (those) => changed(those, numbers)),
    ...of('moved', (those) => moved(those, numbers)),
    ...of('interim', (those) => interim(those, numbers)),
    ...of('up', up),
    ...of('row', rows),
    ...servicesOf(facts, numbers),
  ];
}

const idOf = (event: SessionEvent): string => event.session?.sessionId ?? '';
/** `session:service:number`. */
const parentOf = (id: string): string => id.split(':')[0] ?? '';

/** Services that are switched on, however often that is told, that go on, and that are switched off. */
function servicesOf(facts: readonly Fact[], numbers: Numbers): string[] {
  const events = facts.flatMap((fact) => ('services' in fact ? fact.services : []));
  if (events.length === 0) return [];
  const of = (kind: SessionEvent_Kind) =>
    events.filter((event) => event.kind === kind).flatMap((event) => numbered(idOf(event), event, numbers));
  const begun = of(SessionEvent_Kind.UP).map(({ id, number }) => ({
    ...{ acct_session_id: id, session_id: parentOf(id), sequence: number },
  }));
  const went = of(SessionEvent_Kind.INTERIM);
  const ended = of(SessionEvent_Kind.DOWN);
  const those = (values: readonly object[]) =>
    `json_to_recordset(${jsonRows(values)}) AS v(id text, number int) WHERE x.acct_session_id = v.id AND x.sequence = v.number - 1`;
  return [
    ...(begun.length > 0 ? [insertion('services', begun, 'ON CONFLICT (acct_session_id) DO NOTHING')] : []),
    ...(went.length > 0
      ? [touching(went.length, `UPDATE services x SET sequence = v.number FROM ${those(went)}`, 'renumber')]
      : []),
    ...(ended.length > 0 ? [touching(ended.length, `DELETE FROM services x USING ${those(ended)}`, 'renumber')] : []),
  ];
}
