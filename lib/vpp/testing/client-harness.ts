import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VppClient, type VppClientOptions } from '../client.js';
import type { ReadyState } from '../client-state.js';
import { showVersion } from '../messages/vpe.js';
import { unixSocket } from '../transport.js';
import { FakeVpp, type FakeVppOptions } from './fake-vpp.js';

/** Fakes and clients at one socket path of a test of their own; `close` ends them all. */
export class ClientHarness {
  private readonly dir = mkdtempSync(join(tmpdir(), 'vpp-client-'));
  private readonly path = join(this.dir, 'api.sock');
  private readonly cleanups: (() => Promise<void>)[] = [];

  async fakeVpp(options: FakeVppOptions = {}): Promise<FakeVpp> {
    const fake = await FakeVpp.listen(this.path, options);
    this.cleanups.push(() => fake.close());
    return fake;
  }

  newClient(options: Partial<VppClientOptions> = {}): VppClient {
    const client = new VppClient({
      connect: unixSocket(this.path),
      required: [showVersion],
      reconnect: { minMs: 5, maxMs: 20 },
      ...options,
    });
    this.cleanups.push(() => client.close());
    return client;
  }

  async readyClient(options: Partial<VppClientOptions> = {}): Promise<VppClient> {
    const client = this.newClient(options);
    await client.whenReady(5000);
    return client;
  }

  async close(): Promise<void> {
    for (const cleanup of this.cleanups.splice(0).reverse()) await cleanup();
    rmSync(this.dir, { recursive: true });
  }
}

/** The next ready state after the one now. */
export function nextReady(client: VppClient): Promise<ReadyState> {
  return new Promise((resolve) => {
    const stop = client.onState((state) => {
      if (state.kind !== 'ready') return;
      stop();
      resolve(state);
    });
  });
}
