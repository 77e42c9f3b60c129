import { describe, expect, test } from '@jest/globals';
import type { Resource } from '../reconcile/resource.js';
import { bond } from './bond.js';
import { bondMember } from './bond-member.js';
import { hostInterface } from './host-interface.js';
import { kindSuite } from './kind-suite.testkit.js';
import { stableMac } from './names.js';
import { subInterface } from './sub-interface.js';

const devices = ['cwb1', 'cwb2', 'cwb3', 'cwb4', 'cwb5'];
const mac = (name: string) => stableMac('test', name);
const port = (device: string, owner: string) => hostInterface.of({ name: device, device, mac: mac(owner) });
const uplink = (change: object = {}) =>
  bond.of({ name: 'uplink', id: 7, mode: 'lacp', loadBalance: 'l34', mac: mac('uplink'), ...change });
const spare = (change: object = {}) =>
  bond.of({ name: 'spare', id: 8, mode: 'active-backup', mac: mac('spare'), ...change });
const joins = (device: string, owner: { key: string }, change: object = {}) =>
  bondMember.of({ interface: `host-interface/${device}`, bond: owner.key, ...change });
const line = (outerVlan: number, innerVlan: number) => subInterface.of({ parent: 'bond/uplink', outerVlan, innerVlan });

const before = (): Resource[] => [
  port('cwb1', 'uplink'),
  port('cwb2', 'uplink'),
  port('cwb3', 'spare'),
  port('cwb4', 'spare'),
  port('cwb5', 'cwb5'),
  uplink(),
  spare(),
  joins('cwb1', uplink(), { longTimeout: true }),
  joins('cwb2', uplink()),
  joins('cwb3', spare(), { weight: 1000 }),
  joins('cwb4', spare(), { weight: 999 }),
  line(100, 7),
];

/** A member more, one less, one elsewhere, a bond made anew, weights, an MTU, a minimum. */
const after = (): Resource[] => [
  port('cwb1', 'uplink'),
  port('cwb2', 'spare'),
  port('cwb3', 'spare'),
  port('cwb4', 'cwb4'),
  port('cwb5', 'uplink'),
  uplink({ mtu: 1500, minMembers: 2 }),
  spare({ id: 9 }),
  joins('cwb1', uplink(), { longTimeout: true }),
  joins('cwb5', uplink(), { passive: true }),
  joins('cwb2', spare(), { weight: 999 }),
  joins('cwb3', spare(), { weight: 1 }),
  line(100, 7),
  line(100, 8),
];

kindSuite('bonds', { devices, kinds: [hostInterface, bond, bondMember, subInterface], before, after });

describe('a bond that cannot be', () => {
  test.each([
    ['xor without a balance', { mode: 'xor', loadBalance: undefined }],
    ['active-backup with one', { mode: 'active-backup' }],
  ])('%s', (_name, change) => {
    expect(() => uplink(change)).toThrow('loadBalance goes with lacp and xor');
  });
  test('a member that is a sub-interface', () => {
    expect(() => bondMember.of({ interface: 'sub-interface/a.1', bond: 'bond/b' })).toThrow();
  });
});
