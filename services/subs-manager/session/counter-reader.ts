import { Counters } from '#gen/bng/v1/common.js';
import type { Log } from '#lib/kernel/log.js';
import type { Dataplane } from '../clients/configd.js';
import { accumulate, sentSince } from './counters.js';
import type { RateMeter } from './rate-meter.js';
import type { Session } from './session.js';
import { asSessionId, type SessionId } from './session-id.js';
import type { SessionIndex } from './session-index.js';

/** Reads counters from configd and adds them up in the sessions. Reads asked for at the same time go as one. */
export class CounterReader {
  private wanted = new Set<SessionId>();
  private next: Promise<void> | undefined;
  private current: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataplane: Pick<Dataplane, 'counters'>,
    private readonly index: SessionIndex,
    private readonly rates: Pick<RateMeter, 'note'>,
    private readonly nowMs: () => number,
    private readonly log: Log,
  ) {}

  /** Brings the usage of one session up to date; without an answer it stays as it was. */
  read(session: Session): Promise<void> {
    this.wanted.add(session.id);
    this.next ??= this.current.then(() => {
      const ids = [...this.wanted];
      this.wanted = new Set();
      this.next = undefined;
      this.current = this.fetch(ids);
      return this.current;
    });
    return this.next;
  }

  /** The same for all sessions. */
  readAll(): Promise<void> {
    return this.fetch([]);
  }

  private async fetch(ids: SessionId[]): Promise<void> {
    try {
      const { generation, sessions } = await this.dataplane.counters(ids);
      for (const { sessionId, counters } of sessions) this.add(sessionId, generation, counters);
    } catch (error) {
      this.log.debug({ err: error }, 'counters not read');
    }
  }

  private add(sessionId: string, generation: bigint, counters: Counters | undefined): void {
    const session = this.index.get(asSessionId(sessionId));
    if (session === undefined) return;
    const usage = accumulate(session.usage, { generation, counters: counters ?? Counters.fromPartial({}) });
    if (sentSince(session.usage.total, usage.total)) session.heardMs = this.nowMs();
    session.usage = usage;
    this.rates.note(session, usage.total);
  }
}
