import type { RemoteInfo, Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Clock, systemClock } from '#lib/kernel/clock.js';
import { type AttributeInput, attribute } from './attribute-row.js';
import { attributes } from './attributes.js';
import { type AllowedClient, ClientAllowList } from './client-allow-list.js';
import { DuplicateCache } from './duplicate-cache.js';
import { decodeRequest, encodeReply, type VerifiedPacket } from './message.js';
import type { DecodeReason } from './result.js';
import { bindUdp, closeUdp } from './udp.js';

/** A verified request of an allowed client. */
export interface IncomingRequest extends VerifiedPacket {
  readonly client: string;
  readonly from: string;
}

/** The answer to a request; Proxy-State is added by the listener (RFC 5176 section 3.1). */
export interface Reply {
  readonly code: number;
  readonly attributes: readonly AttributeInput[];
}

/** Why a datagram got no answer. */
export type SilentReason =
  | DecodeReason
  | 'unknown-client'
  | 'stale-timestamp'
  | 'duplicate-in-progress'
  | 'overload'
  | 'handler-failed';

/** Called as things happen; meant for metrics and logs. */
export interface ListenerObserver {
  received?(code: number, client: string): void;
  replied?(code: number, client: string, tookMs: number): void;
  /** A retransmission was answered from the cache. */
  repeated?(client: string): void;
  discarded?(reason: SilentReason, from: string): void;
  /** An authentic request was discarded because of its Event-Timestamp; called before `discarded`. */
  stale?(request: VerifiedPacket, from: string): void;
  handlerFailed?(error: unknown): void;
}

export interface ListenerOptions {
  /** Local address and port; port 0 takes a free one. */
  readonly address: string;
  readonly port: number;
  readonly clients: readonly AllowedClient[];
  /** Codes served; others are dropped. */
  readonly codes: readonly number[];
  /** Gives the answer. A rejection is a programming error: no answer is sent, and the request may be sent again. */
  readonly handle: (request: IncomingRequest) => Promise<Reply>;
  /** Largest distance of Event-Timestamp from now, RFC 5176 section 6.3. Default 300 s. */
  readonly timestampWindowMs?: number;
  /** Drop requests without Event-Timestamp. Default false: it is optional in the RFC. */
  readonly requireTimestamp?: boolean;
  /** How long answers are kept for retransmissions. Default 30 s. */
  readonly keepAnswersMs?: number;
  /** Requests being worked on at once. Default 4096. */
  readonly maxConcurrent?: number;
  readonly clock?: Clock;
  readonly observer?: ListenerObserver;
}

/** UDP server for requests such as CoA and Disconnect. What is not authentic gets silence (RFC 5176 section 2.3). */
export class RadiusListener {
  private socket: Socket | undefined;
  private readonly allowed: ClientAllowList;
  private readonly cache: DuplicateCache;
  private readonly working = new Set<Promise<void>>();
  private readonly clock: Clock;
  private readonly observer: ListenerObserver;

  constructor(private readonly options: ListenerOptions) {
    this.allowed = new ClientAllowList(options.clients);
    this.cache = new DuplicateCache(options.keepAnswersMs ?? 30_000, 65_536);
    this.clock = options.clock ?? systemClock;
    this.observer = options.observer ?? {};
  }

  /** The port bound, 0 while stopped. */
  get port(): number {
    return this.socket?.address().port ?? 0;
  }

  async start(): Promise<void> {
    this.socket = await bindUdp(this.options.address, this.options.port);
    this.socket.on('message', (datagram, from) => this.receive(datagram, from));
    this.socket.on('error', (error) => this.observer.handlerFailed?.(error));
  }

  /** Takes nothing new and resolves when all answers are out. */
  async drain(): Promise<void> {
    this.socket?.removeAllListeners('message');
    await Promise.all(this.working);
  }

  async stop(): Promise<void> {
    await this.drain();
    const socket = this.socket;
    this.socket = undefined;
    if (socket) await closeUdp(socket);
  }

  private receive(datagram: Buffer, from: RemoteInfo): void {
    const client = this.allowed.find(from.address);
    const request = client ? this.verify(datagram, client, from) : 'unknown-client';
    if (typeof request === 'string') this.discard(request, from);
    else if (client) this.admit(request, client, from);
  }

  private verify(datagram: Buffer, client: AllowedClient, from: RemoteInfo): VerifiedPacket | SilentReason {
    const requireMessageAuthenticator = client.requireMessageAuthenticator ?? true;
    if (!this.options.codes.includes(datagram[0] ?? 0)) return 'unexpected-code';
    const request = decodeRequest(datagram, client.secret, { requireMessageAuthenticator });
    if (!request.ok) return request.error.reason;
    if (this.isCurrent(request.value)) return request.value;
    this.observer.stale?.(request.value, endpointText(from));
    return 'stale-timestamp';
  }

  private isCurrent({ attributes: received }: VerifiedPacket): boolean {
    const timestamp = received.first(attributes.eventTimestamp);
    if (!timestamp) return !this.options.requireTimestamp;
    const windowMs = this.options.timestampWindowMs ?? 300_000;
    return timestamp.ok && Math.abs(timestamp.value * 1000 - this.clock.nowMs()) <= windowMs;
  }

  private admit(request: VerifiedPacket, client: AllowedClient, from: RemoteInfo): void {
    const { code, identifier, authenticator } = request.packet;
    this.observer.received?.(code, client.name);
    const sender = `${from.address}|${from.port}|${code}|${identifier}`;
    const novelty = this.cache.admit(sender, authenticator, this.clock.monotonicMs());
    if (Buffer.isBuffer(novelty)) {
      this.observer.repeated?.(client.name);
      this.send(novelty, from);
    } else if (novelty === 'pending') {
      this.discard('duplicate-in-progress', from);
    } else if (this.working.size >= (this.options.maxConcurrent ?? 4096)) {
      this.cache.forget(sender);
      this.discard('overload', from);
    } else {
      const work = this.answer(request, client, from, sender).finally(() => this.working.delete(work));
      this.working.add(work);
    }
  }

  private async answer(
    request: VerifiedPacket,
    client: AllowedClient,
    from: RemoteInfo,
    sender: string,
  ): Promise<void> {
    const { packet } = request;
    const beganMs = this.clock.monotonicMs();
    try {
      const reply = await this.options.handle({ ...request, client: client.name, from: endpointText(from) });
      const proxyStates = packet.attributes
        .filter((a) => a.type === attributes.proxyState.type)
        .map((a) => attribute(attributes.proxyState, a.value));
      const all = [...reply.attributes, ...proxyStates];
      const bytes = encodeReply({ code: reply.code, request: packet, attributes: all, secret: client.secret });
      this.cache.answered(sender, packet.authenticator, bytes);
      this.observer.replied?.(reply.code, client.name, this.clock.monotonicMs() - beganMs);
      this.send(bytes, from);
    } catch (error) {
      this.cache.forget(sender);
      this.observer.handlerFailed?.(error);
      this.discard('handler-failed', from);
    }
  }

  private send(bytes: Buffer, to: RemoteInfo): void {
    this.socket?.send(bytes, to.port, to.address, (error) => error && this.observer.handlerFailed?.(error));
  }

  private discard(reason: SilentReason, from: RemoteInfo): void {
    this.observer.discarded?.(reason, endpointText(from));
  }
}

function endpointText({ address, port }: RemoteInfo): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
