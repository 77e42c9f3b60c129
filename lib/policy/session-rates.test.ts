import { expect, test } from '@jest/globals';
import { type DirectionRates, type RateOverrides, sessionRates } from './session-rates.js';

const gold: DirectionRates = { download: { cirBps: 100e6, pirBps: 200e6 }, upload: { cirBps: 20e6 } };

test.each<[string, RateOverrides, DirectionRates | undefined, DirectionRates]>([
  ['nothing said: no limits', {}, undefined, {}],
  ['the profile alone', {}, gold, gold],
  [
    'an explicit rate wins in its direction',
    { downloadBps: 5e6 },
    gold,
    { download: { cirBps: 5e6 }, upload: { cirBps: 20e6 } },
  ],
  [
    'rates without a profile',
    { downloadBps: 5e6, uploadBps: 1e6 },
    undefined,
    {
      download: { cirBps: 5e6 },
      upload: { cirBps: 1e6 },
    },
  ],
  [
    'a burst alone adjusts the profile',
    { downloadBurstBytes: 90_000 },
    gold,
    { ...gold, download: { cirBps: 100e6, pirBps: 200e6, cirBurstBytes: 90_000 } },
  ],
  [
    'a rate with its burst',
    { uploadBps: 1e6, uploadBurstBytes: 9000 },
    undefined,
    {
      upload: { cirBps: 1e6, cirBurstBytes: 9000 },
    },
  ],
])('%s', (_name, overrides, profile, expected) => {
  const result = sessionRates(overrides, profile);
  expect(JSON.parse(JSON.stringify(result))).toEqual({ ok: true, value: expected, notes: [] });
});

test('a burst without any rate is a mistake', () => {
  expect(sessionRates({ uploadBurstBytes: 9000 }, { download: { cirBps: 1 } })).toMatchObject({
    ok: false,
    mistakes: [{ field: 'uploadBurstBytes' }],
  });
});
