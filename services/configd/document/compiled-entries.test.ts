import { expect, test } from '@jest/globals';
import type { Resource } from '../reconcile/resource.js';
import { compileDocument } from './compile.js';
import { CompiledEntries } from './compiled-entries.js';
import { loadDocument } from './load-document.js';

const entries = new CompiledEntries();

function compile({ second = '', gateway = '192.0.2.1/24', donor = 'gw: { loopback: {}', enabled = true, port = 80 }) {
  const loaded = loadDocument(`interfaces:
  access:
    hostInterface: { device: eth0 }
    enabled: ${enabled}
    subInterfaces:
      - { outerVlan: 100, innerVlan: 1-3, unnumbered: gw, proxyArp: true }
      - { outerVlan: 200, innerVlan: 1-2${second} }
  ${donor}, addresses: [${gateway}] }
acls:
  web: { rules: [permit tcp any any port ${port}] }
`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  return new Map(compileDocument(loaded.model, { name: 'bng1' }, entries).map((one) => [one.key, one]));
}

const first = compile({});
const same = (now: ReadonlyMap<string, Resource>, key: string) => first.has(key) && now.get(key) === first.get(key);

test('an entry that did not change gives the same objects again', () => {
  const now = compile({ second: ', mtu: 1400' });
  expect(same(now, 'sub-interface/access.100.3')).toBe(true);
  expect(same(now, 'unnumbered/access.100.1')).toBe(true);
  expect(now.get('sub-interface/access.200.2')?.spec).toMatchObject({ mtu: 1400 });
  compile({});
});

test.each([
  ['its port is disabled', { enabled: false }, 'sub-interface/access.100.3', { enabled: false }],
  [
    'the addresses it borrows',
    { gateway: '198.51.100.1/24' },
    'proxy-arp-range/default/198.51.100.1-198.51.100.254',
    {},
  ],
  [
    'what the lender is made of',
    { donor: 'gw: { hostInterface: { device: eth1 }' },
    'unnumbered/access.100.1',
    { donor: 'host-interface/gw' },
  ],
])('an entry is compiled anew for a change of %s', (_what, change, key, spec) => {
  compile({});
  const now = compile(change);
  expect(now.get(key)?.spec).toMatchObject(spec);
  expect(compile(change).get(key)).toBe(now.get(key));
});

test('a list of rules is made anew when a rule is another one', () => {
  compile({});
  const now = compile({ port: 81 });
  expect(now.get('acl/web')?.spec).toMatchObject({ rules: [{ dstport_or_icmpcode_first: 81 }, {}] });
  expect(compile({ port: 81 }).get('acl/web')).toBe(now.get('acl/web'));
});

test('an entry that is gone is not compiled from memory', () => {
  compile({});
  expect([...compile({ second: ', vrf: default' }).keys()]).toEqual([...first.keys()]);
});
