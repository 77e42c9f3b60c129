import { BngError } from '#lib/kernel/errors.js';
import { insertRows, replaced } from '#lib/kernel/insert-rows.js';
import type { Knex } from '#lib/kernel/postgres.js';
import { ip6Json, ip6Places, type SessionIp6 } from './session/ip6.js';
import type { Session } from './session/session.js';
import { familyColumns } from './store-rows.js';

/** A row of `addresses` that a session takes: an IPv4 or IPv6 address, or an IPv6 prefix. */
interface HeldRow {
  vrf: string;
  address: string;
  subscriber: string;
  session_id: string;
  quarantine_until_ms: number;
}

/** The rows of all that a session has in VPP. */
export function addressRows(session: Session): HeldRow[] {
  const values = [...(session.up4 ? [session.ipv4] : []), ...ip6Places(session.ip6)];
  return values.map((address) => ({
    vrf: session.vrf,
    address,
    subscriber: session.addressKey,
    session_id: session.id,
    quarantine_until_ms: 0,
  }));
}

const HOLD = `
  ON CONFLICT (vrf, address) DO UPDATE SET ${replaced(['subscriber', 'session_id', 'quarantine_until_ms'])}
  WHERE addresses.session_id IS NULL OR addresses.session_id = excluded.session_id
  RETURNING address`;

/** Takes the rows; rejects with `conflict` when one of them is held by another session. */
export async function holdAddresses(trx: Knex, rows: readonly HeldRow[]): Promise<void> {
  if (rows.length === 0) return;
  const held = await insertRows(trx, 'addresses', rows, HOLD);
  if (held.length !== rows.length) throw new BngError('conflict', 'the address belongs to another session');
}

/** A family of an active session that came or went, or has other addresses now. */
export interface FamilyFact {
  session: Session;
  /** Addresses and prefixes it has no more. */
  gone: readonly string[];
  atMs: number;
  /** Until when nobody gets what is gone; 0: at once. */
  untilMs: number;
}

/** Numbers of the events of sessions that are there. */
export async function families(trx: Knex, facts: readonly FamilyFact[]): Promise<[string, number][]> {
  const numbers: [string, number][] = [];
  for (const { session, gone, atMs, untilMs } of facts) {
    const [row] = await trx('sessions')
      .where({ session_id: session.id })
      .update({
        ...familyColumns(session),
        lease_expires_ms: session.leaseExpiresMs,
        lease_s: session.leaseS,
        sequence: trx.raw('sequence + 1'),
      })
      .returning('sequence');
    if (row === undefined) continue;
    await trx('addresses')
      .where({ session_id: session.id })
      .whereIn('address', [...gone])
      .update({ session_id: null, released_ms: atMs, quarantine_until_ms: untilMs });
    await holdAddresses(trx, addressRows(session));
    numbers.push([session.id, row.sequence]);
  }
  return numbers;
}

/** Leases that were extended. */
export async function leases6(trx: Knex, facts: readonly { sessionId: string; ip6: SessionIp6 }[]): Promise<void> {
  if (facts.length === 0) return;
  const newest = new Map(facts.map(({ sessionId, ip6 }) => [sessionId, JSON.stringify(ip6Json(ip6))]));
  await trx.raw(
    `UPDATE sessions s SET ip6 = v.ip6::jsonb
     FROM unnest(?::text[], ?::text[]) AS v(id, ip6) WHERE s.session_id = v.id`,
    [[...newest.keys()], [...newest.values()]],
  );
}
