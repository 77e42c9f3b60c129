import { describe, expect, it } from '@jest/globals';
import { configSchema } from './config.js';

const good = { databaseUrl: 'postgres://x', configd: '127.0.0.1:1', aaa: '127.0.0.1:1', groups: [{ name: 'g' }] };

it('has defaults for all but the neighbours and the groups', () => {
  expect(configSchema.parse(good)).toMatchObject({
    owner: 'subs-manager',
    dhcp: { listen: '127.0.0.1:67', recvBufferBytes: 33554432 },
    groups: [{ leaseS: 3600, sessionsPerLine: 1, authoritative: true }],
  });
});

it.each([
  ['no database', { databaseUrl: undefined }, 'databaseUrl'],
  ['two databases', { databaseUrlFile: '/x' }, 'databaseUrl'],
  ['no group', { groups: [] }, 'groups'],
  ['an unknown key', { colour: 'blue' }, 'colour'],
  ['an unknown pool', { groups: [{ name: 'g', pools: ['p'] }] }, 'no pool "p"'],
  ['two groups of one name', { groups: [{ name: 'g' }, { name: 'g' }] }, 'two groups'],
  [
    'two pools of one name',
    {
      pools: [
        { name: 'p', prefix: '10.0.0.0/24' },
        { name: 'p', prefix: '10.0.1.0/24' },
      ],
    },
    'two pools',
  ],
  ['a bad prefix', { pools: [{ name: 'p', prefix: '10.0.0.0/33' }] }, 'prefix'],
  ['a bad exclusion', { pools: [{ name: 'p', prefix: '10.0.0.0/24', exclude: ['10.0.0.9-10.0.0.1'] }] }, 'exclude'],
  [
    'a range outside its prefix',
    { pools: [{ name: 'p', prefix: '10.0.0.0/24', ranges: ['10.0.0.9-10.0.1.1'] }] },
    'is not within 10.0.0.0/24',
  ],
  ['a relay that is no address', { dhcp: { relays: { host: '127.0.0.1:1' } } }, 'relays'],
  ['t1 after t2', { groups: [{ name: 'g', t1: 0.9, t2: 0.5 }] }, 't1 is after t2'],
  [
    'DHCP servers and pools',
    {
      pools: [{ name: 'p', prefix: '10.0.0.0/24' }],
      groups: [{ name: 'g', pools: ['p'], relay: { servers: ['192.0.2.1:67'], prefixes: ['10.0.0.0/24'] } }],
    },
    'groups.0.pools: the DHCP servers of `relay` give the addresses: no pools',
  ],
  [
    'a DHCP server without a port',
    { groups: [{ name: 'g', relay: { servers: ['192.0.2.1'], prefixes: [] } }] },
    'servers',
  ],
  [
    'DHCP servers and no address to answer to',
    {
      dhcp: { listen: '0.0.0.0:67' },
      groups: [{ name: 'g', relay: { servers: ['192.0.2.1:67'], prefixes: ['10.0.0.0/24'] } }],
    },
    'dhcp.giaddr: needed',
  ],
  ['a rate of 0', { groups: [{ name: 'g', policy: { downloadBps: 0 } }] }, 'downloadBps'],
])('refuses %s', (_name, change, text) => {
  const result = configSchema.safeParse({ ...good, ...change });
  expect(result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join()).toContain(text);
});

describe('IPv6', () => {
  const faultsOf = (pools6: object[], ipv6: object, subscriberBy = 'line') => {
    const result = configSchema.safeParse({
      databaseUrl: 'postgres://x',
      configd: 'c:1',
      aaa: 'a:1',
      pools6,
      groups: [{ name: 'g', ipv6, subscriberBy }],
    });
    return result.success ? [] : result.error.issues.map(({ path, message }) => [path.join('.'), message]);
  };

  it('takes pools with something in common when they are of different VRFs', () => {
    const pool = (name: string, vrf?: string) => ({ name, prefix: '2001:db8::/40', length: 56, vrf });
    expect(faultsOf([pool('a', 'red'), pool('b', 'blue')], {})).toEqual([]);
    expect(faultsOf([pool('a', 'red'), pool('b')], {})).toHaveLength(1);
  });

  it('takes pools of addresses and prefixes', () => {
    const pools = [
      { name: 'na', prefix: '2001:db8::/64', length: 128 },
      { name: 'pd', prefix: '2001:db8:a000::/40', length: 56 },
    ];
    expect(faultsOf(pools, { addressPools: ['na'], delegatedPools: ['pd'] })).toEqual([]);
  });

  it.each<[string, object[], object, string[]]>([
    [
      'host bits',
      [{ name: 'a', prefix: '2001:db8::1/64', length: 128 }],
      {},
      ['pools6.0.prefix', '2001:db8::1/64 has host bits set, 2001:db8::/64 is expected'],
    ],
    [
      'a length below the prefix',
      [{ name: 'a', prefix: '2001:db8::/64', length: 56 }],
      {},
      ['pools6.0.length', 'shorter than the prefix itself'],
    ],
    [
      'a pool of another kind',
      [{ name: 'a', prefix: '2001:db8::/40', length: 56 }],
      { addressPools: ['a'] },
      ['groups.0.ipv6.addressPools', 'pool "a" gives no addresses'],
    ],
    [
      'DHCPv6 servers and pools',
      [{ name: 'a', prefix: '2001:db8::/64', length: 128 }],
      { addressPools: ['a'], relay: { servers: ['[2001:db8::1]:547'], prefixes: ['2001:db8::/64'] } },
      ['groups.0.ipv6.relay', 'the DHCPv6 servers give addresses and prefixes: no pools of these'],
    ],
    ['an unknown pool', [], { delegatedPools: ['x'] }, ['groups.0.ipv6.delegatedPools', 'no pool "x"']],
    [
      'pools with something in common',
      [
        { name: 'a', prefix: '2001:db8::/40', length: 56 },
        { name: 'b', prefix: '2001:db8:1::/48', length: 64 },
      ],
      {},
      ['pools6.1.prefix', 'pools "a" and "b" have addresses in common'],
    ],
  ])('refuses %s', (_name, pools, ipv6, fault) => expect(faultsOf(pools, ipv6)).toEqual([fault]));

  it('refuses to advertise prefixes on shared lines', () => {
    const pools6 = [{ name: 'a', prefix: '2001:db8:aa::/48', length: 64 }];
    const ipv6 = { advertisedPools: ['a'] };
    expect(faultsOf(pools6, ipv6)).toEqual([]);
    expect(faultsOf(pools6, ipv6, 'mac')).toEqual([
      ['groups.0.ipv6.advertisedPools', 'all of a shared line would use what is advertised: DHCPv6 only'],
    ]);
  });
});
