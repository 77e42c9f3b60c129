import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApplyRequest, ConfigServiceClient } from '#gen/bng/v1/configd.js';
import { SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import type { TlsFiles } from '#lib/kernel/config.js';
import { callUnary, channelCredentials } from '#lib/kernel/rpc-client.js';
import { temporaryFolder } from './child.js';
import { type Dataplane, startDataplane } from './dataplane.js';
import { DataplaneView } from './dataplane-view.js';
import { type ClientOptions, ClientSwitch, type DhcpClient } from './dhcp-client.js';
import type { FrameLink } from './frame-link.js';
import { freePort, freeUdpPort } from './free-port.js';
import { type FreeRadius, startFreeRadius } from './freeradius.js';
import type { Lane } from './lanes.js';
import { type NatsServer, startNats } from './nats.js';
import { type PostgresServer, startPostgres } from './postgres.js';
import { enterPrivateNetwork } from './private-network.js';
import { type ServiceProcess, startService } from './service.js';
import { labSecrets, type ServiceConfigs, sampleDocument, serviceConfigs } from './stack-config.js';

export type StackService = keyof ServiceConfigs | 'exporter';

export interface StackOptions {
  lane: Lane;
  /** Lines to configure. */
  subscribers: number;
  /** FreeRADIUS users file; the samples when absent. */
  users?: string;
  /** Further lines of FreeRADIUS's dictionary. */
  dictionary?: string;
  /** PostgreSQL to use instead of one of our own. */
  databaseUrl?: string;
  /** Dataplane to use instead of the lane's. */
  dataplane?: Dataplane;
  /** Certificates of every service, and of the stack's own clients; without them gRPC is in the clear. */
  tls?: TlsFiles;
  /** Changes to the services' configuration before they start. */
  adjust?: (configs: ServiceConfigs) => void;
  /** Told what has been started, with milliseconds. */
  onStarted?: (what: string, ms: number) => void;
  /** Whether the sample document is applied; true when absent. */
  apply?: boolean;
  /** Ends the start: what was started is taken down, and `startStack` rejects. */
  signal?: AbortSignal;
}

/** The whole system on one machine: neighbours, dataplane and services as processes of their own. */
export class Stack {
  readonly services = new Map<StackService, ServiceProcess>();
  readonly nats: NatsServer;
  readonly postgres: PostgresServer | undefined;
  radius: FreeRadius;
  readonly config: ConfigServiceClient;
  readonly subs: SubscriberServiceClient;
  readonly coa: { host: string; port: number; secret: string };
  private view: DataplaneView | undefined;
  private link: FrameLink | undefined;

  constructor(private readonly parts: StackParts) {
    this.nats = parts.nats;
    this.postgres = parts.postgres;
    this.radius = parts.radius;
    this.config = new ConfigServiceClient(parts.addresses.configd, channelCredentials(parts.tls));
    this.subs = new SubscriberServiceClient(parts.addresses.subsManager, channelCredentials(parts.tls));
    this.coa = { host: '127.0.0.1', port: parts.addresses.coaPort, secret: labSecrets.coa };
  }

  get folder(): string {
    return this.parts.folder.path;
  }
  get vpp(): Dataplane {
    return this.parts.dataplane;
  }
  get addresses() {
    return this.parts.addresses;
  }
  get dataplane(): DataplaneView {
    if (!this.view) throw new Error('the stack is not started');
    return this.view;
  }
  get document(): string {
    return sampleDocument(this.parts.subscribers, this.vpp.devices);
  }

  async start(service: StackService): Promise<ServiceProcess> {
    const config = service === 'exporter' ? this.exporterConfig() : this.parts.configs[service];
    const { tls } = this.parts;
    const started = await startService(service, this.folder, tls ? { ...config, tls } : config);
    this.services.set(service, started);
    return started;
  }

  private exporterConfig(): object {
    const { addresses } = this.parts;
    const targets = [...this.services].map(([service, { ops }]) => ({ service, url: `${ops}/metrics` }));
    const { configd, subsManager, statsSocket } = addresses;
    return { configd, subsManager, vppStatsSocket: statsSocket, targets };
  }

  service(name: StackService): ServiceProcess {
    const found = this.services.get(name);
    if (!found) throw new Error(`${name} is not running`);
    return found;
  }

  /** SIGKILL, then a new process of the same service at the same address. */
  async killAndRestart(name: StackService): Promise<void> {
    await this.service(name).kill();
    const again = await this.start(name);
    await again.ready(60_000);
  }

  async openViews(): Promise<void> {
    this.view = await DataplaneView.open(this.vpp.apiSocket);
  }

  apply(yaml = this.document) {
    const change = { yaml, user: 'test', source: 'test', comment: 'sample', allowSessionLoss: true };
    const request = ApplyRequest.fromPartial(change);
    return callUnary(this.config.apply.bind(this.config), request, { timeoutMs: 60_000 });
  }

  async accessLink(): Promise<FrameLink> {
    this.link ??= await this.vpp.accessLink();
    return this.link;
  }

  extraClient(
    link: FrameLink,
    line: { outerVlan: number; innerVlan: number } & Omit<ClientOptions, 'tags'>,
  ): DhcpClient {
    const { outerVlan, innerVlan, ...options } = line;
    return new ClientSwitch(link).add({ ...options, tags: [{ vid: outerVlan }, { vid: innerVlan }] });
  }

  /** MAC address that subscribers see their gateway at. */
  async gatewayMac(): Promise<string> {
    const interfaces = await this.dataplane.interfaces();
    return interfaces.find((one) => one.interface_name === `host-${this.vpp.devices.access}`)?.l2_address ?? '';
  }

  /** A number of a service's /metrics, by a pattern with one group; 0 when it is not there. */
  async metric(service: StackService, pattern: RegExp): Promise<number> {
    const text = await (await fetch(`${this.service(service).ops}/metrics`)).text();
    return Number(pattern.exec(text)?.[1] ?? 0);
  }

  /** Takes everything down, in reverse; what fails does not keep the rest. */
  async stop(): Promise<void> {
    this.config.close();
    this.subs.close();
    await takeDown([
      () => this.link?.close(),
      () => this.view?.close(),
      ...[...this.services.values()].reverse().map((service) => () => service.stop()),
      () => this.radius.stop(),
      () => (this.parts.ownsDataplane ? this.vpp.stop() : undefined),
      () => this.nats.stop(),
      () => this.postgres?.stop(),
      () => this.parts.folder.remove(),
    ]);
  }
}

/** One step after the other, all of them; throws the first failure at the end. */
async function takeDown(steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps)
    await Promise.resolve()
      .then(step)
      .catch((error) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

interface StackParts {
  folder: { path: string; remove(): void };
  nats: NatsServer;
  postgres: PostgresServer | undefined;
  radius: FreeRadius;
  dataplane: Dataplane;
  ownsDataplane: boolean;
  subscribers: number;
  tls: TlsFiles | undefined;
  addresses: { configd: string; subsManager: string; aaa: string; qos: string; coaPort: number; statsSocket: string };
  configs: ServiceConfigs;
}

/** Starts everything in order; what fails takes down what was started. */
export async function startStack(options: StackOptions): Promise<Stack> {
  if (options.lane.kind === 'vpp') enterPrivateNetwork();
  const timed: Timed = async (what, work) => {
    const startedMs = performance.now();
    const result = await work;
    options.signal?.throwIfAborted();
    options.onStarted?.(what, performance.now() - startedMs);
    return result;
  };
  const folder = temporaryFolder('stack');
  mkdirSync(join(folder.path, 'state'));
  const { nats, postgres, radius, dataplane } = await startNeighbours(options, folder, timed);
  const local = async () => `127.0.0.1:${await freePort()}`;
  const addresses = {
    configd: await local(),
    subsManager: await local(),
    aaa: await local(),
    qos: await local(),
    coaPort: await freeUdpPort(),
    apiSocket: dataplane.apiSocket,
    statsSocket: dataplane.statsSocket,
    dhcp: dataplane.dhcp,
    dhcp6: dataplane.dhcp6,
    stateDir: join(folder.path, 'state'),
    databaseUrl: options.databaseUrl ?? postgres?.url ?? '',
    nats: nats.url,
    radius: { host: '127.0.0.1', authPort: radius.authPort, acctPort: radius.acctPort },
  };
  const configs = serviceConfigs(addresses);
  options.adjust?.(configs);
  const { subscribers, tls } = options;
  const ownsDataplane = options.dataplane === undefined;
  const stack = new Stack({
    folder,
    nats,
    postgres,
    radius,
    dataplane,
    ownsDataplane,
    subscribers,
    tls,
    addresses,
    configs,
  });
  try {
    await startServices(stack, options, timed);
  } catch (error) {
    const outputs = [...stack.services].map(([name, { child }]) => `--- ${name}\n${child.output.slice(-3000)}`);
    await stack.stop().catch(() => {});
    options.signal?.throwIfAborted();
    throw new Error(`${String(error)}\n${outputs.join('\n')}`);
  }
  return stack;
}

/** What the services stand on, side by side. When one fails, the others and the folder are taken away again. */
async function startNeighbours(options: StackOptions, folder: StackParts['folder'], timed: Timed) {
  const { users, dictionary, lane } = options;
  const running: { stop(): Promise<void> }[] = [];
  const kept = async <T extends { stop(): Promise<void> }>(work: Promise<T>): Promise<T> => {
    const part = await work;
    running.push(part);
    return part;
  };
  const work = [
    timed('NATS JetStream', kept(startNats())),
    options.databaseUrl ? undefined : timed('PostgreSQL (embedded)', kept(startPostgres())),
    timed('FreeRADIUS', kept(startFreeRadius({ ...(users && { users }), ...(dictionary && { dictionary }) }))),
    options.dataplane ?? timed(`dataplane: ${lane.name}`, kept(startDataplane(lane, folder.path))),
  ] as const;
  try {
    const [nats, postgres, radius, dataplane] = await Promise.all(work);
    return { nats, postgres, radius, dataplane };
  } catch (error) {
    await Promise.allSettled(work);
    await takeDown([...running.map((part) => () => part.stop()), () => folder.remove()]).catch(() => {});
    throw error;
  }
}

type Timed = <T>(what: string, work: Promise<T>) => Promise<T>;

async function startServices(stack: Stack, options: StackOptions, timed: Timed): Promise<void> {
  /** Fails only when each process is either known to the stack or gone, so that none is forgotten. */
  const up = async (...names: StackService[]) => {
    const starts = names.map((name) => ({ name, started: stack.start(name) }));
    const ready = starts.map(({ name, started }) =>
      timed(
        name,
        started.then((service) => service.ready(60_000)),
      ),
    );
    const allReady = Promise.all(ready);
    // Looked at below only: until then a failure must not count as one that nobody handles.
    allReady.catch(() => {});
    await Promise.allSettled(starts.map(({ started }) => started));
    await allReady;
  };
  await up('qos-compiler', 'configd');
  await stack.openViews();
  if (options.apply ?? true) await timed('sample configuration', stack.apply());
  await up('aaa', 'subs-manager');
  await up('exporter');
}
