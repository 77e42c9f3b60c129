import { expect } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { lanes } from '../../../test/harness/lanes.js';
import { startRealVpp } from '../../../test/harness/real-vpp.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { VppDataplane } from '../dataplane.js';
import { compileDocument } from '../document/compile.js';
import { loadDocument } from '../document/load-document.js';
import { problemText } from '../document/problem.js';
import { Engine, infraOwner } from '../reconcile/engine.js';
import { allKinds } from './all.js';

/** The lane with packets: a real VPP. */
export const realLane = lanes.find(({ kind }) => kind === 'vpp');

/** A VPP with an engine over it, configured by documents. */
export async function startNode(name: string) {
  const vpp = await startRealVpp({ ...(realLane && { bin: realLane.vppBin }) });
  const dataplane = new VppDataplane({ socketPath: vpp.apiSocket, log: silentLog() });
  const engine = new Engine({ dataplane, kinds: allKinds, log: silentLog() });
  await dataplane.client.whenReady(10_000);
  await engine.restore();
  const cli = async (cmd: string) => (await dataplane.ask(cliInband, { cmd })).reply;
  /** Answers to five pings. */
  const ping = async (address: string, more = '') => {
    const reply = await cli(`ping ${address} repeat 5 interval 0.1 ${more}`);
    return /(\d+) received/.exec(reply)?.[1] ?? reply;
  };
  return {
    dataplane,
    engine,
    statsSocket: vpp.statsSocket,
    cli,
    ping,
    /** Applies a document and gives the steps. */
    async apply(text: string): Promise<string[]> {
      const loaded = loadDocument(text);
      expect(loaded.ok ? [] : loaded.errors.map(problemText)).toEqual([]);
      const resources = loaded.ok ? compileDocument(loaded.model, { name }) : [];
      const { outcome, plan } = await engine.apply(infraOwner, resources);
      expect(outcome).toMatchObject({ result: 'done', failures: [] });
      return plan.steps.map(({ action, key }) => `${action} ${key}`);
    },
    /** Pings until so many of five are answered. */
    answers: (address: string, count: string) =>
      waitFor(`${count} answers of ${address}`, async () => (await ping(address)) === count, 20_000),
    async stop() {
      await dataplane.client.close();
      await vpp.stop();
    },
  };
}

export type Node = Awaited<ReturnType<typeof startNode>>;
