import { type Session, SessionEvent, SubscriberServiceClient, type SubscriberStatsResponse } from '#gen/bng/v1/subs.js';
import { SubscriberToolsServiceClient } from '#gen/bng/v1/subs_tools.js';
import { type Clock, systemClock } from '#lib/kernel/clock.js';
import { EventBus, streams } from '#lib/kernel/jetstream.js';
import { type Running, startAll } from '#lib/kernel/lifecycle.js';
import { silentLog } from '#lib/kernel/log.js';
import { callUnary, channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import { type NatsServer, startNats } from '../../../test/harness/nats.js';
import { type PostgresServer, startPostgres } from '../../../test/harness/postgres.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { createSubsManager } from '../app.js';
import { configSchema } from '../config.js';
import { AaaDouble } from './aaa.testkit.js';
import { ConfigdDouble, makeLines } from './configd.testkit.js';
import { giaddr, Relay } from './relay.testkit.js';
import { Relay6Link } from './relay6.testkit.js';

/** Events as JetStream delivers them. */
export class EventLog {
  readonly events: SessionEvent[] = [];
  private constructor(private readonly bus: EventBus) {}

  static async open(url: string): Promise<EventLog> {
    const log = new EventLog(new EventBus(url, 'test', silentLog(), [streams.sessions]));
    await log.bus.start(new AbortController().signal);
    await log.bus.consume({
      stream: streams.sessions,
      durable: 'test',
      subject: 'bng.session.>',
      ackWaitMs: 10_000,
      maxPending: 1000,
      handler(event) {
        log.events.push(SessionEvent.decode(event.payload));
        event.ack();
      },
    });
    return log;
  }

  of(kind: SessionEvent['kind']): SessionEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }

  close(): Promise<void> {
    return this.bus.stop();
  }
}

/** Neighbours of subs-manager: PostgreSQL and NATS for real, configd and aaa as doubles over real gRPC, a relay. */
export class Rig {
  private constructor(
    readonly postgres: PostgresServer,
    readonly nats: NatsServer,
    readonly events: EventLog,
    readonly configd: ConfigdDouble,
    readonly aaa: AaaDouble,
    readonly relay: Relay,
    readonly relay6: Relay6Link,
  ) {}

  static async start(lines: number): Promise<Rig> {
    const [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
    const parts = [new ConfigdDouble(makeLines(lines)), new AaaDouble(), new Relay(), new Relay6Link()] as const;
    await Promise.all(parts.map((part) => part.start()));
    return new Rig(postgres, nats, await EventLog.open(nats.url), ...parts);
  }

  /** The service's settings against these neighbours. */
  settings(more: object = {}): object {
    return {
      databaseUrl: this.postgres.url,
      nats: this.nats.url,
      configd: `127.0.0.1:${this.configd.port}`,
      aaa: `127.0.0.1:${this.aaa.port}`,
      logLevel: 'warn',
      dhcp: { listen: '127.0.0.1:0', relays: { [giaddr]: `127.0.0.1:${this.relay.port}` }, lineBurst: 100 },
      pools: [{ name: 'main', prefix: '100.64.0.0/16', exclude: ['100.64.0.1'] }],
      groups: [{ name: 'homes', pools: ['main'] }],
      ...more,
    };
  }

  async stop(): Promise<void> {
    await this.events.close();
    this.configd.stop();
    this.aaa.stop();
    await this.relay.stop();
    await this.relay6.stop();
    await Promise.all([this.nats.stop(), this.postgres.stop()]);
  }
}

/** subs-manager in this process, with a client of its API. */
export class ServiceUnderTest {
  private constructor(
    private readonly running: Running,
    readonly client: SubscriberServiceClient,
    readonly tools: SubscriberToolsServiceClient,
    /** Where its HTTP is. */
    readonly ops: string,
  ) {}

  static async start(rig: Rig, more: object = {}, clock: Clock = systemClock): Promise<ServiceUnderTest> {
    const service = createSubsManager(configSchema.parse(rig.settings(more)), silentLog(), clock);
    const running = await startAll(service.components, { log: silentLog(), state: service.state });
    const { grpc, ops, dhcp, dhcp6 } = service.ports();
    rig.relay.serverPort = dhcp;
    rig.relay6.serverPort = dhcp6;
    const client = new SubscriberServiceClient(`127.0.0.1:${grpc}`, channelCredentials(), channelOptions);
    const tools = new SubscriberToolsServiceClient(`127.0.0.1:${grpc}`, channelCredentials(), channelOptions);
    await waitFor('ready', () => service.state.state === 'ready', 20_000);
    return new ServiceUnderTest(running, client, tools, `http://127.0.0.1:${ops}`);
  }

  /** By any key of the session. */
  get(key: string): Promise<Session> {
    return callUnary(this.client.get.bind(this.client), { key });
  }

  /** Resolves when there is no such session any more. */
  async gone(key: string): Promise<void> {
    const isGone = () =>
      this.get(key).then(
        () => false,
        () => true,
      );
    await waitFor(`no session ${key}`, isGone);
  }

  stats(): Promise<SubscriberStatsResponse> {
    return callUnary(this.client.stats.bind(this.client), {});
  }

  /** Messages of either protocol dropped for a reason so far. */
  async dropsOf(reason: string): Promise<number> {
    return Number((await this.stats()).dhcpDrops[reason] ?? 0n);
  }

  /** The timeline: step, outcome and detail of each entry. */
  async stepsOf(key: string): Promise<string[]> {
    const { entries } = await callUnary(this.client.why.bind(this.client), { key });
    return entries.map(({ step, outcome, detail }) => `${step} ${outcome} ${detail}`);
  }

  async stop(): Promise<void> {
    this.client.close();
    this.tools.close();
    await this.running.stop('test');
  }
}
