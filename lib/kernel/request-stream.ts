import type { ClientDuplexStream } from '@grpc/grpc-js';
import { BngError } from './errors.js';
import { fromServiceError } from './rpc-errors.js';

interface Waiting<A> {
  resolve(answer: A): void;
  reject(error: BngError): void;
  /** When it has waited long enough, monotonic milliseconds. */
  lateMs: number;
}

const SWEEP_MS = 250;
/** A stream with nothing to do for so long is ended, so that it holds up nobody's stop. */
const IDLE_MS = 1000;

/** One stream with the requests that wait for its answers. */
interface Open<Q, A> {
  readonly stream: ClientDuplexStream<Q, A>;
  readonly waiting: Map<bigint, Waiting<A>>;
  sent: number;
  heardMs: number;
}

export interface RequestStreamOptions {
  /** Who answers, for errors. */
  readonly peer: string;
  readonly timeoutMs: number;
  /** After so many requests the next one opens a new stream, which may go to another instance. */
  readonly maxRequests?: number;
}

/**
 * Requests on a lasting bidirectional stream: a tenth of the cost of a call each. It opens with the first request and again
 * after a loss; requests under way when it breaks fail with `unavailable`.
 */
export class RequestStream<Q, A extends { requestId: bigint }> {
  private current: Open<Q, A> | undefined;
  private readonly streams = new Set<Open<Q, A>>();
  private nextId = 1n;
  private sweeper: NodeJS.Timeout | undefined;

  constructor(
    private readonly open: () => ClientDuplexStream<Q, A>,
    private readonly options: RequestStreamOptions,
  ) {}

  /** Resolves with the answer to the request made with the id given; rejects with `timeout` when there is none in time. */
  send(make: (requestId: bigint) => Q): Promise<A> {
    const requestId = this.nextId++;
    this.sweeper ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
    return new Promise((resolve, reject) => {
      const at = this.connected();
      at.heardMs = performance.now();
      at.waiting.set(requestId, { resolve, reject, lateMs: at.heardMs + this.options.timeoutMs });
      at.stream.write(make(requestId));
      if (++at.sent >= (this.options.maxRequests ?? Number.POSITIVE_INFINITY)) this.retire(at);
    });
  }

  private connected(): Open<Q, A> {
    if (this.current) return this.current;
    const stream = this.open();
    const opened: Open<Q, A> = { stream, waiting: new Map(), sent: 0, heardMs: performance.now() };
    stream.on('data', (answer: A) => {
      opened.waiting.get(answer.requestId)?.resolve(answer);
      opened.waiting.delete(answer.requestId);
    });
    stream.on('error', (error: unknown) => this.lost(opened, fromServiceError(error)));
    stream.on('end', () => this.lost(opened, new BngError('unavailable', 'the stream was ended')));
    this.streams.add(opened);
    this.current = opened;
    return opened;
  }

  /** Takes no more requests; the answers still to come are waited for. */
  private retire(at: Open<Q, A>): void {
    if (this.current === at) this.current = undefined;
    at.stream.end();
  }

  /** What is under way may have been done or not, so it is to be tried again whatever the cause. */
  private lost(at: Open<Q, A>, cause: BngError): void {
    if (!this.streams.delete(at)) return;
    if (this.current === at) this.current = undefined;
    at.stream.cancel();
    const error = new BngError('unavailable', `${this.options.peer} is away: ${cause.message}`, {}, cause);
    for (const { reject } of at.waiting.values()) reject(error);
    at.waiting.clear();
  }

  private sweep(): void {
    const nowMs = performance.now();
    for (const at of this.streams) {
      for (const [requestId, { reject, lateMs }] of at.waiting) {
        if (lateMs > nowMs) break;
        at.waiting.delete(requestId);
        reject(new BngError('timeout', `${this.options.peer} did not answer in time`));
      }
      if (at.waiting.size === 0 && nowMs - at.heardMs > IDLE_MS && at === this.current) this.retire(at);
    }
  }

  close(): void {
    clearInterval(this.sweeper);
    for (const at of this.streams) this.lost(at, new BngError('cancelled', 'the service stops'));
  }
}
