import { expect, test } from '@jest/globals';
import { Ip6Index, ip6Pattern } from './ip6-index.js';

const session = (delegated: string, more: object = {}) => ({
  ip6: { linkLocal: '', address: '', delegated, framed: '', ...more },
  granted: { ipv6: { routes: [] as string[] } },
});

test('finds by address, by prefix and by an address within a prefix', () => {
  const index = new Ip6Index<ReturnType<typeof session>>();
  const one = session('2001:db8:a000::/56', { address: '2001:db8::a', linkLocal: 'fe80::1' });
  const two = session('2001:db8:a000:100::/56', { framed: '2001:db8:b::/64' });
  index.note(one);
  index.note(two);
  for (const text of ['2001:db8:a000::/56', '2001:db8:a000:7::/64', '2001:DB8:A000::1', '2001:db8::a', 'fe80::1'])
    expect(index.find(text)).toEqual([one]);
  for (const text of ['2001:db8:a000:1ff::9', '2001:db8:b::5']) expect(index.find(text)).toEqual([two]);
  for (const text of ['2001:db8:a000:200::', '2001:db8::/32', 'x', '']) expect(index.find(text)).toEqual([]);
  one.ip6.delegated = '';
  index.note(one);
  index.drop(two);
  for (const text of ['2001:db8:a000::1', '2001:db8:b::5']) expect(index.find(text)).toEqual([]);
  expect(index.find('2001:db8::a')).toEqual([one]);
});

test.each([
  ['2001:db8:a000::/40', ['2001:db8:a000::/56'], true],
  ['2001:db8:a000::7', ['2001:db8:a000::/56'], true],
  ['2001:db8::/64', ['2001:db8::a'], true],
  ['2001:db8:b::/64', ['2001:db8::a', '2001:db8:a000::/56'], false],
])('filter %s on %p: %p', (text, values, expected) => expect(ip6Pattern(text)?.(values)).toBe(expected));

test('text that is neither address nor prefix is no filter', () => expect(ip6Pattern('100.64.0.1')).toBeUndefined());
