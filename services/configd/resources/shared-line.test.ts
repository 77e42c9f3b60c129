import { describe, expect, test } from '@jest/globals';
import { SessionIp6, SharedLine } from '#gen/bng/v1/configd.js';
import { ip4Frame, ip4Value, ip6Frame, matchKey, matchShape, shownField } from '#lib/policy/frame-match.js';
import type { Resource } from '../reconcile/resource.js';
import { hostInterface } from './host-interface.js';
import { kindSuite } from './kind-suite.testkit.js';
import { bundle, lookup } from './kinds.testkit.js';
import { stableMac } from './names.js';
import { compileSession } from './session.js';
import { sharedLineResources } from './shared-line.js';
import { subInterface } from './sub-interface.js';

const devices = ['cwshared', 'cwshcore'];
const port = hostInterface.of({ name: 'shared', device: 'cwshared', mac: stableMac('test', 'shared') });
const core = hostInterface.of({ name: 'core', device: 'cwshcore', mac: stableMac('test', 'core') });
const vlan = subInterface.of({ parent: port.key, outerVlan: 200 });
const double = subInterface.of({ parent: port.key, outerVlan: 300, innerVlan: 7 });
const base: Resource[] = [port, core, vlan, double];

const ports: Record<string, { interface: string; tags: number }> = {
  core: { interface: core.key, tags: 0 },
  vlan: { interface: vlan.key, tags: 1 },
  double: { interface: double.key, tags: 2 },
};
const rates = { download: { cirBps: 20e6 }, upload: { cirBps: 5e6 } };
/** The last number says which host it is. */
const ipv6 = (host: string, delegated?: string) =>
  SessionIp6.fromPartial({
    linkLocal: `fe80::${host}`,
    addresses: [`2001:db8:64::${host}`],
    prefixes: delegated === undefined ? [] : [delegated],
  });
interface Change {
  isolated?: boolean;
  core?: string[];
  ip6?: SessionIp6;
}
const subscriber = (id: string, on: string, ipv4: string, change: Change = {}) => {
  const shared = SharedLine.fromPartial({ core: change.core ?? ['core'], isolated: change.isolated ?? true });
  const line = ports[on];
  if (line === undefined) throw new Error(on);
  return sharedLineResources({ ...bundle(id, on, ipv4), ip6: change.ip6 }, shared, {
    line,
    rates,
    port: (name) => ports[name],
  });
};

describe('resources of a subscriber on a shared line', () => {
  test('upload by source on the line, download by destination from the core, guard and isolation', () => {
    expect(
      subscriber('s1', 'vlan', '100.64.0.9')
        .map(({ key }) => key)
        .sort(),
    ).toEqual([
      'host-guard-entry/shared.200/100.64.0.9',
      'host-guard/shared.200',
      'host-guard6/shared.200',
      'host-policer/core/100.64.0.9',
      'host-policer/shared.200/100.64.0.9',
      'host-policing/core',
      'host-policing/shared.200',
      'policer/session.s1.down',
      'policer/session.s1.up',
    ]);
  });

  test('nothing of the interface is the subscriber’s own: no policer and no source check on it', () => {
    const shared = SharedLine.fromPartial({ core: ['core'], isolated: true });
    const compiled = compileSession({ ...bundle('s1', 'access.200', '100.64.0.9'), shared }, lookup);
    const kinds = new Set(compiled.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([
      'acl-list',
      'host-guard',
      'host-guard-entry',
      'host-guard6',
      'host-policer',
      'host-policing',
      'neighbour',
      'policer',
      'route',
    ]);
  });

  test('IPv6 by address and delegated prefix to the same policers; its link-local address is guarded, not limited', () => {
    const all = subscriber('s1', 'vlan', '', { ip6: ipv6('9', '2001:db8:a000:900::/56') });
    const places = (kind: string) =>
      all.filter((one) => one.kind === kind).map(({ key }) => key.replace(`${kind}/`, ''));
    expect(places('host-guard6-entry').sort()).toEqual([
      'shared.200/2001:db8:64::9/128',
      'shared.200/2001:db8:a000:900::/56',
      'shared.200/fe80::9/128',
    ]);
    const limits = all
      .filter(({ kind }) => kind === 'host-policer6')
      .map(({ key, spec }) => [key.replace('host-policer6/', ''), (spec as { policer: string }).policer]);
    expect(limits).toEqual([
      ['shared.200/2001:db8:64::9/128', 'policer/session.s1.up'],
      ['shared.200/2001:db8:a000:900::/56', 'policer/session.s1.up'],
      ['core/2001:db8:64::9/128', 'policer/session.s1.down'],
      ['core/2001:db8:a000:900::/56', 'policer/session.s1.down'],
    ]);
    expect(all.filter(({ kind }) => /^host-(policing|policer|guard-entry)$/.test(kind))).toEqual([]);
  });

  test('no source check of the interface in either family, and no route to the link-local address', () => {
    const shared = SharedLine.fromPartial({ core: ['core'], isolated: true });
    const ip6 = { ...ipv6('9'), guardLinkLocal: true };
    const keys = compileSession({ ...bundle('s1', 'access.200', '100.64.0.9'), ip6, shared }, lookup).map(
      ({ key }) => key,
    );
    expect(keys.filter((key) => key.startsWith('urpf') || key.includes('fe80::9/128'))).toEqual([
      'host-guard6-entry/access.200/fe80::9/128',
    ]);
  });

  test('a prefix to advertise is refused: all of the line would take it', () => {
    const ip6 = { ...ipv6('9'), advertised: '2001:db8:aa::/64' };
    expect(() => subscriber('s1', 'vlan', '', { ip6 })).toThrow(
      expect.objectContaining({ code: 'invalid_argument', fields: { field: 'ip6.advertised' } }),
    );
  });

  test('an unknown core port is refused', () => {
    expect(() => subscriber('s1', 'vlan', '100.64.0.9', { core: ['nowhere'] })).toThrow(
      expect.objectContaining({ code: 'invalid_argument', message: 'no port nowhere' }),
    );
  });
});

describe('places in the frame', () => {
  test.each([
    [0, 'source', { skip: 1, match: 1, at: 10 }],
    [1, 'source', { skip: 1, match: 2, at: 14 }],
    [2, 'source', { skip: 2, match: 1, at: 2 }],
    [0, 'destination', { skip: 1, match: 2, at: 14 }],
    [1, 'destination', { skip: 2, match: 1, at: 2 }],
  ] as const)('%i tags, %s', (tags, side, { skip, match, at }) => {
    const fields = [ip4Frame(tags)[side]];
    const shape = matchShape(fields);
    expect({ skip: shape.skip, match: shape.match, at: shape.mask.indexOf(255) }).toEqual({ skip, match, at });
    expect(shape.mask.filter((byte) => byte === 255)).toHaveLength(4);
    const key = matchKey(fields, [ip4Value('100.64.0.9')]);
    expect(key).toHaveLength((skip + match) * 16);
    expect(key.slice(skip * 16 + at, skip * 16 + at + 4)).toEqual([100, 64, 0, 9]);
  });
});

describe('prefixes in the frame', () => {
  test.each([
    [0, 56, { skip: 1, match: 1, bytes: [255, 255, 255, 255, 255, 255, 255] }],
    [1, 60, { skip: 1, match: 2, bytes: [255, 255, 255, 255, 255, 255, 255, 0xf0] }],
    [2, 3, { skip: 1, match: 1, bytes: [0xe0] }],
  ])('%i tags, /%i', (tags, bits, { skip, match, bytes }) => {
    const field = { ...ip6Frame(tags).source, bits };
    const shape = matchShape([field]);
    expect({ skip: shape.skip, match: shape.match }).toEqual({ skip, match });
    const at = 22 + 4 * tags - 16 * skip;
    expect(shape.mask.slice(at, at + bytes.length)).toEqual(bytes);
    expect(shape.mask.filter((byte) => byte !== 0)).toHaveLength(bytes.length);
    const value = Uint8Array.from({ length: 16 }, (_, i) => (i < bytes.length ? (bytes[i] ?? 0) : 0));
    const shown = matchKey([field], [value]).slice(skip * 16);
    expect(shownField(shown, shape, field)).toEqual(value);
  });
});

kindSuite('a shared line', {
  devices,
  before: () => [
    ...base,
    ...subscriber('s1', 'vlan', '100.64.0.9', { ip6: ipv6('9', '2001:db8:a000:900::/56') }),
    ...subscriber('s2', 'vlan', '100.64.0.10', { isolated: false, ip6: ipv6('10', '2001:db8:a000:a0::/60') }),
    ...subscriber('s3', 'double', '100.64.0.11'),
    ...subscriber('s6', 'double', '', { ip6: ipv6('16', '2001:db8:b000::/48') }),
  ],
  after: () => [
    ...base,
    ...subscriber('s1', 'vlan', '100.64.0.9', { isolated: false, ip6: ipv6('9', '2001:db8:a000:900::/62') }),
    ...subscriber('s4', 'vlan', '100.64.0.10', { ip6: ipv6('10') }),
    ...subscriber('s5', 'vlan', '100.64.0.12', { core: [] }),
  ],
});
