import { afterEach, expect, test } from '@jest/globals';
import { NextHop, NextHopsResponse } from '#gen/bng/v1/configd.js';
import { type Fakes, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
afterEach(() => fakes.stop());

const now = 1_700_000_000_000;
const hop = (name: string, change: Partial<NextHop> = {}): NextHop =>
  NextHop.fromPartial({
    ...{ name, address: '192.0.2.2', interface: 'core', state: 'up', carries: true, worth: 1, rttMs: 0.25 },
    ...{ changedMs: BigInt(now - 65_000), ...change },
  });
const answer = (...nextHops: NextHop[]) =>
  NextHopsResponse.fromPartial({
    nextHops,
    routes: [
      {
        ...{ vrf: 'default', prefix: '0.0.0.0/0', allOut: false },
        paths: [
          { nextHop: 'a', via: '192.0.2.2', interface: 'core', weight: 3, weightNow: 3, share: 0.75, shareNow: 1 },
          { nextHop: 'b', via: '192.0.2.3', interface: 'core', weight: 1, weightNow: 0, share: 0.25, shareNow: 0 },
        ],
      },
    ],
  });
const show = async (response: NextHopsResponse, ...args: string[]) => {
  fakes = await startFakes({ nextHops: () => response });
  return fakes.run([...args, 'nexthops'], { nowMs: () => now });
};

test('next hops and the routes over them; one that is out makes 1', async () => {
  const { code, out } = await show(answer(hop('a'), hop('b', { state: 'down', carries: false, loss: 1, flaps: 2 })));
  expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
    'NEXT HOP  ADDRESS    WHERE  STATE  SINCE  LOSS   RTT      FLAPS  NOTE',
    'a         192.0.2.2  core   up     1m5s   0 %    0.25 ms  0',
    'b         192.0.2.2  core   down   1m5s   100 %  0.25 ms  2',
    'ROUTE      VRF      PATH  WEIGHT  NOW  SHARE  NOW',
    '0.0.0.0/0  default  a     3       3    75 %   100 %',
    '                    b     1       out  25 %   0 %',
    '',
  ]);
  expect(code).toBe(1);
});

test.each([
  ['well', {}, 0, ''],
  ['held', { state: 'held', carries: false, returnsMs: BigInt(now + 61_000) }, 1, 'back in 1m1s at the earliest'],
  ['lossy', { worth: 0.5, loss: 0.5 }, 0, 'worth 50 % of its weight'],
  ['not to be probed', { unprobed: 'no\nplugin' }, 1, 'not probed: no'],
])('%s', async (_name, change, exit, note) => {
  const { code, out } = await show(NextHopsResponse.fromPartial({ nextHops: [hop('a', change)] }));
  expect(code).toBe(exit);
  expect(out).toContain(note);
});

test('none; and as JSON', async () => {
  expect((await show(NextHopsResponse.fromPartial({}))).out).toBe('no next hops are watched\n');
  await fakes.stop();
  expect(JSON.parse((await show(answer(hop('a')), '--json')).out)).toMatchObject({ nextHops: [{ name: 'a' }] });
});
