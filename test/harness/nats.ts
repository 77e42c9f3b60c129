import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, temporaryFolder } from './child.js';
import { freePort } from './free-port.js';
import { waitFor } from './wait-for.js';

export interface NatsServer {
  url: string;
  pid: number;
  /** Ends the server without warning; `restart` brings it back on the same port with the same store. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A nats-server with JetStream on a free port and a store in a temporary folder. */
export async function startNats(): Promise<NatsServer> {
  const folder = temporaryFolder('nats');
  const port = await freePort();
  let child = await launch(port, folder.path).catch((error) => {
    folder.remove();
    throw error;
  });
  return {
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return child.pid;
    },
    kill: () => child.stop('SIGKILL'),
    async restart() {
      child = await launch(port, folder.path);
    },
    async stop() {
      await child.stop();
      folder.remove();
    },
  };
}

async function launch(port: number, folder: string): Promise<Child> {
  const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', join(folder, 'js'), '--ports_file_dir', folder];
  const child = new Child('nats-server', 'nats-server', args);
  const isUp = () => {
    child.assertRunning();
    const file = readdirSync(folder).find((name) => name.endsWith(`${child.pid}.ports`));
    return file !== undefined && readFileSync(join(folder, file), 'utf8').length > 0;
  };
  await waitFor('nats-server', isUp, 30_000).catch(async (error) => {
    await child.stop('SIGKILL');
    throw error;
  });
  return child;
}
