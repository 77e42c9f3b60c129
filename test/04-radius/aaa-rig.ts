import { credentials } from '@grpc/grpc-js';
import {
  AaaServiceClient,
  AccessIdentity,
  AuditAccountingRequest,
  type AuditAccountingResponse,
} from '#gen/bng/v1/aaa.js';
import {
  type RefusedRequest,
  Session,
  SessionEvent,
  SessionEvent_Kind,
  type SessionSelector,
  SessionState,
  type SubscriberCommand,
  type SubscriberCommandResult,
  SubscriberServiceService,
} from '#gen/bng/v1/subs.js';
import { answerStream, ended } from '#lib/kernel/answer-stream.js';
import { EventBus, streams } from '#lib/kernel/jetstream.js';
import { StateHolder } from '#lib/kernel/lifecycle.js';
import { silentLog } from '#lib/kernel/log.js';
import { partitionOf } from '#lib/kernel/partition.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { RpcServer, unary } from '#lib/kernel/rpc-server.js';
import { temporaryFolder } from '../harness/child.js';
import { type FreeRadius, startFreeRadius } from '../harness/freeradius.js';
import { type NatsServer, startNats } from '../harness/nats.js';
import { type PostgresServer, startPostgres } from '../harness/postgres.js';
import { type ServiceProcess, startService } from '../harness/service.js';

const kinds = {
  up: SessionEvent_Kind.UP,
  interim: SessionEvent_Kind.INTERIM,
  changed: SessionEvent_Kind.CHANGED,
  down: SessionEvent_Kind.DOWN,
} as const;

/** aaa processes with real NATS, PostgreSQL and FreeRADIUS; the tests tell the session events themselves. */
export class AaaRig {
  private readonly folder = temporaryFolder('aaa-rig');
  private readonly radiusFolder = temporaryFolder('aaa-rig-radius');
  private readonly subsManager: RpcServer;
  private readonly instances = new Map<string, ServiceProcess>();
  private readonly bus: EventBus;
  radius: FreeRadius;
  /** Sessions that the subs-manager of the rig knows. */
  readonly alive = new Set<string>();
  /** What it was asked to change or end. */
  readonly asked: (SessionSelector | undefined)[] = [];
  /** Refused requests that it was told of. */
  readonly refused: RefusedRequest[] = [];
  /** How it answers. */
  answer: (selector: SessionSelector | undefined) => Promise<void> = async () => {};

  private constructor(
    readonly nats: NatsServer,
    readonly postgres: PostgresServer,
    radius: FreeRadius,
  ) {
    this.radius = radius;
    const sessions = () =>
      [...this.alive].map((sessionId) => Session.fromPartial({ sessionId, state: SessionState.ACTIVE }));
    const work = async ({ requestId, command }: SubscriberCommand): Promise<SubscriberCommandResult> => {
      if (command?.$case === 'refused') {
        this.refused.push(command.value);
        return { requestId, ok: true, code: '', error: '' };
      }
      const selector = command?.value.selector;
      this.asked.push(selector);
      const { value, code, error } = await ended(() => this.answer(selector).then(() => true));
      return { requestId, ok: value === true, code, error };
    };
    const list = unary(() => ({ sessions: sessions(), nextPageToken: '', total: this.alive.size }));
    this.subsManager = new RpcServer('127.0.0.1:0', new StateHolder(), [
      { definition: SubscriberServiceService, handlers: { list, change: answerStream(() => work, 1000) } },
    ]);
    this.bus = new EventBus(nats.url, 'rig', silentLog(), [streams.sessions]);
  }

  static async start(): Promise<AaaRig> {
    const [nats, postgres, radius] = await Promise.all([startNats(), startPostgres(), startFreeRadius()]);
    await radius.stop();
    const rig = new AaaRig(nats, postgres, radius);
    await rig.startRadius();
    await rig.subsManager.start();
    await rig.bus.start(new AbortController().signal);
    return rig;
  }

  async stop(): Promise<void> {
    for (const instance of this.instances.values()) await instance.stop();
    await this.bus.stop();
    await this.subsManager.stop();
    await Promise.all([this.nats.stop(), this.postgres.stop(), this.radius.stop()]);
    this.folder.remove();
    this.radiusFolder.remove();
  }

  /** FreeRADIUS on its ports and with its detail file, whether it ran before or not. */
  async startRadius(): Promise<void> {
    const { authPort, acctPort } = this.radius;
    this.radius = await startFreeRadius({ authPort, acctPort, directory: this.radiusFolder.path });
  }

  async startAaa(instance: string, more: object = {}): Promise<ServiceProcess> {
    const at = (port: number) => ({
      servers: [{ name: 'main', host: '127.0.0.1', port, secret: this.radius.secret }],
      initialMs: 200,
      maxMs: 400,
      transmissions: 2,
      deadMs: 1000,
      probeMs: 200,
    });
    const config = {
      nats: this.nats.url,
      databaseUrl: this.postgres.url,
      subsManager: `127.0.0.1:${this.subsManager.port}`,
      nas: { identifier: 'bng1' },
      password: 'causeway',
      auth: at(this.radius.authPort),
      // A server that is merely slow gets no second copy: it would write that down, too.
      accounting: {
        ...at(this.radius.acctPort),
        initialMs: 3000,
        maxMs: 3000,
        adaptiveFloorMs: 3000,
        transmissions: 1,
      },
      coa: { listen: '127.0.0.1:0' },
      ...more,
    };
    const started = await startService('aaa', this.folder.path, config, instance);
    this.instances.set(instance, started);
    await started.ready();
    return started;
  }

  async killAaa(instance: string): Promise<void> {
    await this.instances.get(instance)?.kill();
  }

  /** Sends Accounting-Off, as `bngctl acct off` does. */
  async off(instance: string): Promise<void> {
    const client = new AaaServiceClient(this.instances.get(instance)?.grpc ?? '', credentials.createInsecure());
    await callUnary(client.accountingOff.bind(client), {}, { timeoutMs: 20_000 }).finally(() => client.close());
  }

  /** The `sequence`th event of a session. */
  async tell(sessionId: string, sequence: number, kind: keyof typeof kinds, more: Partial<SessionEvent> = {}) {
    const group = more.session?.group ?? 'homes';
    const event = SessionEvent.fromPartial({
      id: `${sessionId}-${sequence}`,
      kind: kinds[kind],
      atMs: BigInt(Date.now()),
      sequence: BigInt(sequence),
      ...more,
      session: {
        sessionId,
        group,
        userName: `user-${sessionId}`,
        identity: AccessIdentity.fromPartial({ line: { name: `access.100.${sessionId}` } }),
        counters: { inputOctets: BigInt(sequence) * 2n ** 33n, inputPackets: 2n ** 32n + BigInt(sequence) },
      },
    });
    const subject = `bng.session.${kind}.${partitionOf(group)}.${sessionId}`;
    await this.bus.publish({ id: event.id, subject, payload: SessionEvent.encode(event).finish() });
  }

  /** Acct-Status-Types of a session in the order in which FreeRADIUS wrote them. */
  accounted(sessionId: string): string[] {
    return this.radius
      .detail()
      .filter((record) => record.get('Acct-Session-Id') === sessionId)
      .map((record) => record.get('Acct-Status-Type') ?? '');
  }

  audit(instance: string, sessionId = ''): Promise<AuditAccountingResponse> {
    const client = new AaaServiceClient(this.instances.get(instance)?.grpc ?? '', credentials.createInsecure());
    const request = AuditAccountingRequest.fromPartial({ sessionId });
    return callUnary(client.auditAccounting.bind(client), request, { timeoutMs: 20_000 }).finally(() => client.close());
  }
}
