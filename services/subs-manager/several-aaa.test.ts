import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { waitFor } from '../../test/harness/wait-for.js';
import { AaaDouble } from './testkit/aaa.testkit.js';
import { macOf } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

let rig: Rig;
let second: AaaDouble;
let service: ServiceUnderTest;
let next = 0;
const attach = () => {
  const n = next++;
  return rig.relay.attach(10 + n, macOf(n), 20_000);
};

beforeAll(async () => {
  rig = await Rig.start(40);
  second = new AaaDouble();
  await second.start();
  const aaa = `127.0.0.1:${rig.aaa.port},127.0.0.1:${second.port}`;
  service = await ServiceUnderTest.start(rig, { aaa });
}, 60_000);
afterAll(async () => {
  await service.stop();
  second.stop();
  await rig.stop();
});

it('of several addresses of aaa all are asked in turn', async () => {
  await waitFor(
    'both to be asked',
    async () => {
      await attach();
      return rig.aaa.asked.length > 0 && second.asked.length > 0;
    },
    60_000,
  );
}, 40_000);

it('when one dies the other answers, and nobody is refused', async () => {
  second.stop();
  const before = rig.aaa.asked.length;
  for (let times = 0; times < 10; times++) await attach();
  expect(rig.aaa.asked.length - before).toBe(10);
  const response = await fetch(`${service.ops}/metrics`);
  expect(await response.text()).not.toMatch(/^bng_subs_attachments_refused_total\{/m);
}, 60_000);
