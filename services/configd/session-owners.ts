import type { Clock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';

/** How long sessions stay with a database that nobody is heard from: longer than any restart of subs-manager. */
const GRACE_MS = 60_000;

interface Claim {
  /** The database that the sessions stand in. */
  readonly book: string;
  /** Who feeds them from there; empty: known by the journal alone. */
  holder: string;
  watches: number;
  goneAtMs: number;
}

/** `name@book`: whose sessions, and the database they stand in. Without a book nobody is refused. */
function parts(owner: string): { name: string; book: string } {
  const at = owner.lastIndexOf('@');
  return at < 0 ? { name: owner, book: '' } : { name: owner.slice(0, at), book: owner.slice(at + 1) };
}

/** Whether two owners have the same name, whichever database they stand in. */
export const sameName = (one: string, other: string): boolean => parts(one).name === parts(other).name;

/**
 * One database at a time feeds the sessions of an owner: a second subs-manager that was started by mistake with another
 * database is refused, before it can remove what it does not know. Instances on one database agree among themselves.
 */
export class SessionOwners {
  private readonly claims = new Map<string, Claim>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  /** Takes what the journal holds for the owner's, as if it had been there a moment ago. */
  remember(owner: string): void {
    const { name, book } = parts(owner);
    if (book === '' || this.claims.has(name)) return;
    this.claims.set(name, { book, holder: '', watches: 0, goneAtMs: this.clock.monotonicMs() });
  }

  /**
   * The sessions are the owner's until the returned function was called and a grace time is over.
   * @throws BngError `conflict`, which names the holder, while another database has them.
   */
  claim(owner: string, holder: string): () => void {
    const { name, book } = parts(owner);
    if (book === '') return () => {};
    if (this.isElsewhere(name, book) && !this.isForsaken(name)) throw this.refusal(name);
    const same = this.isElsewhere(name, book) ? undefined : this.claims.get(name);
    const claim = same ?? { book, holder, watches: 0, goneAtMs: 0 };
    claim.holder = holder;
    claim.watches++;
    this.claims.set(name, claim);
    return () => {
      claim.watches--;
      claim.goneAtMs = this.clock.monotonicMs();
    };
  }

  /** @throws BngError `conflict` when the sessions are with another database. */
  check(owner: string): void {
    const { name, book } = parts(owner);
    if (book !== '' && this.isElsewhere(name, book)) throw this.refusal(name);
  }

  private isElsewhere(name: string, book: string): boolean {
    const claim = this.claims.get(name);
    return claim !== undefined && claim.book !== book;
  }

  private isForsaken(name: string): boolean {
    const { watches = 0, goneAtMs = 0 } = this.claims.get(name) ?? {};
    return watches === 0 && this.clock.monotonicMs() - goneAtMs >= GRACE_MS;
  }

  private refusal(name: string): BngError {
    const holder = this.claims.get(name)?.holder || `another ${name}`;
    return new BngError('conflict', `${holder}, which has another database`, { owner: name });
  }
}
