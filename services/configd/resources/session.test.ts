import { describe, expect, test } from '@jest/globals';
import type { Policy } from '#gen/bng/v1/common.js';
import { bundle, lookup, sessionResources } from './kinds.testkit.js';
import { compileSession, sessionOwner } from './session.js';

const keys = (policy: Partial<Policy> = {}) =>
  sessionResources(bundle('s1', 'access.100.7', '100.64.0.10', policy))
    .map((one) => one.key)
    .sort();

const specOf = (key: string, policy: Partial<Policy> = {}) =>
  sessionResources(bundle('s1', 'access.100.7', '100.64.0.10', policy)).find((one) => one.key === key)?.spec;

const none: Partial<Policy> = { downloadBps: undefined, uploadBps: undefined, aclIn: undefined, aclOut: undefined };
const address = ['neighbour/access.100.7/100.64.0.10', 'route/default/100.64.0.10/32', 'urpf/access.100.7/ip4'];

describe('compileSession', () => {
  test('everything a subscriber has', () => {
    expect(keys()).toEqual([
      'acl-list/access.100.7',
      address[0],
      'policer-attach/access.100.7/in',
      'policer-attach/access.100.7/out',
      'policer/session.s1.down',
      'policer/session.s1.up',
      address[1],
      address[2],
    ]);
  });

  test('download leaves on the line, upload comes in from it', () => {
    expect(specOf('policer-attach/access.100.7/out')).toMatchObject({ policer: 'policer/session.s1.down' });
    expect(specOf('policer-attach/access.100.7/in')).toMatchObject({ policer: 'policer/session.s1.up' });
    expect(specOf('policer/session.s1.down')).toMatchObject({ rate: { cirBps: 100_000_000 } });
    expect(specOf('policer/session.s1.up')).toMatchObject({ rate: { cirBps: 20_000_000 } });
  });

  test.each<[string, Partial<Policy>, string[]]>([
    ['no limit, no ACL', none, address],
    [
      'one direction of a profile',
      { ...none, profile: 'gold' },
      [address[0] ?? '', 'policer-attach/access.100.7/out', 'policer/session.s1.down', ...address.slice(1)],
    ],
    ['an ACL one way', { ...none, aclOut: 'web' }, ['acl-list/access.100.7', ...address]],
  ])('%s', (_name, policy, expected) => {
    expect(keys(policy)).toEqual(expected);
  });

  test('an explicit rate wins over the profile', () => {
    const policy = { ...none, profile: 'gold', downloadBps: 1_000_000n };
    expect(specOf('policer/session.s1.down', policy)).toMatchObject({ rate: { cirBps: 1_000_000 } });
    expect(specOf('policer/session.s1.down', policy)).not.toHaveProperty('rate.pirBps', expect.anything());
  });

  test('the VRF of the line is the VRF of what is on it', () => {
    const resources = sessionResources(bundle('s2', 'access.200', '100.65.0.10'));
    expect(resources.map((one) => one.key)).toContain('route/blue/100.65.0.10/32');
    expect(resources.find((one) => one.kind === 'urpf')?.spec).toMatchObject({ vrf: 'vrf/blue' });
  });

  test('without an address there is nothing to guard a route for, but the rest', () => {
    const compiled = compileSession({ ...bundle('s1', 'access.100.7', '', none), sourceGuard: false }, lookup);
    expect(compiled).toEqual([]);
  });

  test('prefixes behind it are routed through it, in the VRF of its line', () => {
    const routed = { ...bundle('s2', 'access.200', '100.65.0.10', none), routes: ['198.51.100.0/28'] };
    expect(sessionResources(routed).find(({ key }) => key === 'route/blue/198.51.100.0/28')?.spec).toMatchObject({
      paths: [{ via: '100.65.0.10', interface: 'sub-interface/access.200' }],
    });
    expect(sessionResources({ ...routed, ipv4: '' }).filter(({ kind }) => kind === 'route')).toEqual([]);
  });

  test.each(['198.51.100.1/28', '198.51.100.0', '2001:db8::/48', 'x/8', '198.51.100.0/33'])(
    'a route %s is refused',
    (route) => {
      const routed = { ...bundle('s1', 'l', '100.64.0.10', none), routes: [route] };
      expect(() => sessionResources(routed)).toThrow(expect.objectContaining({ fields: { field: 'routes' } }));
    },
  );

  describe('a VRF of its own', () => {
    const vrf = { name: 'blue', lender: 'bluegw' };
    const moved = { ...bundle('s1', 'access.100.7', '100.64.0.10', none), vrf };

    test('the line is moved, and all that is on it is in that VRF', () => {
      const resources = sessionResources(moved);
      expect(resources[0]?.spec).toEqual({
        interface: 'sub-interface/access.100.7',
        vrf: 'vrf/blue',
        lender: 'loopback/bluegw',
        home: 'loopback/gateway',
      });
      expect(resources.map(({ key }) => key)).toContain('route/blue/100.64.0.10/32');
    });

    test.each<[string, Partial<typeof moved>]>([
      ['an unknown VRF', { vrf: { ...vrf, name: 'red' } }],
      ['a lender that is not in it', { vrf: { ...vrf, lender: 'gateway' } }],
      ['a line of another VRF', { line: 'access.200' }],
      ['a shared line', { shared: { core: [], isolated: true } }],
    ])('%s is refused', (_name, change) => {
      const refusal = expect.objectContaining({ code: 'invalid_argument', fields: { field: 'vrf' } });
      expect(() => sessionResources({ ...moved, ...change })).toThrow(refusal);
    });
  });

  describe('DSCP', () => {
    const marked = (policy: Partial<Policy>, core = ['core']) => ({
      ...bundle('s1', 'access.100.7', '100.64.0.10', { ...none, ...policy }),
      core,
    });
    const qos = (one: ReturnType<typeof marked>, own = lookup) =>
      compileSession(one, own).flatMap(({ kind, key }) => (kind.startsWith('qos-') ? [key] : []));

    test('of uploads is stored on the line and written by the core port', () => {
      const keys = ['qos-store/access.100.7', 'qos-map/builtin.keep-dscp', 'qos-mark/core/dscp'];
      expect(qos(marked({ uploadDscp: 10 }))).toEqual(keys);
      expect(qos(marked({ uploadDscp: 10 }), { ...lookup, marksDscp: () => true })).toEqual(keys.slice(0, 1));
    });

    test('of downloads is recorded at the core port and written by the line', () => {
      const keys = ['qos-record/core/dscp', 'qos-map/builtin.dscp-46', 'qos-mark/access.100.7/dscp'];
      expect(qos(marked({ downloadDscp: 46 }))).toEqual(keys);
    });

    test.each<[string, ReturnType<typeof marked>, object]>([
      ['without core ports', marked({ uploadDscp: 10 }, []), { field: 'uploadDscp' }],
      ['of seven bits', marked({ downloadDscp: 64 }), { field: 'downloadDscp' }],
      ['by an unknown port', marked({ downloadDscp: 0 }, ['nowhere']), { field: 'core' }],
      ['on a shared line', { ...marked({ uploadDscp: 1 }), shared: { core: [], isolated: true } }, { field: 'policy' }],
    ])('%s is refused', (_name, one, fields) => {
      expect(() => compileSession(one, lookup)).toThrow(expect.objectContaining({ code: 'invalid_argument', fields }));
    });
  });

  test('the MAC may be written in capitals', () => {
    const compiled = compileSession(
      { ...bundle('s1', 'access.100.7', '100.64.0.10', none), mac: '02:AB:00:00:00:01' },
      lookup,
    );
    expect(compiled.find((one) => one.kind === 'neighbour')?.spec).toMatchObject({ mac: '02:ab:00:00:00:01' });
  });

  test.each<[string, Parameters<typeof bundle>, string, object]>([
    ['an unknown ACL', ['s1', 'l', '100.64.0.10', { aclIn: 'nope' }], 'invalid_argument', { field: 'acl_in' }],
    ['an unknown profile', ['s1', 'l', '100.64.0.10', { profile: 'nope' }], 'invalid_argument', { field: 'profile' }],
    ['a rate of 0', ['s1', 'l', '100.64.0.10', { uploadBps: 0n }], 'invalid_argument', { field: 'policy' }],
    [
      'a burst below a frame',
      ['s1', 'l', '100.64.0.10', { uploadBurstBytes: 10n }],
      'invalid_argument',
      { field: 'policy' },
    ],
    ['a bad address', ['s1', 'l', '100.64.0.300'], 'invalid_argument', { field: 'ipv4' }],
    ['an IPv6 address', ['s1', 'l', '2001:db8::1'], 'invalid_argument', { field: 'ipv4' }],
    ['no id', ['', 'l', '100.64.0.10'], 'invalid_argument', { field: 'session_id' }],
  ])('%s is refused', (_name, args, code, fields) => {
    expect(() => sessionResources(bundle(...args))).toThrow(expect.objectContaining({ code, fields }));
  });

  test('an unknown line and a bad MAC are refused', () => {
    const nowhere = { ...lookup, line: () => undefined };
    const good = bundle('s1', 'access.9', '100.64.0.10');
    expect(() => compileSession(good, nowhere)).toThrow(expect.objectContaining({ code: 'not_found' }));
    expect(() => compileSession({ ...good, mac: 'zz' }, lookup)).toThrow(
      expect.objectContaining({ fields: { field: 'mac' } }),
    );
  });

  test('the owner is named after the session', () => expect(sessionOwner('a-b')).toBe('session/a-b'));
});
