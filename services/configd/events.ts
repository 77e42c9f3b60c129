import { randomUUID } from 'node:crypto';
import type { OutgoingEvent } from '#lib/kernel/jetstream.js';
import type { Log } from '#lib/kernel/log.js';
import type { OutboxEvent } from '#lib/kernel/outbox.js';

/** Facts that configd tells, by subject; JSON payloads with `atMs` (Unix time) and `node` beside these fields. */
export interface Facts {
  'bng.config.applied': {
    version: string;
    etag: string;
    user: string;
    source: string;
    comment: string;
    steps: number;
    sessionsAffected: number;
  };
  /** A version that would have been taken back is kept. */
  'bng.config.confirmed': { version: string; user: string };
  /** A version was not confirmed: the text of `revertedTo` (0: none) is in force again, as version `as`. */
  'bng.config.reverted': { version: string; revertedTo: string; as: string; user: string };
  /** Another VPP process answers than before: all its state was lost and is being put back. */
  'bng.dataplane.restarted': { generation: string; pid: number };
  /** How far that is: kinds read, changes to VPP, then sessions. At the beginning of each phase, and once a second. */
  'bng.dataplane.restoring': { generation: string; phase: string; done: number; total: number };
  /** VPP holds again what is wanted. */
  'bng.dataplane.restored': { generation: string; messages: number; failures: number; durationMs: number };
  /** An audit found differences. */
  'bng.dataplane.drift': { missing: number; different: number; leftover: number; repaired: boolean; keys: string[] };
  /** A bond changed: its link, a member, what LACP agreed on. */
  'bng.dataplane.bond': {
    bond: string;
    mode: string;
    up: boolean;
    activeMembers: number;
    minMembers: number;
    degraded: boolean;
    members: { name: string; active: boolean; link: boolean; partner?: string; synchronised?: boolean }[];
  };
  /** A watched next hop does not answer and is out of its routes; answers again but is held; is back. */
  'bng.nexthop.down': { nextHop: string; address: string; flaps: number };
  'bng.nexthop.held': { nextHop: string; address: string; flaps: number };
  'bng.nexthop.up': { nextHop: string; address: string; flaps: number };
  /** It loses more probes than before, or fewer: its weight moves within its limits. */
  'bng.nexthop.weight': { nextHop: string; address: string; worth: number; loss: number };
  /** It cannot be probed any more, or can again. Its routes stay as they were. */
  'bng.nexthop.probing': { nextHop: string; address: string; possible: boolean; reason: string };
  /** Sessions that ended because the line under them was removed. */
  'bng.dataplane.evicted': { sessions: string[] };
}

export type Subject = keyof Facts;

/** Tells facts. Those of the dataplane are best effort; `applied` goes through the outbox with the row it is about. */
export class EventTeller {
  constructor(
    private readonly node: string,
    private readonly nowMs: () => number,
    private readonly log: Log,
    /** Absent: nothing is told. */
    private readonly publisher?: { publish(event: OutgoingEvent): Promise<void> },
  ) {}

  /** An event for the outbox, or none when nothing is told. */
  outgoing<S extends Subject>(subject: S, fact: Facts[S]): OutboxEvent[] {
    return this.publisher ? [{ ...this.event(subject, fact), orderKey: subject }] : [];
  }

  /** Sends at once and does not wait; a failure is logged. */
  tell<S extends Subject>(subject: S, fact: Facts[S]): void {
    this.publisher
      ?.publish(this.event(subject, fact))
      .catch((error) => this.log.warn({ err: error, subject }, 'event not told'));
  }

  private event<S extends Subject>(subject: S, fact: Facts[S]): OutgoingEvent {
    const payload = JSON.stringify({ ...fact, node: this.node, atMs: this.nowMs() });
    return { id: randomUUID(), subject, payload: Buffer.from(payload) };
  }
}
