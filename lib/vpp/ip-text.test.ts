import { isIPv4, isIPv6 } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { formatIp4, formatIp6, formatMac, parseIp4, parseIp6, parseMac } from './ip-text.js';

describe('IPv4', () => {
  test.each(['0.0.0.0', '255.255.255.255', '10.0.0.1', '192.0.2.33'])('%s both ways', (text) => {
    expect(formatIp4(parseIp4(text) ?? new Uint8Array(4))).toBe(text);
  });
  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1..2.3',
    '1.2.3.',
    ' 1.2.3.4',
    '1.2.3.4a',
    '1.2.3.-1',
  ])("'%s' is none", (text) => {
    expect(parseIp4(text)).toBeUndefined();
  });
});

describe('IPv6', () => {
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['fe80::', 'fe80::'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is written %s', (text, canonical) => {
    expect(formatIp6(parseIp6(text) ?? new Uint8Array(16))).toBe(canonical);
  });
  test.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '::1.2.3',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:8::',
  ])("'%s' is none", (text) => {
    expect(parseIp6(text)).toBeUndefined();
  });
});

test('agrees with the platform on 100,000 random texts', () => {
  let state = 1;
  const random = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % n;
  };
  const alphabet = '0123456789abf:.:.::';
  const disagreements: string[] = [];
  for (let round = 0; round < 100_000; round++) {
    let text = round % 2 === 0 ? '2001:db8::1' : '10.20.30.40';
    for (let change = 0; change <= round % 4; change++) {
      const at = random(text.length + 1);
      text = text.slice(0, at) + alphabet[random(alphabet.length)] + text.slice(at + random(2));
    }
    const same = (parseIp4(text) !== undefined) === isIPv4(text) && (parseIp6(text) !== undefined) === isIPv6(text);
    same || disagreements.push(text);
  }
  expect(disagreements).toEqual([]);
});

describe('MAC', () => {
  test('both ways', () => {
    expect(formatMac(parseMac('02:FE:00:0a:b0:ff') ?? new Uint8Array(6))).toBe('02:fe:00:0a:b0:ff');
  });
  test.each(['', '02:fe:00:0a:b0', '02-fe-00-0a-b0-ff', '02:fe:00:0a:b0:fg', '02:fe:00:0a:b0:ff:00'])(
    "'%s' is none",
    (text) => {
      expect(parseMac(text)).toBeUndefined();
    },
  );
});
