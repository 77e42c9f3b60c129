import { type Clock, sleep } from '#lib/kernel/clock.js';
import type { Log } from '#lib/kernel/log.js';
import type { GroupConfig } from '../config.js';
import type { SubsMetrics } from '../metrics.js';
import { subscriberKey } from '../session/session-index.js';
import type { DropReason, Drops } from './drops.js';
import type { LineLimits, RateLimit } from './limits.js';
import type { About, Refusals } from './refusals.js';
import type { Datagram } from './transport.js';

/** What the intake has to know of a client's message, whichever protocol it is of. */
export interface Arrival {
  type: string;
  line: { name: string };
  group: Pick<GroupConfig, 'sessionsPerLine'>;
  place: string | undefined;
  identity: { mac: string };
}

/** The latest copy of a message that waits or is being worked for. */
export interface InFlight<M> {
  message: M;
}

interface Entry<M> extends InFlight<M> {
  /** When the latest copy came, monotonic: a client that repeats itself has not given up. */
  heardMs: number;
}

/** Why a datagram is no message to be served. */
export interface Refusal {
  ok: false;
  reason: DropReason;
  /** Absent: it does not even say who sent it. */
  about?: About;
}

export interface IntakeParts<M> {
  /** Before the type in the label of the message counter. */
  prefix: '' | 'v6_';
  read(datagram: Datagram): { ok: true; value: M } | Refusal;
  serve(entry: InFlight<M>): Promise<void>;
  /** Of all clients of the protocol together. */
  rate: RateLimit;
  limits: LineLimits;
  drops: Drops;
  refusals: Refusals;
  /** Worked for at once; those behind them wait, oldest first. */
  maxInFlight: number;
  maxWaiting: number;
  /** A client that was not heard for as long has given up. */
  staleMs: number;
  clock: Clock;
  log: Log;
  metrics: Pick<SubsMetrics, 'messages'>;
}

const closed: Refusal = { ok: false, reason: 'not_ready' };

const aboutOf = ({ type, line, identity }: Arrival): About => ({ mac: identity.mac, line: line.name, detail: type });

/**
 * Takes the messages of one protocol from the wire: those that cannot be served are dropped with a reason, of those that
 * can the oldest comes first, and of the copies of one the latest is answered, once.
 */
export class Intake<M extends Arrival> {
  /** In the order of their first copy. */
  private readonly waiting = new Map<string, Entry<M>>();
  private readonly working = new Map<string, Entry<M>>();
  private open = false;
  private onIdle: () => void = () => {};

  constructor(private readonly parts: IntakeParts<M>) {}

  /** Clients being worked for. */
  get inFlight(): number {
    return this.working.size;
  }

  /** Clients whose turn has not come. */
  get queued(): number {
    return this.waiting.size;
  }

  /** Takes messages from now on; before, and after `close`, they are dropped. */
  accept(): void {
    this.open = true;
  }

  /** Takes nothing new; resolves when all that came is answered, after `graceMs` at the latest. */
  async close(graceMs: number): Promise<void> {
    this.open = false;
    if (this.idle) return;
    const idle = new AbortController();
    this.onIdle = () => idle.abort();
    await sleep(graceMs, idle.signal);
  }

  private get idle(): boolean {
    return this.working.size === 0 && this.waiting.size === 0;
  }

  /** One packet from the wire. Never throws. */
  receive(datagram: Datagram): void {
    const { refusals } = this.parts;
    const read = this.open ? this.parts.read(datagram) : closed;
    if (!read.ok) {
      refusals.add(read.reason, datagram.address, read.about);
      return;
    }
    const refused = this.take(read.value);
    if (refused !== undefined) refusals.add(refused, datagram.address, aboutOf(read.value));
  }

  private take(message: M): DropReason | undefined {
    const { prefix, metrics, limits, rate } = this.parts;
    const { type, line, place, group } = message;
    metrics.messages.inc({ type: `${prefix}${type}`, direction: 'in' });
    if (!limits.allow(place ?? line.name, group.sessionsPerLine)) return 'line_rate';
    if (!rate.allow()) return 'protocol_rate';
    return this.enter(message);
  }

  /** A repeat of what waits or is being worked for takes its place, so that the answer goes to the latest copy. */
  private enter(message: M): DropReason | undefined {
    const { clock, maxWaiting } = this.parts;
    const key = `${message.type}|${subscriberKey(message.place ?? message.line.name, message.identity.mac)}`;
    const same = this.working.get(key) ?? this.waiting.get(key);
    const heardMs = clock.monotonicMs();
    if (same) {
      Object.assign(same, { message, heardMs });
      this.parts.drops.count('coalesced');
      return undefined;
    }
    if (this.waiting.size >= maxWaiting) return 'overload';
    this.waiting.set(key, { message, heardMs });
    this.next();
    return undefined;
  }

  private next(): void {
    const { maxInFlight, staleMs, clock, drops } = this.parts;
    const nowMs = clock.monotonicMs();
    for (const [key, entry] of this.waiting) {
      if (this.working.size >= maxInFlight) return;
      this.waiting.delete(key);
      if (nowMs - entry.heardMs > staleMs) drops.count('stale');
      else this.begin(key, entry);
    }
  }

  private begin(key: string, entry: Entry<M>): void {
    this.working.set(key, entry);
    this.parts
      .serve(entry)
      .catch((error) => this.failed(error, entry.message))
      .finally(() => {
        this.working.delete(key);
        this.next();
        if (this.idle) this.onIdle();
      });
  }

  private failed(error: unknown, { line, type }: M): void {
    this.parts.log.error({ err: error, line: line.name, type }, 'DHCP message not served');
    this.parts.drops.count('internal');
  }
}
