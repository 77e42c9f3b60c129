import { describe, expect, test } from '@jest/globals';
import { SharedLine } from '#gen/bng/v1/configd.js';
import { ip4Frame, ip4Value, matchKey, matchShape } from '#lib/policy/frame-match.js';
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
const subscriber = (id: string, on: string, ipv4: string, change: { isolated?: boolean; core?: string[] } = {}) => {
  const shared = SharedLine.fromPartial({ core: change.core ?? ['core'], isolated: change.isolated ?? true });
  const line = ports[on];
  if (line === undefined) throw new Error(on);
  return sharedLineResources(bundle(id, on, ipv4), shared, { line, rates, port: (name) => ports[name] });
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
      'host-policer',
      'host-policing',
      'neighbour',
      'policer',
      'route',
    ]);
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

kindSuite('a shared line', {
  devices,
  before: () => [
    ...base,
    ...subscriber('s1', 'vlan', '100.64.0.9'),
    ...subscriber('s2', 'vlan', '100.64.0.10', { isolated: false }),
    ...subscriber('s3', 'double', '100.64.0.11'),
  ],
  after: () => [
    ...base,
    ...subscriber('s1', 'vlan', '100.64.0.9', { isolated: false }),
    ...subscriber('s4', 'vlan', '100.64.0.10'),
    ...subscriber('s5', 'vlan', '100.64.0.12', { core: [] }),
  ],
});
