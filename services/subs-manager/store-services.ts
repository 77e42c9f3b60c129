import { type SessionEvent, SessionEvent_Kind } from '#gen/bng/v1/subs.js';
import type { Knex } from '#lib/kernel/postgres.js';

type EventNumber = readonly [string, number];

const idOf = (event: SessionEvent): string => event.session?.sessionId ?? '';
/** `session:service:number`. */
const parentOf = (id: string): string => id.split(':')[0] ?? '';

/**
 * Numbers of the events of services: 1 when it is switched on, however often that is told; none for a service that is not
 * there any more, whose end was told before.
 */
export async function serviceNumbers(trx: Knex, events: readonly SessionEvent[]): Promise<EventNumber[]> {
  const of = (kind: SessionEvent_Kind) => events.filter((event) => event.kind === kind).map(idOf);
  const begun = of(SessionEvent_Kind.UP);
  if (begun.length > 0)
    await trx('services')
      .insert(begun.map((id) => ({ acct_session_id: id, session_id: parentOf(id), sequence: 1 })))
      .onConflict('acct_session_id')
      .ignore();
  const went: { acct_session_id: string; sequence: number }[] = [];
  const interim = of(SessionEvent_Kind.INTERIM);
  if (interim.length > 0)
    went.push(
      ...(await trx('services')
        .whereIn('acct_session_id', interim)
        .increment('sequence', 1)
        .returning(['acct_session_id', 'sequence'])),
    );
  const ended = of(SessionEvent_Kind.DOWN);
  const gone: typeof went =
    ended.length === 0
      ? []
      : await trx('services').whereIn('acct_session_id', ended).delete().returning(['acct_session_id', 'sequence']);
  return [
    ...begun.map((id): EventNumber => [id, 1]),
    ...went.map(({ acct_session_id, sequence }): EventNumber => [acct_session_id, sequence]),
    ...gone.map(({ acct_session_id, sequence }): EventNumber => [acct_session_id, sequence + 1]),
  ];
}
