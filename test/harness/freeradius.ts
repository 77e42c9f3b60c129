import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, temporaryFolder } from './child.js';
import { freeUdpPort } from './free-port.js';
import { repositoryRoot } from './service.js';
import { waitFor } from './wait-for.js';

export interface FreeRadiusOptions {
  /** Content of the users file; the samples of `infra/freeradius/users` when absent. */
  readonly users?: string;
  /** Shared secret. Default `testing123`. */
  readonly secret?: string;
  /** Content of clients.conf; one client 127.0.0.0/8 with `secret` when absent. */
  readonly clients?: string;
  /** Further dictionary lines. */
  readonly dictionary?: string;
  /** Address to listen on. Default 127.0.0.1. */
  readonly listen?: string;
  /** Ports to use again after a stop; free ones when absent. */
  readonly authPort?: number;
  readonly acctPort?: number;
  /** Directory for configuration and detail, kept after stop; a temporary one, removed at stop, when absent. */
  readonly directory?: string;
  /** Listen for RADIUS over TLS too, with these PEM files. */
  readonly radsec?: { readonly port: number; readonly ca: string; readonly cert: string; readonly key: string };
}

/** One accounting record of the detail file: values as FreeRADIUS prints them, quotes taken off. */
export type DetailRecord = ReadonlyMap<string, string>;

export interface FreeRadius {
  readonly listen: string;
  readonly authPort: number;
  readonly acctPort: number;
  readonly secret: string;
  readonly detailFile: string;
  readonly pid: number;
  /** What the server printed. */
  output(): string;
  /** The accounting records written so far. */
  detail(): DetailRecord[];
  signal(name: NodeJS.Signals): void;
  /** Ends the process and waits for it. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a FreeRADIUS of its own with `infra/freeradius` on free ports; resolves when it answers. */
export async function startFreeRadius(options: FreeRadiusOptions = {}): Promise<FreeRadius> {
  const own = options.directory === undefined ? temporaryFolder('freeradius') : undefined;
  const directory = options.directory ?? own?.path ?? '';
  const raddb = join(directory, 'raddb');
  const run = join(directory, 'run');
  const listen = options.listen ?? '127.0.0.1';
  const secret = options.secret ?? 'testing123';
  const authPort = options.authPort ?? (await freeUdpPort());
  const acctPort = options.acctPort ?? (await freeUdpPort());
  prepare(raddb, run, options);
  const child = new Child('freeradius', 'freeradius', ['-f', '-l', 'stdout', '-d', raddb], {
    env: {
      ...process.env,
      FREERADIUS_LISTEN: listen,
      FREERADIUS_AUTH_PORT: String(authPort),
      FREERADIUS_ACCT_PORT: String(acctPort),
      FREERADIUS_RUN: run,
      FREERADIUS_CLIENTS: '127.0.0.0/8',
      FREERADIUS_SECRET: secret,
      FREERADIUS_RADSEC_PORT: String(options.radsec?.port ?? 0),
      FREERADIUS_RADSEC_CA: options.radsec?.ca ?? '',
      FREERADIUS_RADSEC_CERT: options.radsec?.cert ?? '',
      FREERADIUS_RADSEC_KEY: options.radsec?.key ?? '',
    },
  });
  const isReady = () => {
    child.assertRunning();
    return child.output.includes('Ready to process requests');
  };
  await waitFor('freeradius', isReady, 30_000).catch(async (error) => {
    await child.stop('SIGKILL');
    own?.remove();
    throw error;
  });
  const detailFile = join(run, 'detail');
  return {
    listen,
    authPort,
    acctPort,
    secret,
    detailFile,
    pid: child.pid,
    output: () => child.output,
    detail: () => (existsSync(detailFile) ? parseDetail(readFileSync(detailFile, 'utf8')) : []),
    signal: (name) => child.kill(name),
    async stop() {
      await child.stop('SIGKILL');
      own?.remove();
    },
  };
}

function prepare(raddb: string, run: string, options: FreeRadiusOptions): void {
  mkdirSync(run, { recursive: true });
  cpSync(join(repositoryRoot, 'infra', 'freeradius'), raddb, { recursive: true });
  if (options.radsec) cpSync(join(raddb, 'radsec.conf.sample'), join(raddb, 'radsec.conf'));
  if (options.users !== undefined) writeFileSync(join(raddb, 'users'), options.users);
  if (options.clients !== undefined) writeFileSync(join(raddb, 'clients.conf'), options.clients);
  if (options.dictionary !== undefined) appendFileSync(join(raddb, 'dictionary'), `\n${options.dictionary}\n`);
}

/** Splits a detail file into records; an attribute that occurs several times keeps its values joined by `, `. */
export function parseDetail(text: string): DetailRecord[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => {
      const record = new Map<string, string>();
      for (const line of block.split('\n')) {
        const [, name, value] = /^\t([^=\s]+) = (.*)$/.exec(line) ?? [];
        if (name === undefined || value === undefined) continue;
        const plain = value.replace(/^"(.*)"$/, '$1');
        const before = record.get(name);
        record.set(name, before === undefined ? plain : `${before}, ${plain}`);
      }
      return record;
    })
    .filter((record) => record.size > 0);
}
