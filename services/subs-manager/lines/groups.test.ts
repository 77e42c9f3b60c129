import { expect, it } from '@jest/globals';
import { Line } from '#gen/bng/v1/common.js';
import { configSchema } from '../config.js';
import { Groups, glob } from './groups.js';

const { groups } = configSchema.parse({
  databaseUrl: 'postgres://nowhere',
  configd: '127.0.0.1:1',
  aaa: '127.0.0.1:1',
  groups: [
    { name: 'business', match: [{ line: 'access.200.*' }, { parent: 'fibre', innerVlan: '7' }] },
    { name: 'blue', match: [{ vrf: 'blue', outerVlan: '300-399' }] },
    { name: 'homes', match: [{ parent: 'access', outerVlan: '100' }] },
  ],
});

it.each([
  ['by name', { name: 'access.200.9' }, 'business'],
  ['by port and VLAN', { name: 'fibre.1.7', parent: 'fibre', innerVlan: 7 }, 'business'],
  ['by VRF and range', { name: 'x', vrf: 'blue', outerVlan: 399 }, 'blue'],
  ['outside the range', { name: 'x', vrf: 'blue', outerVlan: 400 }, undefined],
  ['the last one', { name: 'access.100.1', parent: 'access', outerVlan: 100, innerVlan: 1 }, 'homes'],
  ['all of a match has to fit', { name: 'x', parent: 'fibre', innerVlan: 8 }, undefined],
])('%s', (_name, line, expected) => {
  expect(new Groups(groups).find(Line.fromPartial(line))?.name).toBe(expected);
});

it('takes the servers that the line names where a group relays', () => {
  const relay = { servers: ['10.9.0.1:67'], prefixes: ['100.70.0.0/16'] };
  const relay6 = { servers: ['[2001:db8:9::1]:547'], prefixes: ['2001:db8:70::/48'] };
  const config = configSchema.parse({
    ...{ databaseUrl: 'postgres://nowhere', configd: '127.0.0.1:1', aaa: '127.0.0.1:1' },
    groups: [
      { name: 'relayed', match: [{ parent: 'a' }], relay, ipv6: { relay: relay6 } },
      { name: 'pooled', match: [{ parent: 'b' }] },
    ],
  });
  const all = new Groups(config.groups);
  const servers = ['10.9.0.7', '2001:db8:9::7', '10.9.0.8'];
  const on = (parent: string, named: string[]) =>
    all.find(
      Line.fromPartial({
        name: `${parent}.1`,
        parent,
        ...(named.length > 0 && { dhcpServers: { group: 'x', servers: named } }),
      }),
    );
  expect(on('a', [])).toMatchObject({ relay, ipv6: { relay: relay6 } });
  expect(on('a', servers)).toMatchObject({
    relay: { ...relay, servers: ['10.9.0.7:67', '10.9.0.8:67'] },
    ipv6: { relay: { ...relay6, servers: ['[2001:db8:9::7]:547'] } },
  });
  expect(on('a', ['10.9.0.7'])).toMatchObject({ ipv6: { relay: relay6 } });
  expect(on('b', servers)?.relay).toBeUndefined();
});

it.each([
  ['a*c', 'abbc', true],
  ['a*c', 'abb', false],
  ['*.100.*', 'access.100.7', true],
  ['a.b', 'axb', false],
  ['(', '(', true],
])('%s matches %s: %s', (pattern, text, expected) => {
  expect(glob(pattern)(text)).toBe(expected);
});
