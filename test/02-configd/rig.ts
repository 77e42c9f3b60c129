import { ConfigServiceClient, type SessionBundle } from '#gen/bng/v1/configd.js';
import { channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import { processIo } from '../../cli/io.js';
import { runCli } from '../../cli/program.js';
import { temporaryFolder } from '../harness/child.js';
import { type PostgresServer, startPostgres } from '../harness/postgres.js';
import { type ServiceProcess, startService } from '../harness/service.js';
import { startVppSim, type VppSim, type VppSimOptions } from '../harness/vpp-sim.js';

/** Answer of a REST call. */
export interface Answer {
  status: number;
  etag: string | null;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it by name
  json: any;
}

type Folder = ReturnType<typeof temporaryFolder>;

/** configd as a process, with a simulated VPP and a real PostgreSQL. */
export class Rig {
  private process: ServiceProcess | undefined;
  private client: ConfigServiceClient | undefined;

  private constructor(
    readonly postgres: PostgresServer,
    public sim: VppSim,
    private readonly folder: Folder,
    private readonly simFolder: Folder,
    private readonly settings: object,
  ) {}

  static async start(settings: object = {}, vpp: Pick<VppSimOptions, 'ports'> = {}): Promise<Rig> {
    const folder = temporaryFolder('configd');
    const simFolder = temporaryFolder('configd-vpp');
    const [postgres, sim] = await Promise.all([startPostgres(), startVppSim({ folder: simFolder.path, ...vpp })]);
    const rig = new Rig(postgres, sim, folder, simFolder, settings);
    await rig.startConfigd();
    return rig;
  }

  get configd(): ServiceProcess {
    if (!this.process) throw new Error('configd was not started');
    return this.process;
  }

  get stateDir(): string {
    return `${this.folder.path}/state`;
  }

  async startConfigd(): Promise<void> {
    const { apiSocket, statsSocket } = this.sim;
    this.process = await startService('configd', this.folder.path, {
      node: 'test',
      databaseUrl: this.postgres.url,
      vpp: { apiSocket, statsSocket, replyTimeoutMs: 3000 },
      stateDir: this.stateDir,
      audit: { intervalS: 0 },
      logLevel: 'info',
      ...this.settings,
    });
  }

  /** Ends configd by `signal` and starts it again. */
  async restartConfigd(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.endConfigd(signal);
    await this.startConfigd();
  }

  async endConfigd(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.grpcClose();
    await this.configd.child.stop(signal);
  }

  /** A new, empty VPP on the same sockets, after the old one vanished. */
  async replaceVpp(): Promise<void> {
    await this.sim.kill();
    this.sim = await startVppSim({ folder: this.simFolder.path });
  }

  /** Requests that VPP got and that change state, by name. */
  async changesSent(): Promise<Record<string, number>> {
    const { requests } = await this.sim.control.status();
    const reads =
      /_dump|_get$|_get_|get_table$|^classify_table_|_show_running_config$|^control_ping$|^show_version$|^cli_inband$|^sockclnt|^want_/;
    return Object.fromEntries(Object.entries(requests).filter(([name]) => !reads.test(name)));
  }

  async http(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.configd.ops}${path}`, {
      method,
      // A kept connection may be closed by the service just when the next request is sent.
      headers: { connection: 'close', ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  }

  apply(yaml: string, query = ''): Promise<Answer> {
    return this.http('POST', `/config/apply${query}`, yaml);
  }

  get grpc(): ConfigServiceClient {
    this.client ??= new ConfigServiceClient(this.configd.grpc, channelCredentials(), channelOptions);
    return this.client;
  }

  /** Waits until VPP holds what is wanted. */
  async ready(): Promise<void> {
    await this.configd.ready();
  }

  private grpcClose(): void {
    this.client?.close();
    this.client = undefined;
  }

  async stop(): Promise<void> {
    this.grpcClose();
    await this.configd.stop();
    await this.sim.control.close();
    await this.sim.kill();
    await this.postgres.stop();
    this.folder.remove();
    this.simFolder.remove();
  }
}

/** The document of the tests: lines access.100.1 to access.100.`lines`, a service link, a gateway. */
export const documentOf = (lines: number, more = ''): string => `interfaces:
  access:
    hostInterface: { device: veth-access }
    subInterfaces: [{ outerVlan: 100, innerVlan: 1-${lines}, unnumbered: gw }]
  core: { hostInterface: { device: veth-core }, addresses: [10.255.0.1/30] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
routes: [{ prefix: 0.0.0.0/0, via: [{ address: 10.255.0.2, interface: core }] }]
dhcpRelay: [{ server: 10.255.0.2, source: 10.255.0.1 }]
acls: { web-only: { rules: [permit tcp any any port 80] } }
${more}`;

/** Session `s<n>` on line access.100.<n> with 100.64.0.<n>+1. */
export const bundle = (n: number, change: Partial<SessionBundle> = {}): SessionBundle => ({
  sessionId: `s${n}`,
  line: `access.100.${n}`,
  mac: `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`,
  ipv4: `100.64.1.${n}`,
  policy: { downloadBps: 50_000_000n, uploadBps: 10_000_000n },
  sourceGuard: true,
  owner: 'residential',
  profileDownload: undefined,
  profileUpload: undefined,
  ip6: undefined,
  shared: undefined,
  vrf: undefined,
  routes: [],
  core: [],
  ...change,
});

/** Runs the command line against the node; its output as it was printed. */
export async function bngctl(rig: Rig, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const io = processIo();
  const code = await runCli(['--configd', rig.configd.grpc, ...args], {
    ...io,
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    env: { USER: 'ann' },
    home: rig.stateDir,
  });
  return { code, ...printed };
}
