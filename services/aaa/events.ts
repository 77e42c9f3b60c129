import { SessionEvent, SessionEvent_Kind } from '#gen/bng/v1/subs.js';
import { backoffMs, type Clock, sleep } from '#lib/kernel/clock.js';
import { type EventBus, type IncomingEvent, streams } from '#lib/kernel/jetstream.js';
import type { Log } from '#lib/kernel/log.js';
import type { Share } from '#lib/kernel/shares.js';
import type { AttributeInput } from '#lib/radius/attribute-row.js';
import type { RadiusClient } from '#lib/radius/client.js';
import { Code } from '#lib/radius/codes.js';
import type { AaaMetrics } from './metrics.js';
import type { AccountingStore, RecordKind, RecordOutcome } from './store.js';

const ACK_WAIT_MS = 12_000;
const EARLY_RETRY_MS = 500;
/** Deliveries of an event whose predecessor never comes, before it is sent without it: about two minutes. */
const EARLY_DELIVERIES = 240;
const KEEP_MS = 30 * 24 * 3600_000;
const PATIENCE_MS = 2000;
const PRUNE_EVERY_MS = 3600_000;

const kinds = new Map<SessionEvent_Kind, RecordKind>([
  [SessionEvent_Kind.UP, 'start'],
  [SessionEvent_Kind.CHANGED, 'interim'],
  [SessionEvent_Kind.INTERIM, 'interim'],
  [SessionEvent_Kind.DOWN, 'stop'],
]);

export interface AccountingDependencies {
  readonly bus: Pick<EventBus, 'consume'>;
  readonly client: Pick<RadiusClient, 'exchange'>;
  readonly store: AccountingStore;
  /** The Accounting-Request of an event; undefined when it is not accounted for. */
  readonly record: (event: SessionEvent, nowMs: number) => AttributeInput[] | undefined;
  readonly metrics: AaaMetrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly maxPending: number;
  /** With so many events in hand, an interim is given up when a later record of its session is in hand too. */
  readonly shedAtPending: number;
}

/** An event in our hands. `outcome`: it is dealt with, which is not written down yet. */
interface Work {
  readonly delivery: IncomingEvent;
  readonly event: SessionEvent;
  readonly sessionId: string;
  kind: RecordKind;
  outcome?: RecordOutcome;
  /** Times handed to the servers by this process. */
  tries: number;
  server: string;
}

/**
 * Session events of one partition of the subscriber groups to Accounting-Requests. An event is acknowledged to JetStream only after a RADIUS server has acknowledged
 * its record and that is written down. Events of a session go out in the order of their sequence numbers, one at a time;
 * what was written down is not sent again when JetStream delivers it again.
 */
export class Accounting implements Share {
  private readonly tails = new Map<string, Promise<void>>();
  private readonly held = new Set<IncomingEvent>();
  /** The latest event in hand, by session. */
  private readonly latest = new Map<string, bigint>();
  private readonly intake = new AbortController();
  private readonly abort = new AbortController();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly deps: AccountingDependencies,
    private readonly partition: number,
  ) {}

  async start(): Promise<void> {
    await this.deps.bus.consume({
      stream: streams.sessions,
      durable: `aaa-accounting-${this.partition}`,
      subject: `bng.session.*.${this.partition}.*`,
      ackWaitMs: ACK_WAIT_MS,
      maxPending: this.deps.maxPending,
      handler: (event) => this.accept(event),
      signal: this.intake.signal,
    });
    this.timers.push(
      setInterval(() => this.keepHeld(), ACK_WAIT_MS / 3),
      setInterval(() => void this.prune(), PRUNE_EVERY_MS),
    );
  }

  /** Takes nothing more, gives requests under way two seconds, and hands the rest back to JetStream. */
  async stop(): Promise<void> {
    this.intake.abort();
    const patience = setTimeout(() => this.abort.abort(), PATIENCE_MS);
    await Promise.all(this.tails.values());
    clearTimeout(patience);
    this.abort.abort();
    for (const timer of this.timers.splice(0)) clearInterval(timer);
  }

  private keepHeld(): void {
    for (const event of this.held) event.working();
  }

  private async prune(): Promise<void> {
    await this.deps.store.prune(KEEP_MS).catch((error) => this.deps.log.warn({ err: error }, 'accounting not pruned'));
  }

  private accept(delivery: IncomingEvent): void {
    const event = decodeEvent(delivery.payload);
    const sessionId = event?.session?.sessionId ?? '';
    if (!event || sessionId === '') {
      this.deps.log.error({ subject: delivery.subject }, 'session event cannot be read, dropped');
      this.deps.metrics.accountingEvents.inc({ kind: 'unknown', outcome: 'unreadable' });
      delivery.ack();
      return;
    }
    this.held.add(delivery);
    if (event.sequence > (this.latest.get(sessionId) ?? 0n)) this.latest.set(sessionId, event.sequence);
    this.deps.metrics.accountingPending.inc();
    const before = this.tails.get(sessionId) ?? Promise.resolve();
    const tail: Promise<void> = before
      .then(() => this.deliver(delivery, event, sessionId))
      .finally(() => {
        this.held.delete(delivery);
        this.deps.metrics.accountingPending.dec();
        if (this.tails.get(sessionId) !== tail) return;
        this.tails.delete(sessionId);
        this.latest.delete(sessionId);
      });
    this.tails.set(sessionId, tail);
  }

  /** Tries until the event is dealt with or the service stops. Never rejects. */
  private async deliver(delivery: IncomingEvent, event: SessionEvent, sessionId: string): Promise<void> {
    const kind = kinds.get(event.kind) ?? 'none';
    const work: Work = { delivery, event, sessionId, kind, tries: 0, server: '' };
    for (let attempt = 0; !this.abort.signal.aborted; attempt++) {
      try {
        if (await this.attempt(work)) return;
      } catch (error) {
        const where = { sessionId, sequence: Number(event.sequence) };
        this.deps.log.warn({ err: error, ...where }, 'accounting record not delivered yet');
      }
      await sleep(backoffMs(attempt, 200, 30_000), this.abort.signal);
    }
    delivery.retry(0);
  }

  /** True when the event needs no more from us. */
  private async attempt(work: Work): Promise<boolean> {
    const { store, clock, metrics } = this.deps;
    const { delivery, event } = work;
    if (work.outcome === undefined) {
      const unsent = this.unsent(work);
      const willSend = unsent === undefined && work.tries === 0;
      const last = await store.lastSequence(entryOf(work), willSend);
      if (event.sequence <= last) return this.settle(work, 'duplicate');
      if (event.sequence > last + 1n && delivery.deliveries < EARLY_DELIVERIES) {
        delivery.retry(EARLY_RETRY_MS);
        return true;
      }
      if (event.sequence > last + 1n) {
        this.reportGap(work, last);
        if (willSend) await store.sending(entryOf(work));
      }
      if (unsent) work.outcome = unsent;
      else await this.send(work);
      if (work.outcome === undefined) return false;
    }
    const { outcome, server } = work;
    await store.record({ ...entryOf(work), outcome, repeats: Math.max(0, work.tries - 1), server });
    metrics.accountingDelay.observe(Math.max(0, clock.nowMs() - Number(event.atMs)) / 1000);
    return this.settle(work, outcome);
  }

  /** Why the event has no record that goes out. */
  private unsent(work: Work): RecordOutcome | undefined {
    if (work.kind === 'none') return 'ignored';
    return this.isSuperfluous(work) ? 'shed' : undefined;
  }

  /** Counters only grow: under overload an interim says nothing that a later record in hand does not. */
  private isSuperfluous({ event, sessionId }: Work): boolean {
    return (
      event.kind === SessionEvent_Kind.INTERIM &&
      this.held.size >= this.deps.shedAtPending &&
      (this.latest.get(sessionId) ?? 0n) > event.sequence
    );
  }

  private reportGap({ sessionId, event, kind }: Work, last: bigint): void {
    this.deps.log.error({ sessionId, sequence: Number(event.sequence), last: Number(last) }, 'events are missing');
    this.deps.metrics.accountingEvents.inc({ kind, outcome: 'gap' });
  }

  /** Leaves `outcome` open while no server answers. */
  private async send(work: Work): Promise<void> {
    const { clock } = this.deps;
    const record = () => this.deps.record(work.event, clock.nowMs()) ?? [];
    work.tries++;
    try {
      const outcome = await this.deps.client.exchange(Code.accountingRequest, record, this.abort.signal);
      if (outcome.kind !== 'acknowledged') return;
      work.server = outcome.server;
      work.outcome = 'acknowledged';
    } catch (error) {
      this.deps.log.error(
        { err: error, sessionId: work.sessionId },
        'accounting record does not fit a packet, dropped',
      );
      work.outcome = 'unsendable';
    }
  }

  private settle({ delivery, kind }: Work, outcome: string): true {
    this.deps.metrics.accountingEvents.inc({ kind, outcome });
    delivery.ack();
    return true;
  }
}

const entryOf = ({ sessionId, event, kind }: Work) => ({
  sessionId,
  sequence: event.sequence,
  kind,
  atMs: Number(event.atMs),
});

function decodeEvent(payload: Uint8Array): SessionEvent | undefined {
  try {
    return SessionEvent.decode(payload);
  } catch {
    return undefined;
  }
}
