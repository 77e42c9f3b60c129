import { join } from 'node:path';
import { temporaryFolder } from './child.js';
import { type ServiceProcess, startService } from './service.js';
import { SimControl } from './sim-control.js';

export interface VppSimOptions {
  /** Keeps the sockets here; a temporary folder of its own when absent. */
  folder?: string;
  /** Network devices that exist; every name does when absent. */
  hostInterfaces?: string[];
  /** Names of DPDK ports that are there from the start. */
  ports?: string[];
  /** Maps the hop to each DHCP server onto loopback ports; real UDP on ports 67 and 68 when absent. */
  dhcpLink?: { server: string; to: string; bind?: string }[];
  statsIntervalMs?: number;
  maxInterfaces?: number;
  logLevel?: string;
}

export interface VppSim {
  readonly name: string;
  readonly apiSocket: string;
  readonly statsSocket: string;
  readonly cliSocket: string;
  readonly accessSocket: string;
  readonly controlSocket: string;
  readonly process: ServiceProcess;
  readonly control: SimControl;
  /** SIGTERM, and the folder away when it was its own. */
  stop(): Promise<void>;
  /** SIGKILL; the sockets stay on disk, as VPP's do. */
  kill(): Promise<void>;
}

/** Starts dist/services/vpp-sim and waits for its sockets. */
export async function startVppSim(options: VppSimOptions = {}): Promise<VppSim> {
  const { folder: given, ...settings } = options;
  const own = given === undefined ? temporaryFolder('vpp-sim') : undefined;
  const folder = given ?? own?.path ?? '';
  const sockets = {
    apiSocket: join(folder, 'api.sock'),
    statsSocket: join(folder, 'stats.sock'),
    cliSocket: join(folder, 'cli.sock'),
    accessSocket: join(folder, 'access.sock'),
    controlSocket: join(folder, 'control.sock'),
  };
  const service = await startService('vpp-sim', folder, { ...sockets, logLevel: 'warn', ...settings }).catch(
    (error) => {
      own?.remove();
      throw error;
    },
  );
  const control = await SimControl.open(sockets.controlSocket);
  return {
    name: 'vpp-sim',
    ...sockets,
    process: service,
    control,
    async stop() {
      await control.close();
      await service.stop();
      own?.remove();
    },
    async kill() {
      await service.kill();
    },
  };
}
