import { isIPv6 } from 'node:net';
import { type Clock, systemClock } from '#lib/kernel/clock.js';
import type { AttributeList } from './attribute-list.js';
import { Code, type RequestCode } from './codes.js';
import { Exchange, type ExchangeEnd, type RequestAttributes } from './exchange.js';
import { LeaseQueue } from './lease-queue.js';
import { Prober } from './prober.js';
import type { DecodeReason } from './result.js';
import { defaultTiming, type RetransmissionTiming, waitsMs } from './retransmission.js';
import { candidates, Server, type ServerOptions } from './server-list.js';
import type { Lease } from './source-ports.js';
import { Transports } from './transports.js';

/** Called as things happen; meant for metrics and logs. */
export interface ClientObserver {
  sent?(server: string, code: RequestCode, retransmission: boolean): void;
  answered?(server: string, code: RequestCode, replyCode: number, roundTripMs: number): void;
  /** Every transmission to the server stayed unanswered. */
  timedOut?(server: string, code: RequestCode): void;
  /** A datagram was dropped in silence; `stray` answered nothing outstanding. */
  discarded?(reason: DecodeReason | 'stray'): void;
  stateChanged?(server: string, state: 'up' | 'dead'): void;
  socketError?(error: Error): void;
}

export interface RadiusClientOptions {
  /** In order of preference, unless they have weights. */
  readonly servers: readonly ServerOptions[];
  /** Local address of the sockets; any address of the servers' family when absent. */
  readonly sourceAddress?: string;
  /** Sockets per address family, 256 requests outstanding to each server on each; with TLS connections to each. Default 4. */
  readonly sourcePorts?: number;
  readonly timing?: RetransmissionTiming;
  /** How long an unresponsive server is tried last only. Default 30 s. */
  readonly deadMs?: number;
  /** Ask dead servers with Status-Server this often, and use them again when they answer. Absent: no probing. */
  readonly probeMs?: number;
  /** For replies to Access-Request. Default true. */
  readonly requireMessageAuthenticator?: boolean;
  /** For replies to all other requests, which many servers do not sign. Default false. */
  readonly requireMessageAuthenticatorElsewhere?: boolean;
  /** Requests that may wait for an identifier before new ones end as `overload`. Default 20 000. */
  readonly maxWaiting?: number;
  readonly clock?: Clock;
  readonly observer?: ClientObserver;
}

/** What came of a request. `timeout`: no server answered; `overload`: too many requests wait already. */
export type Outcome = Answer | { readonly kind: 'timeout' | 'cancelled' | 'overload' };

/** A verified answer. `refused` is a CoA-NAK or Disconnect-NAK. */
export interface Answer {
  readonly kind: 'accept' | 'reject' | 'challenge' | 'acknowledged' | 'refused';
  readonly server: string;
  /** From the first transmission to this server. */
  readonly roundTripMs: number;
  readonly attributes: AttributeList;
}

const answerKinds: ReadonlyMap<number, Answer['kind']> = new Map([
  [Code.accessAccept, 'accept'],
  [Code.accessReject, 'reject'],
  [Code.accessChallenge, 'challenge'],
  [Code.accountingResponse, 'acknowledged'],
  [Code.coaAck, 'acknowledged'],
  [Code.disconnectAck, 'acknowledged'],
  [Code.coaNak, 'refused'],
  [Code.disconnectNak, 'refused'],
]);

const total = (waits: readonly number[]): number => waits.reduce((sum, wait) => sum + wait, 0);

/** RADIUS over UDP or TLS to a list of servers: retransmission, failover, dead time. */
export class RadiusClient {
  readonly servers: readonly Server[];
  private readonly transports: Transports;
  private readonly queue: LeaseQueue;
  private readonly running = new Set<Exchange>();
  private readonly clock: Clock;
  private readonly observer: ClientObserver;
  private readonly prober: Prober | undefined;
  private stopped = true;

  constructor(private readonly options: RadiusClientOptions) {
    this.servers = options.servers.map((server) => new Server(server));
    this.clock = options.clock ?? systemClock;
    this.observer = options.observer ?? {};
    this.transports = new Transports(
      () => this.observer.discarded?.('stray'),
      (error) => this.observer.socketError?.(error),
    );
    this.queue = new LeaseQueue(this.transports, options.maxWaiting ?? 20_000);
    const dead = () => this.servers.filter((server) => server.isDead(this.clock.monotonicMs()));
    this.prober =
      options.probeMs === undefined ? undefined : new Prober(dead, (server) => this.probe(server), options.probeMs);
  }

  /** Resolves the servers' names and binds the sockets. Rejects when either fails. */
  async start(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.resolve()));
    const datagrams = this.servers.filter(({ options }) => !options.tls);
    const families = new Set(datagrams.map((server) => (isIPv6(server.address) ? '::' : '0.0.0.0')));
    const addresses = this.options.sourceAddress && datagrams.length > 0 ? [this.options.sourceAddress] : families;
    await this.transports.open(this.servers, addresses, this.options.sourcePorts ?? 4);
    this.stopped = false;
    this.prober?.start();
  }

  /** Ends outstanding requests as `cancelled` and closes the sockets. Idempotent. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.prober?.stop();
    for (const server of this.servers) this.queue.dismiss(server, 'cancelled');
    for (const exchange of this.running) exchange.cancel();
    await this.transports.close();
  }

  /** False while every server is thought dead. */
  get reachable(): boolean {
    const nowMs = this.clock.monotonicMs();
    return this.servers.some((server) => !server.isDead(nowMs));
  }

  /** True when dead servers are asked again without a request of ours. */
  get probing(): boolean {
    return this.prober !== undefined;
  }

  /** Requests outstanding now. */
  get outstanding(): number {
    return this.running.size;
  }

  /**
   * Asks the servers in order of preference until one answers. Each server gets its own identifier and authenticator, and
   * attributes made anew when `attributes` is a function: Acct-Delay-Time grows from server to server.
   * @throws RangeError when an attribute does not fit.
   */
  async exchange(code: RequestCode, attributes: RequestAttributes, signal?: AbortSignal): Promise<Outcome> {
    for (const server of candidates(this.servers, this.clock.monotonicMs())) {
      const end = await this.askOne(server, code, attributes, signal);
      if (end.kind !== 'timeout') return end;
    }
    return { kind: 'timeout' };
  }

  private probe(server: Server): Promise<Outcome> {
    return this.askOne(server, Code.statusServer, [], undefined);
  }

  private async askOne(
    server: Server,
    code: RequestCode,
    attributes: RequestAttributes,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const beganMs = this.clock.monotonicMs();
    const wasDead = server.isDead(beganMs);
    if (wasDead) await server.resolve().catch(() => undefined);
    const end = await this.ask(server, code, attributes, signal);
    if (end.kind === 'reply') return this.answered(server, code, end, wasDead);
    if (end.kind === 'timeout') this.exhausted(server, code, beganMs);
    return end;
  }

  private async ask(
    server: Server,
    code: RequestCode,
    attributes: RequestAttributes,
    signal: AbortSignal | undefined,
  ): Promise<ExchangeEnd | { readonly kind: 'overload' }> {
    if (this.stopped || signal?.aborted) return { kind: 'cancelled' };
    let exchange: Exchange | undefined;
    const lease = await this.queue.take(server, (datagram) => exchange?.receive(datagram));
    if (typeof lease === 'string') return { kind: lease };
    if (this.stopped || signal?.aborted) {
      this.release(server, lease);
      return { kind: 'cancelled' };
    }
    return new Promise((resolve, reject) => {
      exchange = this.makeExchange(server, code, attributes, (end) => {
        signal?.removeEventListener('abort', cancel);
        resolve(end);
      });
      const started = exchange;
      const cancel = () => started.cancel();
      try {
        exchange.start(lease);
      } catch (error) {
        this.running.delete(exchange);
        this.release(server, lease);
        return reject(error);
      }
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  private makeExchange(
    server: Server,
    code: RequestCode,
    attributes: RequestAttributes,
    onEnd: (end: ExchangeEnd) => void,
  ): Exchange {
    const { options, observer } = this;
    const required =
      code === Code.accessRequest
        ? (options.requireMessageAuthenticator ?? true)
        : (options.requireMessageAuthenticatorElsewhere ?? false);
    const waits = waitsMs(options.timing ?? defaultTiming, Math.random, server.expectedMs);
    const exchange: Exchange = new Exchange({
      code,
      attributes,
      server,
      waitsMs: server.options.tls ? [total(waits)] : waits,
      requireMessageAuthenticator: required,
      monotonicMs: () => this.clock.monotonicMs(),
      onSend: (retransmission) => observer.sent?.(server.name, code, retransmission),
      onDiscard: (reason) => observer.discarded?.(reason),
      onEnd: (end) => {
        this.running.delete(exchange);
        this.queue.wake(server);
        onEnd(end);
      },
    });
    this.running.add(exchange);
    server.requests++;
    return exchange;
  }

  private release(server: Server, lease: Lease): void {
    lease.release();
    this.queue.wake(server);
  }

  private answered(
    server: Server,
    code: RequestCode,
    end: Extract<ExchangeEnd, { kind: 'reply' }>,
    wasDead: boolean,
  ): Answer {
    const replyCode = end.reply.packet.code;
    server.answered(this.clock.monotonicMs(), end.roundTripMs, end.sentOnce);
    if (wasDead) this.observer.stateChanged?.(server.name, 'up');
    this.observer.answered?.(server.name, code, replyCode, end.roundTripMs);
    return {
      kind: answerKinds.get(replyCode) ?? 'refused',
      server: server.name,
      roundTripMs: end.roundTripMs,
      attributes: end.reply.attributes,
    };
  }

  private exhausted(server: Server, code: RequestCode, beganMs: number): void {
    this.observer.timedOut?.(server.name, code);
    const nowMs = this.clock.monotonicMs();
    const wasDead = server.isDead(nowMs);
    const dead = server.exhausted(beganMs, nowMs, this.options.deadMs ?? 30_000);
    if (dead) this.queue.dismiss(server, 'timeout');
    if (dead && !wasDead) this.observer.stateChanged?.(server.name, 'dead');
  }
}
