import { setTimeout as sleep } from 'node:timers/promises';
import { VppClientError } from './client-error.js';
import { type ClientState, isRestart, type ReadyState, type VppIdentity } from './client-state.js';
import type { AnyMessage, Call, Dump, Message, Operation, Stream } from './message.js';
import { controlPing } from './messages/memclnt.js';
import type { CallOptions } from './pending.js';
import { callOn, dumpOn, streamOn } from './requests.js';
import { Session, type VppWarning } from './session.js';
import type { MessageTrace } from './trace.js';
import type { Connect } from './transport.js';

export interface VppClientOptions {
  /** `unixSocket('/run/vpp/api.sock')`. */
  readonly connect: Connect;
  /** Shown by VPP's `show api clients`. */
  readonly name?: string;
  /** A VPP that lacks one of these, or lays it out otherwise, is refused. */
  readonly required: readonly Operation[];
  /** Events that a VPP must offer. */
  readonly events?: readonly AnyMessage[];
  /** Requests in flight at most; the rest waits. Default 256. */
  readonly windowRequests?: number;
  /** Default 10 s. */
  readonly replyTimeoutMs?: number;
  /** A last request silent for so long is asked after with a `control_ping`. Default 1 s. */
  readonly lostProbeMs?: number;
  /** A connection silent for so long is pinged; a ping that times out drops it. Default 5 s. */
  readonly keepaliveMs?: number;
  /** Pause before the next connection attempt: doubles from `minMs` to `maxMs`. Default 50 ms to 2 s. */
  readonly reconnect?: { readonly minMs: number; readonly maxMs: number };
  /** Unix time VPP booted (`/sys/boottime` of its stats segment): tells restarts that keep the pid, as in a container. */
  readonly bootTime?: () => Promise<number | undefined>;
  readonly trace?: MessageTrace;
  readonly onRoundTrip?: (message: string, seconds: number, retval: number | undefined) => void;
  readonly onWarning?: (warning: VppWarning) => void;
}

/** A read has no retval to accept. */
export type WaitOptions = Pick<CallOptions, 'waitReadyMs'>;

const handshakeTimeoutMs = 5000;
const defaultDrainMs = 5000;

/**
 * VPP's binary API over its stream socket: typed requests, pipelined, on a connection that heals itself.
 * Requests made while it is not ready fail at once unless `waitReadyMs` says to wait. Nothing is ever sent twice:
 * what was in flight when the socket dropped fails as `disconnected`, and the caller reads back.
 */
export class VppClient {
  private current: ClientState = { kind: 'idle' };
  private session: Session | undefined;
  private identity: VppIdentity | undefined;
  private generation = 0;
  private readonly observers = new Set<(state: ClientState) => void>();
  private readonly handlers = new Map<AnyMessage, Set<(value: never) => void>>();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: VppClientOptions) {}

  get state(): ClientState {
    return this.current;
  }

  /** Begins to connect, and from then on reconnects until `close`. */
  start(): void {
    this.running ??= this.run();
  }

  /** Called at each change of state, in order; returns what ends it. */
  onState(observer: (state: ClientState) => void): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  /**
   * Starts if need be and resolves when ready. Rejects after `timeoutMs` with the last reason, at once when VPP is
   * incompatible (it is still retried: VPP may be replaced), and when closed.
   */
  whenReady(timeoutMs = Number.POSITIVE_INFINITY): Promise<ReadyState> {
    this.start();
    return new Promise((resolve, reject) => {
      const look = (state: ClientState) => {
        if (state.kind === 'ready') done(() => resolve(state));
        else if (state.kind === 'closed') done(() => reject(this.notReady('client')));
        else if (state.kind === 'connecting' && isIncompatible(state.lastError)) done(() => reject(state.lastError));
      };
      const stop = this.onState(look);
      const finite = Number.isFinite(timeoutMs);
      const timer = finite ? setTimeout(() => done(() => reject(this.notReady('client'))), timeoutMs) : undefined;
      const done = (settle: () => void) => {
        clearTimeout(timer);
        stop();
        settle();
      };
      look(this.current);
    });
  }

  /** Whether the VPP now connected offers an operation that is not among the required ones. */
  supports(operation: Operation): boolean {
    return this.session?.table.offers(operation) ?? false;
  }

  /** One request, one reply; requests reach VPP in the order asked. Throws VppError when VPP refuses, VppClientError when there is no answer to show. */
  call<Q, A>(operation: Call<Q, A>, request: Q, options?: CallOptions): Promise<A> {
    if (this.session) return callOn(this.session, operation, request, options);
    return this.sessionWithin(operation, options).then((session) => callOn(session, operation, request, options));
  }

  /** The same without a promise, for thousands of requests: exactly one of `answered` and `failed` is called. */
  send<Q, A>(operation: Call<Q, A>, request: Q, answered: (reply: A) => void, failed: (error: Error) => void): void {
    if (this.session) this.session.ask(operation, request, answered, failed);
    else failed(this.notReady(operation.request.name));
  }

  /** All details of a dump; a `control_ping` right behind it marks the end. */
  async dump<Q, D>(operation: Dump<Q, D>, request: Q, options?: WaitOptions): Promise<D[]> {
    const session = this.session ?? (await this.sessionWithin(operation, options));
    return dumpOn(session, operation, request);
  }

  /** All details of a stream, following its cursor to the end. */
  async streamGet<Q extends { cursor: number }, D, A extends { retval: number; cursor: number }>(
    operation: Stream<Q, D, A>,
    request: Q,
    options?: WaitOptions,
  ): Promise<D[]> {
    const session = this.session ?? (await this.sessionWithin(operation, options));
    return streamOn(session, operation, request);
  }

  /**
   * Delivers an event's messages, over reconnects; returns what ends it. The `want_..._events` request is the
   * caller's, after each `ready` (a repeat is -31 INVALID_REGISTRATION: accept it).
   */
  on<T>(event: Message<T>, handler: (value: T) => void): () => void {
    const handlers = this.handlers.get(event) ?? new Set();
    this.handlers.set(event, handlers);
    handlers.add(handler);
    this.session?.listen(event);
    return () => handlers.delete(handler);
  }

  /** Refuses new requests, lets those in flight end (at most `drainMs`), signs off. Safe to call again. */
  close(drainMs = defaultDrainMs): Promise<void> {
    this.closing ??= this.drainAndLeave(drainMs);
    return this.closing;
  }

  private async drainAndLeave(drainMs: number): Promise<void> {
    const session = this.session;
    this.session = undefined;
    this.stopping.abort();
    if (session) {
      this.setState({ kind: 'draining' });
      await Promise.race([session.whenIdle(), sleep(drainMs, undefined, { ref: false })]);
      session.leave();
      await Promise.race([session.closed, sleep(1000, undefined, { ref: false })]);
      session.abort();
    }
    await this.running;
    this.setState({ kind: 'closed' });
  }

  private setState(state: ClientState): void {
    this.current = state;
    for (const observer of [...this.observers]) this.guarded(() => observer(state));
  }

  private guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.options.onWarning?.({
        kind: 'handler-failed',
        detail: error instanceof Error ? error.message : String(error),
      });
    }
  }

  private async run(): Promise<void> {
    const { minMs, maxMs } = this.options.reconnect ?? { minMs: 50, maxMs: 2000 };
    let attempt = 0;
    let pauseMs = 0;
    let lastError: Error | undefined;
    while (!this.stopping.signal.aborted) {
      this.setState({ kind: 'connecting', attempt: attempt + 1, lastError });
      if (pauseMs > 0) await this.pause(pauseMs);
      if (this.stopping.signal.aborted) return;
      pauseMs = Math.min(maxMs, minMs * 2 ** Math.min(attempt, 16));
      attempt++;
      try {
        lastError = await this.serve(attempt);
        attempt = 0;
        pauseMs = minMs;
      } catch (error) {
        lastError = error instanceof Error ? error : new Error(String(error));
      }
      this.session = undefined;
    }
  }

  private async pause(delayMs: number): Promise<void> {
    await sleep(delayMs, undefined, { signal: this.stopping.signal }).catch(() => {});
  }

  /** One connection from its start to its end; throws when it never became ready. */
  private async serve(attempt: number): Promise<Error | undefined> {
    const session = await Session.open(this.options.connect, this.sessionOptions(), handshakeTimeoutMs);
    this.setState({ kind: 'checking' });
    try {
      session.table.require([controlPing, ...this.options.required], this.options.events ?? []);
      for (const event of [...(this.options.events ?? []), ...this.handlers.keys()]) session.listen(event);
      await this.becomeReady(session, attempt);
    } catch (error) {
      session.abort();
      throw error;
    }
    return this.untilClosed(session);
  }

  private async becomeReady(session: Session, attempt: number): Promise<void> {
    const { vpe_pid: vppPid } = await callOn(session, controlPing, {});
    const bootTime = await this.options.bootTime?.().catch(() => undefined);
    const identity: VppIdentity = { vppPid, bootTime };
    const restarted = this.identity !== undefined && isRestart(this.identity, identity, attempt > 1);
    if (restarted || this.identity === undefined) this.generation++;
    this.identity = identity;
    if (this.stopping.signal.aborted) throw this.notReady('client');
    this.session = session;
    this.setState({ kind: 'ready', vppPid, bootTime, generation: this.generation, restarted });
  }

  private async untilClosed(session: Session): Promise<Error | undefined> {
    const keepaliveMs = this.options.keepaliveMs ?? 5000;
    const timer = setInterval(() => this.keepAlive(session, keepaliveMs), keepaliveMs);
    const reason = await session.closed;
    clearInterval(timer);
    return reason;
  }

  /** With requests in flight their own timer watches; a silent idle connection is asked whether it lives. */
  private keepAlive(session: Session, keepaliveMs: number): void {
    if (!session.idle || performance.now() - session.lastHeardMs < keepaliveMs) return;
    callOn(session, controlPing, {}).catch((error: Error) => {
      if (error instanceof VppClientError && error.reason === 'timeout') session.abort(error);
    });
  }

  private async sessionWithin(operation: Operation, options?: WaitOptions): Promise<Session> {
    if (options?.waitReadyMs !== undefined && !this.closing) await this.whenReady(options.waitReadyMs);
    if (!this.session) throw this.notReady(operation.request.name);
    return this.session;
  }

  private notReady(what: string): VppClientError {
    const state = this.current;
    if (this.closing) return new VppClientError('closed', `${what}: the VPP client is closed`, false);
    const cause = state.kind === 'connecting' ? state.lastError : undefined;
    const why = cause ? `: ${cause.message}` : '';
    return new VppClientError('not-ready', `${what}: VPP is not connected (${state.kind}${why})`, false, cause);
  }

  private sessionOptions() {
    const { options } = this;
    return {
      name: options.name ?? 'causeway',
      windowRequests: options.windowRequests ?? 256,
      replyTimeoutMs: options.replyTimeoutMs ?? 10_000,
      lostProbeMs: options.lostProbeMs ?? 1000,
      trace: options.trace,
      onRoundTrip: options.onRoundTrip ?? (() => {}),
      onWarning: options.onWarning ?? (() => {}),
      onEvent: (event: AnyMessage, value: unknown) => {
        for (const handler of this.handlers.get(event) ?? []) this.guarded(() => handler(value as never));
      },
    };
  }
}

const isIncompatible = (error: Error | undefined): error is VppClientError =>
  error instanceof VppClientError && error.reason === 'incompatible';
