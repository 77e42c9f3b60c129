import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { Child } from './child.js';
import { GivenUp, waitFor } from './wait-for.js';

/** Top of the repository, from the sources and from dist/ alike. */
export const repositoryRoot = ((): string => {
  const here = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  return here.endsWith('/dist') ? dirname(here) : here;
})();

export interface ServiceProcess {
  child: Child;
  /** The ports it took, by name (`grpc`, `ops` ...). */
  ports: Record<string, number>;
  grpc: string;
  /** http://127.0.0.1:PORT of its operation endpoints. */
  ops: string;
  /** Resolves when /readyz says ready. */
  ready(timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/**
 * Starts dist/services/<name>/main.js with `config` as its YAML file in `folder`, and waits for its ports.
 * `env` is added to the environment. `SERVICE_NODE_ARGS` goes to Node.js, for profiles: `--cpu-prof --cpu-prof-dir=DIR`.
 */
export async function startService(
  name: string,
  folder: string,
  config: object,
  instance = name,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const portsFile = join(folder, `${instance}.ports`);
  const configFile = join(folder, `${instance}.yaml`);
  rmSync(portsFile, { force: true });
  writeFileSync(configFile, dump({ ...config, portsFile }));
  const main = join(repositoryRoot, 'dist', 'services', name, 'main.js');
  const nodeArguments = (process.env.SERVICE_NODE_ARGS ?? '').split(' ').filter(Boolean);
  const child = new Child(instance, process.execPath, [...nodeArguments, main, '--config', configFile], {
    env: { ...process.env, ...env },
  });
  const ports = await waitFor(
    `${instance} ports`,
    () => {
      child.assertRunning();
      return JSON.parse(readFileSync(portsFile, 'utf8')) as Record<string, number>;
    },
    60_000,
  ).catch((error) => {
    child.kill('SIGKILL');
    throw error instanceof GivenUp ? error : new Error(`${String(error)}\n${child.output}`);
  });
  const ops = `http://127.0.0.1:${ports.ops}`;
  return {
    child,
    ports,
    grpc: `127.0.0.1:${ports.grpc}`,
    ops,
    async ready(timeoutMs = 30_000) {
      await waitFor(
        `${instance} ready`,
        async () => {
          child.assertRunning();
          return (await fetch(`${ops}/readyz`)).status === 200;
        },
        timeoutMs,
      );
    },
    stop: () => child.stop(),
    kill: () => child.stop('SIGKILL'),
  };
}
