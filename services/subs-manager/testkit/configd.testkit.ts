import { Server, ServerCredentials, type ServerDuplexStream, type ServerWritableStream } from '@grpc/grpc-js';
import type { Counters } from '#gen/bng/v1/common.js';
import { Line } from '#gen/bng/v1/common.js';
import {
  ConfigServiceService,
  type LineEvent,
  type SessionBundle,
  type SessionCommand,
  type SessionResult,
  type WatchLinesRequest,
} from '#gen/bng/v1/configd.js';
import { BngError } from '#lib/kernel/errors.js';
import { serverStream, unary } from '#lib/kernel/rpc-server.js';
import { zeroCounters } from '../session/counters.js';

/** Gateway and relay address of every line. */
export const gateway = '100.64.0.1';
export const gateway6 = '2001:db8:64::1';

/** `count` QinQ lines with interface indexes from `firstIndex`. */
export const makeLines = (count: number, firstIndex = 10): Line[] =>
  Array.from({ length: count }, (_, at) =>
    Line.fromPartial({
      name: `access.100.${at + 1}`,
      swIfIndex: firstIndex + at,
      parent: 'access',
      outerVlan: 100,
      innerVlan: at + 1,
      vrf: 'default',
      gateways: [gateway, gateway6],
    }),
  );

/** configd as far as subs-manager uses it: real gRPC, tables in memory, faults on request. */
export class ConfigdDouble {
  readonly sessions = new Map<string, SessionBundle>();
  readonly counters = new Map<string, Counters>();
  /** Session ids of every apply, in order. */
  readonly applies: string[] = [];
  generation = 1n;
  /** Every apply and removal fails with this. */
  fault: BngError | undefined;
  /** Applies wait for this. */
  gate: Promise<void> = Promise.resolve();
  private readonly watchers = new Set<ServerWritableStream<WatchLinesRequest, LineEvent>>();
  private server = new Server();
  port = 0;

  constructor(public lines: Line[]) {}

  async start(): Promise<void> {
    this.server = new Server();
    this.server.addService(ConfigServiceService, {
      apply: refuse,
      getConfig: refuse,
      plan: refuse,
      history: refuse,
      status: refuse,
      listSessions: serverStream(({ owner }: { owner: string }) => this.held(owner)),
      auditDataplane: unary(() => ({ objects: this.sessions.size, findings: [] })),
      applySession: unary(async ({ session }: { session: SessionBundle | undefined }) => this.apply(session)),
      removeSession: unary(({ sessionId }: { sessionId: string }) => this.remove(sessionId)),
      applySessions: (call: ServerDuplexStream<SessionCommand, SessionResult>) => this.bulk(call),
      sessionCounters: unary(({ sessionIds }: { sessionIds: string[] }) => this.read(sessionIds)),
      watchLines: (call: ServerWritableStream<WatchLinesRequest, LineEvent>) => this.watch(call),
    });
    this.port = await new Promise<number>((resolve, reject) =>
      this.server.bindAsync(`127.0.0.1:${this.port}`, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
  }

  private async *held(owner: string): AsyncGenerator<SessionBundle> {
    for (const bundle of this.sessions.values()) if (bundle.owner === owner) yield bundle;
  }

  private async apply(session: SessionBundle | undefined): Promise<SessionResult> {
    await this.gate;
    if (this.fault) throw this.fault;
    if (!session) throw new BngError('invalid_argument', 'no session');
    this.applies.push(session.sessionId);
    this.sessions.set(session.sessionId, session);
    return result(0n, session.sessionId);
  }

  private remove(sessionId: string): SessionResult {
    if (this.fault) throw this.fault;
    this.sessions.delete(sessionId);
    return result(0n, sessionId);
  }

  private read(sessionIds: string[]) {
    const ids = sessionIds.length > 0 ? sessionIds : [...this.sessions.keys()];
    const known = ids.filter((id) => this.sessions.has(id));
    return {
      generation: this.generation,
      sessions: known.map((sessionId) => ({ sessionId, counters: this.counters.get(sessionId) ?? zeroCounters() })),
    };
  }

  private bulk(call: ServerDuplexStream<SessionCommand, SessionResult>): void {
    const applied = new Set<string>();
    let underWay = 0;
    let ended = false;
    const finish = () => ended && underWay === 0 && call.end();
    call.on('data', async ({ requestId, command }: SessionCommand) => {
      underWay++;
      call.write(await this.execute(requestId, command, applied));
      underWay--;
      finish();
    });
    call.on('error', () => {});
    call.on('end', () => {
      ended = true;
      finish();
    });
  }

  private async execute(
    requestId: bigint,
    command: SessionCommand['command'],
    applied: Set<string>,
  ): Promise<SessionResult> {
    try {
      switch (command?.$case) {
        case 'apply':
          applied.add(command.value.sessionId);
          return { ...(await this.apply(command.value)), requestId };
        case 'remove':
          return { ...this.remove(command.value), requestId };
        default:
          for (const [id, { owner }] of this.sessions)
            if (owner === command?.value && !applied.has(id)) this.sessions.delete(id);
          return result(requestId, '');
      }
    } catch (thrown) {
      const { code, message } = BngError.from(thrown);
      return { ...result(requestId, ''), ok: false, code, error: message };
    }
  }

  private watch(call: ServerWritableStream<WatchLinesRequest, LineEvent>): void {
    this.watchers.add(call);
    call.on('cancelled', () => this.watchers.delete(call));
    this.snapshot(call);
  }

  private snapshot(call: ServerWritableStream<WatchLinesRequest, LineEvent>): void {
    const { generation } = this;
    for (const value of this.lines) call.write({ generation, event: { $case: 'upsert', value } });
    call.write({ generation, event: { $case: 'snapshotDone', value: true } });
  }

  /** VPP restarted: the same lines under other numbers, counters at zero. */
  restartVpp(firstIndex: number): void {
    this.generation++;
    this.counters.clear();
    this.lines = this.lines.map((line, at) => ({ ...line, swIfIndex: firstIndex + at }));
    for (const watcher of this.watchers) this.snapshot(watcher);
  }

  /** Cuts all connections; `start` brings it back on the same port. */
  stop(): void {
    this.watchers.clear();
    this.server.forceShutdown();
  }
}

const refuse = unary(() => {
  throw new BngError('unimplemented', 'not in the double');
});

const result = (requestId: bigint, sessionId: string): SessionResult => ({
  requestId,
  sessionId,
  ok: true,
  code: '',
  error: '',
  vppMs: 0.1,
});
