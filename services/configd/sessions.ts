import type { SessionBundle } from '#gen/bng/v1/configd.js';
import type { Clock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Log } from '#lib/kernel/log.js';
import type { ConfigdMetrics } from './metrics.js';
import type { Engine } from './reconcile/engine.js';
import { KeyLocks } from './reconcile/locks.js';
import type { Resource } from './reconcile/resource.js';
import { compileSession, type SessionLookup, sessionOwner } from './resources/session.js';
import type { SessionJournal } from './session-journal.js';
import { type SessionOwners, sameName } from './session-owners.js';

export interface SessionsOptions {
  readonly engine: Pick<Engine, 'apply' | 'load' | 'state'>;
  readonly lookup: SessionLookup;
  readonly owners: Pick<SessionOwners, 'remember' | 'check'>;
  readonly metrics: Pick<ConfigdMetrics, 'session'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The journal's part that sessions write to. */
type Journal = Pick<SessionJournal, 'applied' | 'removed' | 'load'>;

/** Removals of a prune that are worked on at once. */
const pruneConcurrency = 64;

/** The subscribers' part of the desired state: bundles by session, in VPP and in the journal. */
export class Sessions {
  private readonly bundles = new Map<string, SessionBundle>();
  private readonly locks = new KeyLocks();
  private journal: Journal | undefined;

  constructor(private readonly options: SessionsOptions) {}

  get count(): number {
    return this.bundles.size;
  }

  held(): IterableIterator<SessionBundle> {
    return this.bundles.values();
  }

  get(sessionId: string): SessionBundle | undefined {
    return this.bundles.get(sessionId);
  }

  /** Takes what the journal holds as wanted. The operator's configuration must be loaded before; what it has no line for is dropped. */
  async load(journal: Journal): Promise<void> {
    const { log } = this.options;
    this.journal = journal;
    const { sessions, damaged } = journal.load();
    if (damaged > 0) log.warn({ damaged }, 'lines of the session journal could not be read');
    for (const bundle of sessions) {
      try {
        this.options.engine.load(sessionOwner(bundle.sessionId), this.compile(bundle));
        this.bundles.set(bundle.sessionId, bundle);
        this.options.owners.remember(bundle.owner);
      } catch (error) {
        log.warn({ err: error, sessionId: bundle.sessionId }, 'session dropped: it does not fit the configuration');
        await journal.removed(bundle.sessionId);
      }
    }
    log.info({ sessions: this.count }, 'sessions loaded');
  }

  /**
   * Brings VPP to what the bundle says, and resolves with the time spent waiting for VPP when all is confirmed.
   * On failure the session's earlier state is back and the reason is thrown; `unavailable` at once while VPP is away.
   */
  apply(bundle: SessionBundle): Promise<{ vppMs: number }> {
    return this.measured('apply', bundle.sessionId, async () => {
      this.options.owners.check(bundle.owner);
      const vppMs = await this.execute(bundle.sessionId, this.compile(bundle));
      this.bundles.set(bundle.sessionId, bundle);
      await this.journal?.applied(bundle);
      return { vppMs };
    });
  }

  /** Removes a session; an unknown one is already removed. */
  remove(sessionId: string): Promise<{ vppMs: number }> {
    return this.measured('remove', sessionId, async () => {
      if (!this.bundles.has(sessionId)) return { vppMs: 0 };
      const vppMs = await this.execute(sessionId, []);
      this.bundles.delete(sessionId);
      await this.journal?.removed(sessionId);
      return { vppMs };
    });
  }

  /** Removes the sessions of an owner's name except those in `keep`. Throws the first failure after all were tried. */
  async prune(owner: string, keep: ReadonlySet<string>): Promise<{ removed: number; vppMs: number }> {
    this.options.owners.check(owner);
    const doomed = [...this.held()].filter((bundle) => sameName(bundle.owner, owner) && !keep.has(bundle.sessionId));
    const failures: unknown[] = [];
    let vppMs = 0;
    for (let from = 0; from < doomed.length; from += pruneConcurrency) {
      const batch = doomed.slice(from, from + pruneConcurrency).map(({ sessionId }) => this.remove(sessionId));
      for (const result of await Promise.allSettled(batch)) {
        if (result.status === 'rejected') failures.push(result.reason);
        else vppMs += result.value.vppMs;
      }
    }
    if (failures.length > 0) throw BngError.from(failures[0]);
    return { removed: doomed.length, vppMs };
  }

  /** Forgets sessions that the engine ended with their line. */
  async evicted(sessionIds: readonly string[]): Promise<void> {
    for (const sessionId of sessionIds) this.bundles.delete(sessionId);
    await Promise.all(sessionIds.map((sessionId) => this.journal?.removed(sessionId)));
  }

  private compile(bundle: SessionBundle): Resource[] {
    return compileSession(bundle, this.options.lookup);
  }

  private async execute(sessionId: string, resources: Resource[]): Promise<number> {
    const { outcome } = await this.options.engine.apply(sessionOwner(sessionId), resources);
    if (outcome.result !== 'done') throw outcome.error ?? new BngError('dataplane', `${sessionId}: ${outcome.result}`);
    return outcome.executeMs;
  }

  /** One command of a session after the other; measured with its outcome. */
  private async measured<T>(command: 'apply' | 'remove', sessionId: string, work: () => Promise<T>): Promise<T> {
    const { clock, metrics, engine } = this.options;
    const startedMs = clock.monotonicMs();
    const done = (outcome: string) => metrics.session(command, outcome, (clock.monotonicMs() - startedMs) / 1000);
    try {
      if (engine.state !== 'ready') throw new BngError('unavailable', `VPP is not ready (${engine.state})`);
      const result = await this.locks.with([sessionId], work);
      done('ok');
      return result;
    } catch (error) {
      done(BngError.from(error).code);
      throw error;
    }
  }
}
