import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../reconcile/resource.js';
import { det44 } from './det44.js';
import { det44Interface } from './det44-interface.js';
import { det44Map } from './det44-map.js';
import { det44Timeouts } from './det44-timeouts.js';
import { hostInterface } from './host-interface.js';
import { interfaceVrf } from './interface-vrf.js';
import { kindSuite } from './kind-suite.testkit.js';
import { stableMac } from './names.js';
import { nat44Ed } from './nat44-ed.js';
import { nat44EdInterface } from './nat44-ed-interface.js';
import { nat44EdPool } from './nat44-ed-pool.js';
import { nat44EdSessionLimit } from './nat44-ed-session-limit.js';
import { nat44EdStatic } from './nat44-ed-static.js';
import { nat44Ei } from './nat44-ei.js';
import { nat44EiInterface } from './nat44-ei-interface.js';
import { nat44EiPool } from './nat44-ei-pool.js';
import { nat44EiStatic } from './nat44-ei-static.js';
import { subInterface } from './sub-interface.js';
import { vrf } from './vrf.js';

const devices = ['cwn1', 'cwn2'];
const [access, core] = devices.map((device) =>
  hostInterface.of({ name: device, device, mac: stableMac('test', device) }),
) as [Resource, Resource];
const blue = vrf.of({ name: 'blue', tableId: 10 });
const line = (vlan: number) => subInterface.of({ parent: access.key, outerVlan: vlan });
const blueLine = [line(10), interfaceVrf.of({ interface: line(10).key, vrf: blue.key })];
const base = [access, core, blue, ...blueLine, line(20)];
const places = [hostInterface, vrf, subInterface, interfaceVrf];

const edPlugin = (change: object = {}) => nat44Ed.of({ sessions: 4000, ...change });
const inBlue = { interface: line(10).key, vrf: blue.key };

kindSuite('NAT44-ED', {
  devices,
  kinds: [...places, nat44Ed, nat44EdInterface, nat44EdPool, nat44EdStatic, nat44EdSessionLimit],
  unreadable: 1,
  before: () => [
    ...base,
    edPlugin({ forwarding: true, mssClamp: 1400, timeouts: { udpS: 60 } }),
    nat44EdInterface.of({ ...inBlue, role: 'inside' }),
    nat44EdInterface.of({ interface: line(20).key, role: 'inside' }),
    nat44EdInterface.of({ interface: core.key, role: 'outside' }),
    nat44EdPool.of({ first: '203.0.113.0', last: '203.0.113.7' }),
    nat44EdPool.of({ first: '203.0.113.8', last: '203.0.113.9', vrf: blue.key }),
    nat44EdPool.of({ first: '192.0.2.1', last: '192.0.2.1', twiceNat: true }),
    nat44EdStatic.of({
      name: 'web',
      local: '10.0.0.5',
      localPort: 80,
      external: '203.0.113.1',
      externalPort: 8080,
      protocol: 'tcp',
    }),
    nat44EdStatic.of({ name: 'host', local: '10.0.0.6', external: '203.0.113.2', vrf: blue.key }),
    nat44EdSessionLimit.of({ vrf: blue.key, sessions: 100, otherwise: 4000 }),
  ],
  after: () => [
    ...base,
    edPlugin({ timeouts: { udpS: 30, icmpS: 10 } }),
    nat44EdInterface.of({ ...inBlue, role: 'inside' }),
    nat44EdInterface.of({ interface: line(20).key, role: 'outside' }),
    nat44EdInterface.of({ interface: core.key, role: 'output' }),
    nat44EdPool.of({ first: '203.0.113.0', last: '203.0.113.3' }),
    nat44EdPool.of({ first: '203.0.113.4', last: '203.0.113.7', vrf: 'default' }),
    nat44EdStatic.of({
      name: 'web',
      local: '10.0.0.7',
      localPort: 80,
      external: '203.0.113.1',
      externalPort: 8080,
      protocol: 'tcp',
    }),
    nat44EdStatic.of({
      name: 'dns',
      local: '10.0.0.8',
      localPort: 53,
      external: '203.0.113.1',
      externalPort: 53,
      protocol: 'udp',
    }),
    nat44EdSessionLimit.of({ vrf: blue.key, sessions: 200, otherwise: 4000 }),
  ],
});

kindSuite('NAT44-ED of another size', {
  devices,
  kinds: [...places, nat44Ed, nat44EdInterface, nat44EdPool, nat44EdStatic, nat44EdSessionLimit],
  before: () => [
    ...base,
    edPlugin(),
    nat44EdInterface.of({ interface: line(20).key, role: 'inside' }),
    nat44EdInterface.of({ interface: core.key, role: 'outside' }),
    nat44EdPool.of({ first: '203.0.113.0', last: '203.0.113.7' }),
  ],
  after: () => [
    ...base,
    edPlugin({ sessions: 5000, insideVrf: blue.key }),
    nat44EdInterface.of({ interface: line(20).key, role: 'inside' }),
    nat44EdInterface.of({ interface: core.key, role: 'outside' }),
    nat44EdPool.of({ first: '203.0.113.0', last: '203.0.113.7' }),
  ],
});

const eiPlugin = (change: object = {}) => nat44Ei.of({ users: 100, sessions: 4000, userSessions: 50, ...change });

kindSuite('NAT44-EI', {
  devices,
  plugins: ['nat44_ei'],
  kinds: [...places, nat44Ei, nat44EiInterface, nat44EiPool, nat44EiStatic],
  before: () => [
    ...base,
    eiPlugin({ forwarding: true, mssClamp: 1400, timeouts: { udpS: 60 } }),
    nat44EiInterface.of({ ...inBlue, role: 'inside' }),
    nat44EiInterface.of({ interface: core.key, role: 'outside' }),
    nat44EiPool.of({ first: '203.0.113.0', last: '203.0.113.7' }),
    nat44EiPool.of({ first: '203.0.113.8', last: '203.0.113.9', vrf: blue.key }),
    nat44EiStatic.of({
      name: 'web',
      local: '10.0.0.5',
      localPort: 80,
      external: '203.0.113.1',
      externalPort: 8080,
      protocol: 'tcp',
      pool: 'nat44-ei-pool/any/203.0.113.0-203.0.113.7',
    }),
    nat44EiStatic.of({
      name: 'host',
      local: '10.0.0.6',
      external: '203.0.113.2',
      vrf: blue.key,
      pool: 'nat44-ei-pool/any/203.0.113.0-203.0.113.7',
    }),
  ],
  after: () => [
    ...base,
    eiPlugin({ userSessions: 60, insideVrf: blue.key }),
    nat44EiInterface.of({ ...inBlue, role: 'inside' }),
    nat44EiInterface.of({ interface: line(20).key, role: 'outside' }),
    nat44EiInterface.of({ interface: core.key, role: 'output' }),
    nat44EiPool.of({ first: '203.0.113.0', last: '203.0.113.3' }),
    nat44EiStatic.of({
      name: 'web',
      local: '10.0.0.5',
      localPort: 81,
      external: '203.0.113.1',
      externalPort: 8080,
      protocol: 'tcp',
      pool: 'nat44-ei-pool/any/203.0.113.0-203.0.113.3',
    }),
  ],
});

kindSuite('DET44', {
  devices,
  plugins: ['det44'],
  kinds: [...places, det44, det44Timeouts, det44Interface, det44Map],
  unreadable: 1,
  before: () => [
    ...base,
    det44.of({ insideVrf: blue.key }),
    det44Timeouts.of({ udpS: 60 }),
    det44Interface.of({ ...inBlue, role: 'inside' }),
    det44Interface.of({ interface: core.key, role: 'outside' }),
    det44Map.of({ inside: '10.0.0.0/28', outside: '203.0.113.0/30' }),
    det44Map.of({ inside: '10.0.1.0/28', outside: '203.0.113.4/31' }),
  ],
  after: () => [
    ...base,
    det44.of({ insideVrf: blue.key }),
    det44Timeouts.of({ udpS: 30, icmpS: 5 }),
    det44Interface.of({ interface: line(20).key, role: 'inside' }),
    det44Interface.of({ ...inBlue, role: 'outside' }),
    det44Map.of({ inside: '10.0.0.0/28', outside: '203.0.113.0/30' }),
    det44Map.of({ inside: '10.0.2.0/28', outside: '203.0.113.4/31' }),
  ],
});

describe('NAT that cannot be', () => {
  test.each([
    ['a range that runs backwards', () => nat44EdPool.of({ first: '10.0.0.2', last: '10.0.0.1' }), 'backwards'],
    [
      'a pool that VPP would search for seconds',
      () => nat44EdPool.of({ first: '10.0.0.0', last: '10.1.0.0' }),
      'at most 4096',
    ],
    [
      'half a port',
      () => nat44EdStatic.of({ name: 'x', local: '10.0.0.1', external: '192.0.2.1', localPort: 1 }),
      'go together',
    ],
    ['more for a user than for all', () => eiPlugin({ userSessions: 5000 }), 'at most sessions'],
    ['more outside than inside', () => det44Map.of({ inside: '10.0.0.0/24', outside: '203.0.0.0/20' }), 'VPP dies'],
    [
      'more users than ports',
      () => det44Map.of({ inside: '10.0.0.0/8', outside: '203.0.113.0/25' }),
      'than it has ports',
    ],
  ])('%s', (_name, make, message) => {
    expect(make).toThrow(message);
  });
});
