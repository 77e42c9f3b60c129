import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { Child, temporaryFolder } from './child.js';
import { findVpp } from './lanes.js';
import { waitFor } from './wait-for.js';

export interface RealVppOptions {
  /** Keeps the sockets here; a temporary folder of its own when absent. */
  folder?: string;
  /** The program; `VPP_BIN` or `vpp` on PATH when absent. */
  bin?: string;
  /** Size of the statistics segment; VPP's 32 MB end between 7000 and 8000 interfaces. */
  statsegMb?: number;
}

export interface RealVpp {
  readonly name: string;
  readonly apiSocket: string;
  readonly statsSocket: string;
  readonly cliSocket: string;
  readonly child: Child;
  /** Another VPP in the same place, after `kill` or `stop`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL; api.sock stays on disk. */
  kill(): Promise<void>;
}

/** `VPP_PLUGIN_PATH`, or the folder that lies beside the program in an installation prefix. */
export function pluginPath(bin: string): string | undefined {
  const beside = ['x86_64-linux-gnu', 'aarch64-linux-gnu', ''].map((arch) =>
    join(dirname(bin), '..', 'lib', arch, 'vpp_plugins'),
  );
  return process.env.VPP_PLUGIN_PATH ?? beside.find(existsSync);
}

function startupConf(folder: string, bin: string, statsegMb: number): string {
  const plugins = pluginPath(bin);
  return `
unix { nodaemon nosyslog runtime-dir ${folder} cli-listen ${join(folder, 'cli.sock')} }
socksvr { socket-name ${join(folder, 'api.sock')} }
statseg { socket-name ${join(folder, 'stats.sock')} size ${statsegMb}M }
api-segment { prefix ${folder.replaceAll(/\W/g, '').slice(-24)} }
memory { main-heap-size 1G }
buffers { buffers-per-numa 16384 page-size default }
plugins { ${plugins ? `path ${plugins} ` : ''}plugin dpdk_plugin.so { disable } }
cpu { }
`;
}

const accepts = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/**
 * Starts a VPP of its own in this process's network namespace: call `enterPrivateNetwork` first, so that packet
 * sockets and addresses touch nothing else. Needs root, no hugepages.
 */
export async function startRealVpp(options: RealVppOptions = {}): Promise<RealVpp> {
  const bin = options.bin ?? findVpp();
  if (!bin) throw new Error('no VPP: set VPP_BIN or put vpp on PATH');
  const own = options.folder === undefined ? temporaryFolder('vpp') : undefined;
  const folder = options.folder ?? own?.path ?? '';
  const startup = join(folder, 'startup.conf');
  const apiSocket = join(folder, 'api.sock');
  writeFileSync(startup, startupConf(folder, bin, options.statsegMb ?? 256));
  let child: Child;
  const start = async () => {
    child = new Child('vpp', bin, ['-c', startup]);
    await waitFor(
      'the VPP API socket',
      () => {
        child.assertRunning();
        return accepts(apiSocket);
      },
      60_000,
    ).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
  };
  await start();
  return {
    name: 'real VPP',
    apiSocket,
    statsSocket: join(folder, 'stats.sock'),
    cliSocket: join(folder, 'cli.sock'),
    get child() {
      return child;
    },
    restart: start,
    async stop() {
      await child.stop();
      own?.remove();
    },
    kill: () => child.stop('SIGKILL'),
  };
}
