import type {
  AuditDataplaneResponse,
  ConfigServiceClient,
  LineEvent,
  SessionBundle,
  SessionCommand,
  SessionCountersResponse,
  SessionResult,
  WatchLinesRequest,
} from '#gen/bng/v1/configd.js';
import { BngError, codedError } from '#lib/kernel/errors.js';
import { RequestStream } from '#lib/kernel/request-stream.js';
import { callUnary, readStream } from '#lib/kernel/rpc-client.js';
import { fromServiceError } from '#lib/kernel/rpc-errors.js';

/** Outcome of one bundle pushed in bulk. */
export interface BulkResult {
  sessionId: string;
  error?: BngError;
}

/** A comparison of everything in VPP, and the repair of it, may take this long. */
const AUDIT_MS = 120_000;

/** What subs-manager asks of configd. All calls reject with BngError. */
export class Dataplane {
  private readonly commands: RequestStream<SessionCommand, SessionResult>;

  constructor(
    private readonly client: ConfigServiceClient,
    private readonly timeoutMs: number,
  ) {
    this.commands = new RequestStream(() => client.applySessions(), { peer: 'configd', timeoutMs });
  }

  /** Resolves with the milliseconds spent in VPP, once VPP has confirmed. */
  async apply(session: SessionBundle): Promise<number> {
    return (await this.command({ $case: 'apply', value: session })).vppMs;
  }

  /** Unknown sessions are removed already. */
  async remove(sessionId: string): Promise<void> {
    await this.command({ $case: 'remove', value: sessionId });
  }

  private async command(command: SessionCommand['command']): Promise<SessionResult> {
    const result = await this.commands.send((requestId) => ({ requestId, command }));
    if (!result.ok) throw codedError(result.code, result.error);
    return result;
  }

  close(): void {
    this.commands.close();
    this.client.close();
  }

  /** Counters as VPP has them now. */
  counters(sessionIds: string[]): Promise<SessionCountersResponse> {
    return callUnary(this.client.sessionCounters.bind(this.client), { sessionIds }, { timeoutMs: this.timeoutMs });
  }

  /** What configd holds for an owner, by session. */
  async bundles(owner: string): Promise<Map<string, SessionBundle>> {
    const held = new Map<string, SessionBundle>();
    const call = this.client.listSessions({ owner }, { deadline: Date.now() + AUDIT_MS });
    for await (const bundle of readStream(call)) held.set(bundle.sessionId, bundle);
    return held;
  }

  /** VPP beside what configd wants in it. */
  audit(repair: boolean): Promise<AuditDataplaneResponse> {
    return callUnary(this.client.auditDataplane.bind(this.client), { repair }, { timeoutMs: AUDIT_MS });
  }

  /** Whose sessions are put on the lines is told; rejects with `conflict` while another database has them. */
  async *watchLines(signal: AbortSignal, who: WatchLinesRequest): AsyncGenerator<LineEvent> {
    const call = this.client.watchLines(who);
    const cancel = () => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      yield* readStream(call);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /**
   * Pushes bundles over one stream; with `pruneOwner`, what else configd holds of that owner is removed at the end.
   * Resolves with the outcome of each bundle; rejects when the stream breaks or nothing could be pruned.
   */
  async applyMany(bundles: readonly SessionBundle[], pruneOwner?: string): Promise<BulkResult[]> {
    const call = this.client.applySessions();
    const results: BulkResult[] = [];
    const expected = bundles.length + (pruneOwner === undefined ? 0 : 1);
    const done = new Promise<void>((resolve, reject) => {
      call.on('error', (error: unknown) => reject(fromServiceError(error)));
      call.on('end', () => (results.length >= expected ? resolve() : reject(cutShort(results.length, expected))));
      call.on('data', (result: SessionResult) => {
        results.push(toBulkResult(result));
        if (results.length === expected) call.end();
      });
    });
    if (expected === 0) call.end();
    const writing = this.write(call, bundles, pruneOwner);
    await Promise.all([done, Promise.race([writing, done])]);
    for (const { sessionId, error } of results) if (sessionId === '' && error) throw error;
    return results.filter(({ sessionId }) => sessionId !== '');
  }

  private async write(
    call: ReturnType<ConfigServiceClient['applySessions']>,
    bundles: readonly SessionBundle[],
    pruneOwner?: string,
  ): Promise<void> {
    let requestId = 1n;
    const send = (command: SessionCommand['command']) =>
      call.write({ requestId: requestId++, command }) ? undefined : drained(call);
    for (const bundle of bundles) await send({ $case: 'apply', value: bundle });
    if (pruneOwner !== undefined) await send({ $case: 'pruneOwner', value: pruneOwner });
  }
}

const drained = (call: ReturnType<ConfigServiceClient['applySessions']>) =>
  new Promise<void>((resolve) => call.once('drain', resolve));

const cutShort = (got: number, expected: number) =>
  new BngError('unavailable', `configd answered ${got} of ${expected} session commands`);

const toBulkResult = (result: SessionResult): BulkResult =>
  result.ok
    ? { sessionId: result.sessionId }
    : { sessionId: result.sessionId, error: codedError(result.code, result.error) };
