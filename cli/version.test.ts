import { expect, test } from '@jest/globals';
import { confirmSeconds, versionOf } from './version.js';

test.each([
  [undefined, 0],
  ['90', 90],
  ['90s', 90],
  ['10m', 600],
  ['2h', 7200],
])('time to confirm in: %s', (text, seconds) => {
  expect(confirmSeconds(text)).toBe(seconds);
});

test.each(['', '0', '-1', '1.5m', 'soon', '1d'])('not a time to confirm in: "%s"', (text) => {
  expect(() => confirmSeconds(text)).toThrow(`--confirm: "${text}" is not a time`);
});

test('versions are positive whole numbers', () => {
  expect(versionOf('12')).toBe(12n);
  for (const text of ['0', '-1', 'x', '1.0', '']) expect(() => versionOf(text)).toThrow('is not a version');
});
