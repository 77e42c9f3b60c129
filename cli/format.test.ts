import { describe, expect, test } from '@jest/globals';
import { bytes, duration, instant, milliseconds, rate } from './format.js';
import { paint, properties, safe, table } from './table.js';

test.each([
  [0, '0s'],
  [59_999, '59s'],
  [310_000, '5m10s'],
  [3_600_000, '1h'],
  [187_200_000, '2d4h'],
  [86_460_000, '1d1m'],
  [-5, '0s'],
])('duration of %d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0n, '0 B'],
  [999n, '999 B'],
  [1500n, '1.5 kB'],
  [2_000_000_000n, '2 GB'],
  [18_446_744_073_709_551_615n, '18446.7 PB'],
])('%d octets are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

test('rates, instants and milliseconds', () => {
  expect([rate(undefined), rate(64_000n)]).toEqual(['-', '64k']);
  expect([instant(0n), instant(1_000_000_000_000n)]).toEqual(['', '2001-09-09 01:46:40Z']);
  expect([milliseconds(0.44), milliseconds(12.6)]).toEqual(['0.4 ms', '13 ms']);
});

describe('tables', () => {
  test('columns are aligned, colours do not count', () => {
    const painted = paint(true);
    const text = table(
      ['A', 'B'],
      [
        [painted('green', 'up'), 'x'],
        ['longer', 'y'],
      ],
      paint(false),
    );
    expect(text.split('\n')).toEqual(['A       B', '\u001b[32mup\u001b[39m      x', 'longer  y']);
  });

  test('empty properties are left out', () => {
    expect(
      properties(
        [
          ['name', 'a'],
          ['none', ''],
          ['x', '1'],
        ],
        paint(false),
      ),
    ).toBe('name  a\nx     1');
  });

  test('names from the network cannot steer the terminal', () => {
    expect(safe('a\u001b[31mb\u0007c\u202ed\n')).toBe('a?[31mb?c?d?');
  });
});
