import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { RoundTripEstimate } from './round-trip.js';
import type { TlsOptions } from './tls-connection.js';

/** One RADIUS server as configured. */
export interface ServerOptions {
  readonly name: string;
  /** Address or host name; a name is resolved at start and again whenever the server comes out of dead time. */
  readonly host: string;
  readonly port: number;
  readonly secret: Buffer;
  /** RADIUS over TLS instead of UDP. */
  readonly tls?: TlsOptions;
  /** Share of the requests beside the other servers' weights; 0: only when no other is alive. */
  readonly weight?: number;
  /** Requests outstanding to the server at once; as many as there are identifiers when absent. */
  readonly maxOutstanding?: number;
}

const ROUND_TRIPS_KEPT = 255;

/** A server with what is known of its health. */
export class Server {
  address = '';
  requests = 0;
  timeouts = 0;
  outstanding = 0;
  /** Smooth weighted round robin: grows by the weight each turn, falls by all weights when chosen. */
  credit = 0;
  /** The latest round trips, for their median. */
  private readonly roundTripsMs: number[] = [];
  private readonly estimate = new RoundTripEstimate();
  private replies = 0;
  private deadUntilMs = Number.NEGATIVE_INFINITY;
  private lastReplyMs = Number.NEGATIVE_INFINITY;

  constructor(readonly options: ServerOptions) {}

  get name(): string {
    return this.options.name;
  }

  isDead(nowMs: number): boolean {
    return nowMs < this.deadUntilMs;
  }

  /** Any verified answer, even a late one, proves the server alive. `sentOnce`: it tells the round trip. */
  answered(nowMs: number, roundTripMs: number, sentOnce = true): void {
    this.lastReplyMs = nowMs;
    this.deadUntilMs = Number.NEGATIVE_INFINITY;
    this.roundTripsMs[this.replies++ % ROUND_TRIPS_KEPT] = roundTripMs;
    if (sentOnce) this.estimate.add(roundTripMs);
  }

  /** All transmissions of a request begun at `sinceMs` stayed unanswered: dead, unless others were answered meanwhile. */
  exhausted(sinceMs: number, nowMs: number, deadMs: number): boolean {
    this.timeouts++;
    if (this.lastReplyMs >= sinceMs) return false;
    this.deadUntilMs = nowMs + deadMs;
    return true;
  }

  /** Median of the latest round trips, 0 before the first answer. */
  get roundTripP50Ms(): number {
    return [...this.roundTripsMs].sort((a, b) => a - b)[this.roundTripsMs.length >> 1] ?? 0;
  }

  /** How long an answer may take by the round trips seen; undefined before the first. */
  get expectedMs(): number | undefined {
    return this.estimate.timeoutMs;
  }

  get isFull(): boolean {
    return this.outstanding >= (this.options.maxOutstanding ?? Number.POSITIVE_INFINITY);
  }

  async resolve(): Promise<void> {
    const { host } = this.options;
    this.address = isIP(host) ? host : (await lookup(host)).address;
  }
}

const weightOf = (server: Server): number => server.options.weight ?? 0;

/**
 * Candidates of one request in order: live servers first, dead ones as a last resort. Without weights in the order of the
 * configuration; with weights the first is drawn by smooth weighted round robin, the others follow by weight.
 */
export function candidates(servers: readonly Server[], nowMs: number): Server[] {
  const alive = servers.filter((server) => !server.isDead(nowMs));
  const dead = servers.filter((server) => server.isDead(nowMs));
  const weighted = servers.some(({ options }) => options.weight !== undefined);
  return [...(weighted ? drawn(alive) : alive), ...dead];
}

function drawn(alive: readonly Server[]): Server[] {
  const total = alive.reduce((sum, server) => sum + weightOf(server), 0);
  for (const server of alive) server.credit += weightOf(server);
  const byWeight = [...alive].sort((a, b) => weightOf(b) - weightOf(a));
  const [first] = [...byWeight].sort((a, b) => b.credit - a.credit);
  if (!first) return [];
  first.credit -= total;
  return [first, ...byWeight.filter((server) => server !== first)];
}
