import { describe, expect, it } from '@jest/globals';
import type { PlanStep } from '../reconcile/plan.js';
import { diffLines, rangesOf } from './lines.js';
import { objectText, stepText } from './words.js';

const rule = (change: object = {}) => ({
  is_permit: 1,
  src_prefix: '0.0.0.0/0',
  dst_prefix: '192.0.2.0/24',
  proto: 6,
  srcport_or_icmptype_first: 0,
  srcport_or_icmptype_last: 65535,
  dstport_or_icmpcode_first: 80,
  dstport_or_icmpcode_last: 80,
  tcp_flags_mask: 0,
  tcp_flags_value: 0,
  ...change,
});

const step = (action: PlanStep['action'], key: string, before?: unknown, after?: unknown): PlanStep => ({
  action,
  kind: key.slice(0, key.indexOf('/')),
  key,
  before,
  after,
});

it.each([
  ['vrf/blue', 'VRF blue'],
  ['host-interface/core', 'port core'],
  ['sub-interface/access.100.7', 'sub-interface access.100.7'],
  ['address/gw/100.64.0.1/16', 'address 100.64.0.1/16 on gw'],
  ['route/default/0.0.0.0/0', 'route 0.0.0.0/0'],
  ['route/blue/2001:db8::/32', 'route 2001:db8::/32 in VRF blue'],
  ['ra-prefix/access.100.7/2001:db8::/64', 'ra-prefix 2001:db8::/64 on access.100.7'],
  ['vrrp/core/10/ip4', 'virtual router core/10/ip4'],
  ['something-new/x', 'something new x'],
])('%s is %s', (key, text) => {
  expect(objectText(key.slice(0, key.indexOf('/')), key)).toBe(text);
});

describe('steps in words', () => {
  it.each<[string, PlanStep, string]>([
    ['a removal', step('remove', 'vrf/blue', { name: 'blue', tableId: 10 }), 'VRF blue'],
    [
      'what its name says already',
      step('create', 'sub-interface/access.100.7', undefined, {
        ...{ parent: 'host-interface/access', outerVlan: 100, innerVlan: 7, dot1ad: false, mtu: 0, enabled: true },
      }),
      'sub-interface access.100.7',
    ],
    [
      'what its name does not say',
      step('create', 'unnumbered/access.100.7', undefined, {
        ...{ interface: 'sub-interface/access.100.7', donor: 'loopback/gw', vrf: 'vrf/blue' },
      }),
      'borrowed address of access.100.7: donor gw, VRF blue',
    ],
    [
      'a rate',
      step(
        'update',
        'policer/gold',
        { name: 'gold', rate: { cirBps: 5e8 } },
        {
          ...{ name: 'gold', rate: { cirBps: 1e9, cirBurstBytes: 9000 } },
        },
      ),
      'policer gold: rate cir 500M -> 1G, rate cir burst none -> 9000 bytes',
    ],
    [
      'a flag and a number',
      step(
        'update',
        'host-interface/core',
        { mtu: 1500, enabled: true },
        {
          ...{ mtu: 9000, enabled: false },
        },
      ),
      'port core: MTU 1500 -> 9000, enabled true -> false',
    ],
    [
      'a weight',
      step(
        'update',
        'route/default/10.0.0.0/8',
        {
          paths: [{ via: '192.0.2.1', interface: 'host-interface/core', weight: 1, preference: 0 }],
        },
        {
          paths: [{ via: '192.0.2.1', interface: 'host-interface/core', weight: 3, preference: 0 }],
        },
      ),
      'route 10.0.0.0/8: paths "via 192.0.2.1 interface core weight 1" -> "via 192.0.2.1 interface core weight 3"',
    ],
    [
      'a rule more',
      step(
        'update',
        'acl/web',
        { rules: [rule()] },
        {
          rules: [rule(), rule({ is_permit: 0, proto: 17, srcport_or_icmptype_first: 1024 })],
        },
      ),
      'ACL web: rules with deny udp any port 1024-65535 192.0.2.0/24 port 80',
    ],
    [
      'a rule twice',
      step('update', 'acl/web', { rules: [rule()] }, { rules: [rule(), rule()] }),
      'ACL web: rules with permit tcp any 192.0.2.0/24 port 80',
    ],
    [
      'rules in another order',
      step(
        'update',
        'acl/web',
        { rules: [rule(), rule({ proto: 17 })] },
        {
          rules: [rule({ proto: 17 }), rule()],
        },
      ),
      'ACL web: rules in another order',
    ],
    [
      'a list of names',
      step('update', 'acl-list/core', { in: ['acl/a'], out: [] }, { in: ['acl/a', 'acl/b'], out: ['acl/c'] }),
      'ACLs on core: in with b, out with c',
    ],
  ])('%s', (_name, planned, text) => {
    expect(stepText(planned)).toBe(text);
  });
});

describe('like changes', () => {
  it('are one line', () => {
    const lines = [1, 2, 3, 5].map((n) => step('create', `sub-interface/access.100.${n}`, undefined, { innerVlan: n }));
    expect(diffLines([...lines, step('remove', 'vrf/blue')])).toEqual([
      { action: 'create', count: 4, text: '4 x sub-interface access.100.1-3, access.100.5' },
      { action: 'remove', count: 1, text: 'VRF blue' },
    ]);
  });

  it('are apart when they differ in more than the name', () => {
    const change = (name: string, mtu: number) => step('update', `host-interface/${name}`, { mtu: 1500 }, { mtu });
    expect(diffLines([change('a', 9000), change('b', 9000), change('c', 2000)]).map(({ text }) => text)).toEqual([
      '2 x port a, b: MTU 1500 -> 9000',
      'port c: MTU 1500 -> 2000',
    ]);
  });

  it('name a few of very different objects', () => {
    const lines = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => step('remove', `vrf/${name}`));
    expect(diffLines(lines)[0]?.text).toBe('6 x VRF a, b, c, d and 2 more');
  });

  it.each([
    [
      ['s1.down', 's2.down', 's1.up'],
      ['s1-2.down', 's1.up'],
    ],
    [
      ['gw01', 'gw02'],
      ['gw01', 'gw02'],
    ],
    [
      ['gw/10.0.0.1/30', 'gw/10.0.0.1/31'],
      ['gw/10.0.0.1/30', 'gw/10.0.0.1/31'],
    ],
    [['p10', 'p9', 'p8'], ['p8-10']],
  ])('%j as ranges are %j', (names, ranges) => {
    expect(rangesOf(names)).toEqual(ranges);
  });
});

it('like changes in different places stay apart', () => {
  const routes = ['default/10.0.0.0/8', 'default/11.0.0.0/8', 'blue/10.0.0.0/8'].map((name) =>
    step('remove', `route/${name}`),
  );
  expect(diffLines(routes).map(({ text }) => text)).toEqual([
    '2 x route 10.0.0.0/8, 11.0.0.0/8',
    'route 10.0.0.0/8 in VRF blue',
  ]);
});
