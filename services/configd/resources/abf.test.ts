import { describe, expect, test } from '@jest/globals';
import { compileFilter } from '#lib/policy/filter.js';
import type { FilterRule } from '#lib/policy/filter-rule.js';
import type { Resource } from '../reconcile/resource.js';
import { abfAttach } from './abf-attach.js';
import { type Place, placesFor } from './abf-places.js';
import { abfPolicy } from './abf-policy.js';
import { acl } from './acl.js';
import { address } from './address.js';
import { hostInterface } from './host-interface.js';
import { interfaceVrf } from './interface-vrf.js';
import { kindSuite } from './kind-suite.testkit.js';
import { stableMac } from './names.js';
import { subInterface } from './sub-interface.js';
import { vrf } from './vrf.js';

const devices = ['cwpbr'];
const port = hostInterface.of({ name: 'pbr', device: 'cwpbr', mac: stableMac('test', 'pbr') });
const line = subInterface.of({ parent: port.key, outerVlan: 100 });
const other = subInterface.of({ parent: port.key, outerVlan: 200 });
const blue = vrf.of({ name: 'blue', tableId: 10 });
const base: Resource[] = [
  port,
  line,
  other,
  blue,
  interfaceVrf.of({ interface: other.key, vrf: blue.key }),
  address.of({ interface: port.key, prefix: '10.255.0.1/24' }),
  address.of({ interface: port.key, prefix: '2001:db8:255::1/64' }),
  address.of({ interface: line.key, prefix: '10.100.0.1/24' }),
  address.of({ interface: other.key, prefix: '10.200.0.1/24', vrf: blue.key }),
];

const list = (name: string, ...rules: FilterRule[]) => {
  const compiled = compileFilter(rules);
  return acl.of({ name: `builtin.pbr.${name}`, rules: compiled.ok ? compiled.value : [] });
};
const via = (address4: string, weight = 1) => ({ via: address4, interface: port.key, weight });

const local = list('own.4', { action: 'deny', dst: '255.255.255.255', family: 4 });
const web = list('up.web.4.aa', { action: 'permit', proto: 'tcp', dstPorts: 443, family: 4 });
const rest = list('up.rest.4.bb', { action: 'permit', src: '10.100.0.0/24' });
const moved = list('up.rest.4.cc', { action: 'permit', src: '10.100.0.0/24' });
const tenant = list('up.tenant.4.dd', { action: 'permit', src: '10.9.0.0/16' });
const v6 = list('up.web.6.ee', { action: 'permit', family: 6 });
const long = list(`${'l'.repeat(32)}.${'r'.repeat(32)}.6.0123456789abcdef`, { action: 'deny', dst: 'fe80::/10' });

const policy = (of: { key: string }, change: object) =>
  abfPolicy.of({ family: 'ip4', acl: of.key, ...change } as Parameters<typeof abfPolicy.of>[0]);
const localPolicy = policy(local, { drop: true });
const webPolicy = policy(web, { paths: [via('10.255.0.2', 3), via('10.255.0.3')] });
const restPolicy = policy(rest, { paths: [{ lookupIn: blue.key }] });
const movedPolicy = policy(moved, { paths: [via('10.255.0.3'), { ...via('10.255.0.2'), preference: 1 }] });
const tenantPolicy = policy(tenant, { paths: [{ via: '10.255.0.9' }] });
const v6Policy = policy(v6, { family: 'ip6', paths: [{ via: '2001:db8:255::2', interface: port.key }] });
const longPolicy = policy(long, { family: 'ip6', drop: true });
const attach = (on: { key: string }, family: 'ip4' | 'ip6', ...policies: { key: string }[]) =>
  abfAttach.of({ interface: on.key, family, policies: policies.map(({ key }) => key) });

const before = (): Resource[] => [
  ...base,
  ...[local, web, rest, v6, long],
  ...[localPolicy, webPolicy, restPolicy, v6Policy, longPolicy],
  attach(line, 'ip4', localPolicy, webPolicy, restPolicy),
  attach(line, 'ip6', longPolicy, v6Policy),
  attach(port, 'ip4', webPolicy),
];

/** A rule with other paths, one in between, the order turned round, interfaces come and gone. */
const after = (): Resource[] => [
  ...base,
  ...[local, list('up.web.4.aa', { action: 'permit', proto: 'udp', dstPorts: 53, family: 4 }), moved, tenant, v6],
  ...[localPolicy, webPolicy, movedPolicy, tenantPolicy, v6Policy],
  attach(line, 'ip4', localPolicy, movedPolicy, tenantPolicy, webPolicy),
  attach(line, 'ip6', v6Policy),
  attach(other, 'ip4', webPolicy, localPolicy),
];

kindSuite('policy based routing', { devices, before, after });

describe('places of policies', () => {
  const place = (key: string, priority: number): Place => ({ key, policyId: 1, priority });
  const wanted = (keys: string) => [...keys].map((key) => ({ key, policyId: 1 }));
  const text = (places: readonly Place[]) => places.map(({ key, priority }) => `${key}${priority}`).join(' ');

  test.each<[string, Place[], string, string]>([
    ['an empty list', [], 'ab', 'a65536 b131072'],
    ['the same', [place('a', 5), place('b', 9)], 'ab', 'a5 b9'],
    ['one at the end', [place('a', 5)], 'ab', 'a5 b65541'],
    ['one at the front', [place('a', 10)], 'xa', 'x5 a10'],
    ['several between', [place('a', 10), place('b', 20)], 'axyb', 'a10 x13 y16 b20'],
    ['one gone', [place('a', 1), place('b', 2), place('c', 3)], 'ac', 'a1 c3'],
    ['one moved to the end', [place('a', 1), place('b', 2), place('c', 3)], 'bca', 'b2 c3 a65539'],
    ['no room: all anew', [place('a', 1), place('b', 2)], 'axb', 'a65536 x131072 b196608'],
    ['no room at the end', [place('a', 0x7fff_ffff)], 'ab', 'a65536 b131072'],
  ])('%s', (_, current, keys, expected) => {
    expect(text(placesFor(current, wanted(keys)))).toBe(expected);
  });

  test('a policy made anew is another one', () => {
    expect(placesFor([place('a', 5)], [{ key: 'a', policyId: 2 }])).toEqual([
      { key: 'a', policyId: 2, priority: 65536 },
    ]);
  });
});

describe('refused', () => {
  test.each([
    ['an ACL of people', () => policy({ key: 'acl/web' }, { drop: true }), 'policy based routing'],
    ['one way out twice', () => policy(web, { paths: [via('10.255.0.2'), via('10.255.0.2', 3)] }), 'twice'],
    ['neither paths nor drop', () => policy(web, {}), 'either paths or drop'],
    ['a policy twice', () => attach(line, 'ip4', webPolicy, webPolicy), 'twice'],
    ['no policy', () => attach(line, 'ip4'), 'policies'],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
