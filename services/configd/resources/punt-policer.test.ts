import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { type Lane, lanes } from '../../../test/harness/lanes.js';
import { infraOwner } from '../reconcile/engine.js';
import { countFeature } from './interface-features.js';
import { startLaneWith } from './kind-suite.testkit.js';
import { openEngine } from './kinds.testkit.js';
import { policer } from './policer.js';
import { puntPolicer } from './punt-policer.js';

const slow = policer.of({ name: 'slow', rate: { cirBps: 1_000_000 } });
const fast = policer.of({ name: 'fast', rate: { cirBps: 9_000_000 } });
const both = (limit = slow) => [
  slow,
  fast,
  puntPolicer.of({ family: 'ip4', policer: limit.key }),
  puntPolicer.of({ family: 'ip6', policer: limit.key }),
];

describe.each(lanes)('punt policers on $name', (lane) => {
  const run = lane.available ? describe : describe.skip;
  run('as configured', () => suite(lane));
});

function suite(lane: Lane): void {
  let place: Awaited<ReturnType<typeof startLaneWith>>;
  let open: Awaited<ReturnType<typeof openEngine>>;

  beforeAll(async () => {
    place = await startLaneWith(lane, []);
    open = await openEngine(place.apiSocket);
    await open.engine.restore();
  }, 60_000);
  afterAll(async () => {
    await open.close();
    await place.stop();
  }, 60_000);

  /** How often each family's policer stands on the way of what is punted. */
  async function counts() {
    const { reply } = await open.dataplane.ask(cliInband, { cmd: 'show interface local0 features' });
    return ['ip4', 'ip6'].map((family) => countFeature(reply, `${family}-punt`, `${family}-punt-policer`));
  }

  test('stand there once, also after another policer and another configd', async () => {
    const { engine } = open;
    expect((await engine.apply(infraOwner, both())).outcome.failures).toEqual([]);
    expect(await counts()).toEqual([1, 1]);
    expect((await engine.apply(infraOwner, both(fast))).outcome).toMatchObject({ result: 'done', messages: 4 });
    expect(await counts()).toEqual([1, 1]);
    const other = await openEngine(place.apiSocket);
    other.engine.load(infraOwner, both());
    expect((await other.engine.restore()).failures).toEqual([]);
    await other.close();
    expect(await counts()).toEqual([1, 1]);
  });

  test('are taken off by a configd that does not want them, also without a policer to name', async () => {
    const other = await openEngine(place.apiSocket);
    expect((await other.engine.restore()).failures).toEqual([]);
    await other.close();
    expect(await counts()).toEqual([0, 0]);
  });
}
