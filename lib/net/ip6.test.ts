import { expect, test } from '@jest/globals';
import { ip6Bytes, ip6Number, ip6Prefix, ip6PrefixText, ip6Text, isLinkLocal, linkLocalOf } from './ip6.js';

test.each(['::', '::1', '2001:db8::1', 'fe80::5eff:fe10:1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'])(
  '%s as a number and back',
  (text) => expect(ip6Text(ip6Number(text) ?? -1n)).toBe(text),
);

test.each([
  ['2001:db8:a000::1/56', '2001:db8:a000::/56'],
  ['::/0', '::/0'],
  ['2001:DB8::5/128', '2001:db8::5/128'],
])('%s without host bits', (text, plain) => {
  const prefix = ip6Prefix(text);
  expect(prefix && ip6PrefixText(prefix.first, prefix.length)).toBe(plain);
});

test.each(['2001:db8::', '2001:db8::/129', '2001:db8::/', '2001:db8::/5x', '192.0.2.0/24', '2001:db8::/48/48'])(
  '"%s" is no prefix',
  (text) => expect(ip6Prefix(text)).toBeUndefined(),
);

test('a prefix ends where the next begins', () => {
  const prefix = ip6Prefix('2001:db8::/64');
  expect(ip6Text((prefix?.last ?? 0n) + 1n)).toBe('2001:db8:0:1::');
});

test.each([
  ['fe80::1', true],
  ['febf::1', true],
  ['fec0::1', false],
  ['2001:db8::1', false],
  ['x', false],
])('%s link-local: %s', (text, expected) => expect(isLinkLocal(text)).toBe(expected));

test('the link-local address of a MAC address', () => {
  expect(linkLocalOf('02:00:5e:10:00:01')).toBe('fe80::5eff:fe10:1');
  expect(linkLocalOf('00:1b:21:00:00:01')).toBe('fe80::21b:21ff:fe00:1');
});

test('text that is no address has no bytes', () => expect(() => ip6Bytes('1.2.3.4')).toThrow(RangeError));
