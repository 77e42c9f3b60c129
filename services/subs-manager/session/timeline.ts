import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { Session } from './session.js';

/** Steps of an attempt, in the order they come. */
export type TimelineStep =
  | 'radius'
  | 'takeover'
  | 'address'
  | 'server'
  | 'refused'
  | 'dataplane'
  | 'store'
  | 'active'
  | 'services'
  | 'changed'
  | 'down';

/** One step of an attempt as it is stored. */
export interface TimelineRow {
  at_ms: number;
  session_id: string;
  step: TimelineStep;
  /** `ok`, or the reason code of what went wrong. */
  outcome: string;
  detail: string;
  /** Who answered: a RADIUS server, configd, the store. */
  peer: string;
  took_ms: number;
  mac: string;
  line: string;
  place: string;
  ipv4: string;
  user_name: string;
}

export interface TimelineNote {
  step: TimelineStep;
  outcome?: string;
  detail?: string;
  peer?: string;
  tookMs?: number;
}

/** What is known of a message that came to nothing. */
export type RefusedNote = Pick<TimelineRow, 'mac' | 'line' | 'outcome' | 'detail' | 'peer'>;

interface TimelineStore {
  addTimeline(rows: readonly TimelineRow[]): Promise<void>;
  purgeTimeline(beforeMs: number): Promise<void>;
}

const FLUSH_MS = 500;
const MAX_WAITING = 50_000;
const PURGE_MS = 600_000;

/**
 * Keeps what happened to each attempt. It holds up nobody: rows go to the store in batches, and are lost, and counted,
 * while that is away for long.
 */
export class Timeline implements Component {
  readonly name = 'timeline';
  private waiting: TimelineRow[] = [];
  private flushing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private purgeAtMs = 0;

  constructor(
    private readonly store: TimelineStore,
    private readonly keepMs: number,
    private readonly nowMs: () => number,
    private readonly log: Log,
    private readonly lost: (rows: number) => void,
  ) {}

  note(session: Session, { step, outcome = 'ok', detail = '', peer = '', tookMs = 0 }: TimelineNote): void {
    this.push({
      session_id: session.id,
      step,
      outcome,
      detail: detail.replaceAll('\0', ''),
      peer,
      took_ms: tookMs,
      mac: session.mac,
      line: session.line,
      place: session.place,
      ipv4: session.ipv4,
      user_name: session.userName.replaceAll('\0', ''),
    });
  }

  /** A message that came to nothing before there was a session; those of a MAC address on a line are one attempt. */
  refused({ mac, line, outcome, detail, peer }: RefusedNote): void {
    const who = { session_id: `refused ${mac} ${line}`, mac, line, place: line, ipv4: '', user_name: '' };
    this.push({ ...who, step: 'refused', outcome, detail: detail.replaceAll('\0', ''), peer, took_ms: 0 });
  }

  private push(row: Omit<TimelineRow, 'at_ms'>): void {
    if (this.waiting.length >= MAX_WAITING) this.lost(1);
    else this.waiting.push({ at_ms: this.nowMs(), ...row });
  }

  async start(): Promise<void> {
    this.timer = setInterval(() => {
      this.flushing = this.flushing.then(() => this.flush());
    }, FLUSH_MS);
  }

  /** What was noted so far is in the store, or was tried to be put there. */
  async settled(): Promise<void> {
    this.flushing = this.flushing.then(() => this.flush());
    await this.flushing;
  }

  private async flush(): Promise<void> {
    const rows = this.waiting;
    this.waiting = [];
    try {
      for (let from = 0; from < rows.length; from += 1000) await this.store.addTimeline(rows.slice(from, from + 1000));
      await this.purge();
    } catch (error) {
      this.log.debug({ err: error, rows: rows.length }, 'timeline not written');
      const room = Math.max(0, MAX_WAITING - this.waiting.length);
      this.lost(Math.max(0, rows.length - room));
      this.waiting = [...rows.slice(Math.max(0, rows.length - room)), ...this.waiting];
    }
  }

  private async purge(): Promise<void> {
    const nowMs = this.nowMs();
    if (nowMs < this.purgeAtMs) return;
    this.purgeAtMs = nowMs + PURGE_MS;
    await this.store.purgeTimeline(nowMs - this.keepMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.settled();
  }
}
