import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { compileDocument } from '../../services/configd/document/compile.js';
import { loadDocument } from '../../services/configd/document/load-document.js';
import { shares, weightsFor } from '../../services/configd/document/weights.js';
import { infraOwner } from '../../services/configd/reconcile/engine.js';
import { onRealVpp, PacketNode } from './packet-node.js';

const documentOf = (weights: readonly number[]) => `interfaces: { gw: { loopback: {}, addresses: [10.0.0.1/24] } }
routes:
  - prefix: 198.51.100.0/24
    via:
${weights.map((weight, index) => `      - { address: 10.0.0.${index + 2}, interface: gw, weight: ${weight} }`).join('\n')}
`;

onRealVpp('weights of paths', () => {
  let node: PacketNode;
  beforeAll(async () => {
    node = await PacketNode.start('weights');
  }, 60_000);
  afterAll(() => node.stop(), 30_000);

  /** How many of the buckets of the route lead to each next hop, in their order. */
  async function buckets(paths: number): Promise<number[]> {
    const { reply } = await node.dataplane.ask(cliInband, { cmd: 'show ip fib 198.51.100.0/24' });
    const counts = Array.from({ length: paths }, () => 0);
    for (const [, first, last = first, host] of reply.matchAll(/^ +\[(\d+)(?:-(\d+))?\] .*via 10\.0\.0\.(\d+) /gm))
      counts[Number(host) - 2] = (counts[Number(host) - 2] ?? 0) + Number(last) - Number(first) + 1;
    return counts;
  }
  const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

  /** VPP gives what is over to one of the heaviest paths, which one is its own matter. */
  async function expectShares(weights: readonly number[]): Promise<void> {
    const made = await buckets(weights.length);
    const all = made.reduce((sum, count) => sum + count, 0);
    expect([weights, sorted(made.map((count) => count / all))]).toEqual([weights, sorted(shares(weights))]);
  }

  test.each([
    [[1, 2]],
    [[1, 3]],
    [[3, 5]],
    [[60, 40]],
    [[80, 20]],
    [[1, 2, 3]],
    [[1, 1, 1]],
    [[11, 5]],
    [[8, 5, 3]],
    [[63, 1]],
  ])('%j are shared out as they are told', async (weights) => {
    await node.apply(documentOf(weights));
    await expectShares(weights);
  });

  test('those that are chosen instead of others come out exactly', async () => {
    for (const wanted of [
      [70, 30],
      [3, 7],
      [50, 30, 20],
    ]) {
      const chosen = weightsFor(wanted);
      await node.apply(documentOf(chosen));
      const made = await buckets(chosen.length);
      const [heaviest = 0] = sorted(chosen).reverse();
      expect([chosen, made.map((count) => (count * heaviest) / Math.max(...made))]).toEqual([chosen, chosen]);
    }
  });

  test('70 and 30, which are refused, would be three and one', async () => {
    await expect(node.apply(documentOf([70, 30]))).rejects.toThrow('VPP would make 75 : 25 %');
    const loaded = loadDocument(documentOf([70, 30]), { stored: true });
    const resources = loaded.ok ? compileDocument(loaded.model, { name: 'weights' }) : [];
    expect((await node.engine.apply(infraOwner, resources)).outcome.failures).toEqual([]);
    expect(await buckets(2)).toEqual([3, 1]);
  });
});
