import { expect, test } from '@jest/globals';
import { randomSource } from '../net/mutate.testkit.js';
import { formatRateBps, parseRateBps } from './rate-text.js';

test.each([
  ['100M', 100e6],
  ['100m', 100e6],
  ['1.5G', 1.5e9],
  ['512kbps', 512e3],
  ['10 Mbit/s', 10e6],
  ['64000', 64_000],
  ['0', 0],
  ['2.048M', 2_048_000],
  ['1T', 1e12],
])('%s is %d bit/s', (text, rateBps) => {
  expect(parseRateBps(text)).toBe(rateBps);
});

test.each(['', 'M', '-1M', '1e6', '10MB/s', '10 MiB', '1.0001k', '1,5M', 'fast'])('%p is no rate', (text) => {
  expect(parseRateBps(text)).toBeUndefined();
});

test.each([
  [0, '0'],
  [999, '999'],
  [64_000, '64k'],
  [100e6, '100M'],
  [2.5e9, '2.5G'],
  [1_234_567, '1.235M'],
])('%d bit/s is shown as %s', (rateBps, text) => {
  expect(formatRateBps(rateBps)).toBe(text);
});

test('whole kbit/s below 1 Gbit/s survive both ways', () => {
  const random = randomSource(5);
  const rates = Array.from({ length: 5_000 }, () => Math.ceil(random() * 999_999) * 1000);
  expect(rates.map((rate) => parseRateBps(formatRateBps(rate)))).toEqual(rates);
});
