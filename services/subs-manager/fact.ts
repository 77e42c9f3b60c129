import type { Policy } from '#gen/bng/v1/common.js';
import type { SessionEvent, TerminateCause } from '#gen/bng/v1/subs.js';
import type { Usage } from './session/counters.js';
import type { SessionIp6 } from './session/ip6.js';
import type { ServiceStack } from './session/services.js';
import type { Session } from './session/session.js';

/** One thing that becomes true, with the event that tells it, in one transaction. */
export type Fact =
  | { kind: 'up'; session: Session; event: SessionEvent; services: readonly SessionEvent[] }
  /** The row of an active session as it should be; a new one goes on after event `sequence`. */
  | { kind: 'row'; session: Session; sequence: number }
  /** The times of a session as it has them now. */
  | { kind: 'times'; session: Session }
  | { kind: 'lease'; sessionId: string; leaseExpiresMs: number; leaseS: number }
  /** A family came or went. `gone`: addresses and prefixes it has no more, which nobody gets before `untilMs`; 0: at once. */
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
  /** A changed session that is in another VRF now, with all it has. */
  | { kind: 'moved'; session: Session; atMs: number; event: SessionEvent; services: readonly SessionEvent[] }
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

export type FactOf<K extends Fact['kind']> = Extract<Fact, { kind: K }>;

/** In which order the facts of one commit become true. */
const order = [
  'down',
  'terminating',
  'times',
  'lease',
  'lease6',
  'family',
  'changed',
  'moved',
  'interim',
  'up',
  'row',
] as const;

export const inOrder = (facts: readonly Fact[]): Fact[] =>
  facts.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));

/** All events of a fact, as they are told: a session begins before its services and ends after them. */
export function eventsOf(fact: Fact): SessionEvent[] {
  if (!('event' in fact)) return [];
  const services = 'services' in fact ? fact.services : [];
  return fact.kind === 'down' ? [...services, fact.event] : [fact.event, ...services];
}
