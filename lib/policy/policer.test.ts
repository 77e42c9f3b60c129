import { describe, expect, test } from '@jest/globals';
import { randomSource } from '../net/mutate.testkit.js';
import {
  bpsToKbps,
  compileRate,
  MAX_BURST_BYTES,
  MIN_BURST_BYTES,
  type PolicerParameters,
  type Rate,
} from './policer.js';
import { toVppPolicer } from './vpp-policer.js';

const ok = (value: Partial<PolicerParameters>) => ({ ok: true, value });

describe('compileRate', () => {
  test.each<[string, Rate, Partial<PolicerParameters>]>([
    [
      'a single rate drops what exceeds it',
      { cirBps: 10_000_000, cirBurstBytes: 125_000 },
      {
        cirKbps: 10_000,
        eirKbps: 0,
        cbBytes: 125_000,
        ebBytes: 0,
        type: '1r2c',
        conformAction: 'transmit',
        exceedAction: 'drop',
        violateAction: 'drop',
      },
    ],
    [
      'two rates let the excess pass up to PIR',
      { cirBps: 10_000_000, pirBps: 20_000_000, cirBurstBytes: 60_000, pirBurstBytes: 120_000 },
      {
        cirKbps: 10_000,
        eirKbps: 20_000,
        cbBytes: 60_000,
        ebBytes: 120_000,
        type: '2r3c-2698',
        conformAction: 'transmit',
        exceedAction: 'transmit',
        violateAction: 'drop',
      },
    ],
    ['the default bucket is 50 ms of the rate', { cirBps: 100_000_000 }, { cbBytes: 625_000 }],
    ['of a slow rate at least ten full frames', { cirBps: 64_000 }, { cirKbps: 64, cbBytes: 15_220 }],
    [
      'each rate has its own default bucket',
      { cirBps: 100e6, pirBps: 200e6 },
      { cbBytes: 625_000, ebBytes: 1_250_000 },
    ],
    ['PIR may equal CIR', { cirBps: 1e6, pirBps: 1e6 }, { cirKbps: 1000, eirKbps: 1000 }],
    ['the largest rate', { cirBps: 400e9 }, { cirKbps: 400_000_000, cbBytes: 2_500_000_000 }],
    ['fractions of a kbit/s are rounded up', { cirBps: 1_000_001 }, { cirKbps: 1001 }],
    ['one bit per second', { cirBps: 1 }, { cirKbps: 1 }],
    ['the smallest and the largest bucket', { cirBps: 1e6, cirBurstBytes: MIN_BURST_BYTES }, { cbBytes: 1522 }],
    ['the largest bucket', { cirBps: 1e6, cirBurstBytes: MAX_BURST_BYTES }, { cbBytes: 4_294_967_295 }],
  ])('%s', (_name, rate, expected) => {
    expect(compileRate(rate)).toMatchObject(ok(expected));
  });

  test.each<[string, Rate, string[]]>([
    ['rate 0', { cirBps: 0 }, ['cirBps']],
    ['negative', { cirBps: -1 }, ['cirBps']],
    ['not whole', { cirBps: 1.5 }, ['cirBps']],
    ['not a number', { cirBps: Number.NaN }, ['cirBps']],
    ['above 400 Gbit/s', { cirBps: 400e9 + 1 }, ['cirBps']],
    ['PIR above 400 Gbit/s', { cirBps: 1e6, pirBps: 1e12 }, ['pirBps']],
    ['PIR below CIR', { cirBps: 2e6, pirBps: 1e6 }, ['pirBps']],
    ['PIR 0', { cirBps: 1e6, pirBps: 0 }, ['pirBps', 'pirBps']],
    ['a bucket below one frame', { cirBps: 1e6, cirBurstBytes: 1521 }, ['cirBurstBytes']],
    ['a bucket of 0', { cirBps: 1e6, cirBurstBytes: 0 }, ['cirBurstBytes']],
    ['a bucket VPP would cap', { cirBps: 1e6, cirBurstBytes: 2 ** 32 }, ['cirBurstBytes']],
    ['a PIR bucket without PIR', { cirBps: 1e6, pirBurstBytes: 9000 }, ['pirBurstBytes']],
    [
      'everything at once',
      { cirBps: 0, cirBurstBytes: 1, pirBurstBytes: 1, pirBps: 0 },
      ['cirBps', 'cirBurstBytes', 'pirBps', 'pirBurstBytes'],
    ],
  ])('refused: %s', (_name, rate, fields) => {
    const result = compileRate(rate);
    expect(result).toMatchObject({ ok: false, mistakes: fields.map((field) => ({ field })) });
  });

  test('notes name what was rounded and derived', () => {
    expect(compileRate({ cirBps: 1500 })).toMatchObject({
      notes: ['cirBps: 1500 bit/s rounded up to 2 kbit/s', 'cirBurstBytes: 15220 bytes derived from 1500 bit/s'],
    });
    expect(compileRate({ cirBps: 1000, cirBurstBytes: 2000 })).toMatchObject({ notes: [] });
  });
});

test('for any accepted rate VPP gets no less than was asked, by less than 1 kbit/s', () => {
  const random = randomSource(3);
  const wrong: number[] = [];
  for (let n = 0; n < 20_000; n++) {
    const cirBps = Math.ceil(random() * 10 ** (1 + random() * 10.6));
    const pirBps = Math.min(400e9, cirBps + Math.floor(random() * cirBps));
    const result = compileRate({ cirBps, pirBps });
    const fits =
      result.ok &&
      result.value.cirKbps * 1000 >= cirBps &&
      result.value.cirKbps * 1000 - cirBps < 1000 &&
      result.value.eirKbps >= result.value.cirKbps &&
      result.value.ebBytes >= result.value.cbBytes &&
      result.value.cbBytes <= MAX_BURST_BYTES;
    wrong.push(...(fits ? [] : [cirBps]));
  }
  expect(wrong).toEqual([]);
});

test('bpsToKbps rounds up', () => {
  expect([1, 999, 1000, 1001].map(bpsToKbps)).toEqual([1, 1, 1, 2]);
});

test("VPP's own fields", () => {
  const result = compileRate({ cirBps: 10e6, pirBps: 20e6, cirBurstBytes: 60_000, pirBurstBytes: 120_000 });
  expect(result.ok && toVppPolicer(result.value)).toEqual({
    cir: 10_000,
    eir: 20_000,
    cb: 60_000n,
    eb: 120_000n,
    rate_type: 0,
    round_type: 0,
    type: 2,
    color_aware: false,
    conform_action: { type: 1, dscp: 0 },
    exceed_action: { type: 1, dscp: 0 },
    violate_action: { type: 0, dscp: 0 },
  });
});
