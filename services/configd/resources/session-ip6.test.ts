import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SessionIp6 } from '#gen/bng/v1/configd.js';
import { lanes } from '../../../test/harness/lanes.js';
import { infraOwner } from '../reconcile/engine.js';
import type { Resource } from '../reconcile/resource.js';
import { address } from './address.js';
import { hostInterface } from './host-interface.js';
import { interfaceVrf } from './interface-vrf.js';
import { ip6 } from './ip6.js';
import { bundle, devices, dumpAll, openEngine, sessionResources, startLane } from './kinds.testkit.js';
import { loopback } from './loopback.js';
import { stableMac } from './names.js';
import { routerAdvertisement } from './router-advertisement.js';
import { subInterface } from './sub-interface.js';
import { unnumbered } from './unnumbered.js';
import { vrf } from './vrf.js';

const none = { downloadBps: undefined, uploadBps: undefined, aclIn: undefined, aclOut: undefined };
const full: Partial<SessionIp6> = {
  linkLocal: 'fe80::5eff:fe00:1',
  addresses: ['2001:db8:64::a'],
  prefixes: ['2001:db8:a000::/56', '2001:db8:b000::/48'],
  advertised: '2001:db8:aa:7::/64',
  guardLinkLocal: true,
};

const dualStack = (change: Partial<SessionIp6> = full, line = 'access.100.7', ipv4 = '') => ({
  ...bundle('s1', line, ipv4, none),
  ip6: SessionIp6.fromPartial(change),
});
const keys = (change: Partial<SessionIp6>, more = {}) =>
  sessionResources({ ...dualStack(change), ...more })
    .map(({ key }) => key)
    .filter((key) => !key.endsWith('/ip4'))
    .sort();

describe('compiled', () => {
  test('everything a subscriber has in IPv6', () => {
    expect(keys(full)).toEqual([
      'neighbour/access.100.7/fe80::5eff:fe00:1',
      'ra-prefix/access.100.7/2001:db8:aa:7::/64',
      'route/default/2001:db8:64::a/128',
      'route/default/2001:db8:a000::/56',
      'route/default/2001:db8:aa:7::/64',
      'route/default/2001:db8:b000::/48',
      'route/default/fe80::5eff:fe00:1/128',
      'urpf/access.100.7/ip6',
    ]);
  });

  test.each<[string, Partial<SessionIp6>, object, string[]]>([
    [
      'advertised only',
      { advertised: '2001:db8:aa:7::/64' },
      {},
      ['ra-prefix/access.100.7/2001:db8:aa:7::/64', 'route/default/2001:db8:aa:7::/64', 'urpf/access.100.7/ip6'],
    ],
    [
      'without a source check',
      { ...full, addresses: [], prefixes: [], advertised: '' },
      { sourceGuard: false },
      ['neighbour/access.100.7/fe80::5eff:fe00:1'],
    ],
    [
      "another line's link-local address",
      { linkLocal: 'FE80::1', addresses: ['2001:DB8:64:0::a'] },
      {},
      ['neighbour/access.100.7/fe80::1', 'route/default/2001:db8:64::a/128', 'urpf/access.100.7/ip6'],
    ],
  ])('%s', (_name, change, more, expected) => expect(keys(change, more)).toEqual(expected));

  test.each<[string, Partial<SessionIp6>, string, RegExp]>([
    ['no next hop', { addresses: ['2001:db8::1'] }, 'ip6.link_local', /no way to what is routed/],
    ['a global next hop', { linkLocal: '2001:db8::1' }, 'ip6.link_local', /is not link-local/],
    ['an IPv4 address', { ...full, addresses: ['192.0.2.1'] }, 'ip6.addresses', /not an IPv6 address/],
    ['host bits', { ...full, prefixes: ['2001:db8::1/56'] }, 'ip6.prefixes', /2001:db8::\/56 is expected/],
    ['no prefix', { ...full, prefixes: ['2001:db8::'] }, 'ip6.prefixes', /not an IPv6 prefix/],
    ['a /56 to advertise', { advertised: '2001:db8::/56' }, 'ip6.advertised', /not a \/64/],
  ])('%s is refused', (_name, change, field, message) => {
    expect(() => sessionResources(dualStack(change))).toThrow(
      expect.objectContaining({ code: 'invalid_argument', fields: { field }, message: expect.stringMatching(message) }),
    );
  });
});

/** Two lines with IPv6 and advertisements, the second in a VRF. */
function infrastructure(): Resource[] {
  const mac = (name: string) => stableMac('ip6', name);
  const access = hostInterface.of({ name: 'access', device: devices.access, mac: mac('access') });
  const blue = vrf.of({ name: 'blue', tableId: 10 });
  const line = (outerVlan: number, innerVlan: number | undefined, donor: string, place: { vrf?: string }) => {
    const sub = subInterface.of({ parent: access.key, outerVlan, ...(innerVlan && { innerVlan }) });
    return [
      sub,
      ...(place.vrf === undefined ? [] : [interfaceVrf.of({ interface: sub.key, vrf: place.vrf })]),
      unnumbered.of({ interface: sub.key, donor, ...place }),
      ip6.of({ interface: sub.key, ...place }),
      routerAdvertisement.of({ interface: sub.key, managed: true, other: true }),
    ];
  };
  const gateway = loopback.of({ name: 'gateway', instance: 0, mac: mac('gateway') });
  const blueGateway = loopback.of({ name: 'bluegw', instance: 1, mac: mac('bluegw') });
  return [
    access,
    gateway,
    blue,
    blueGateway,
    interfaceVrf.of({ interface: blueGateway.key, vrf: blue.key }),
    address.of({ interface: gateway.key, prefix: '100.64.0.1/16' }),
    address.of({ interface: gateway.key, prefix: '2001:db8:64::1/64' }),
    address.of({ interface: blueGateway.key, prefix: '2001:db8:65::1/64', vrf: blue.key }),
    ...line(100, 7, gateway.key, {}),
    ...line(200, undefined, blueGateway.key, { vrf: blue.key }),
  ];
}

const noDrift = { missing: [], different: [], leftover: [], foreign: [] };

describe.each(lanes.filter((lane) => lane.available))('on $name', (lane) => {
  let subject: Awaited<ReturnType<typeof startLane>>;
  let open: Awaited<ReturnType<typeof openEngine>>;
  let bare: Record<string, unknown>;

  const everything = [...infrastructure(), ...sessionResources(dualStack(full, 'access.100.7', '100.64.0.10'))];
  const apply = async (wanted: readonly Resource[]) => {
    const { outcome } = await open.engine.apply('session/s1', wanted);
    expect(outcome.failures).toEqual([]);
    expect(await open.engine.audit()).toEqual(noDrift);
    return dumpAll(open.dataplane, everything);
  };

  beforeAll(async () => {
    subject = await startLane(lane);
    open = await openEngine(subject.apiSocket);
    await open.engine.restore();
    expect((await open.engine.apply(infraOwner, infrastructure())).outcome.failures).toEqual([]);
    bare = await dumpAll(open.dataplane, everything);
  }, 60_000);
  afterAll(async () => {
    await open.close();
    await subject.stop();
  }, 60_000);

  test('each family comes and goes alone, and nothing is left behind', async () => {
    const only4 = await apply(sessionResources(bundle('s1', 'access.100.7', '100.64.0.10', none)));
    const both = await apply(sessionResources(dualStack(full, 'access.100.7', '100.64.0.10')));
    expect(both).toMatchObject({
      ...only4,
      'route/default/2001:db8:a000::/56': {
        paths: [{ via: 'fe80::5eff:fe00:1', interface: 'sub-interface/access.100.7' }],
      },
      'neighbour/access.100.7/fe80::5eff:fe00:1': { mac: '02:00:5e:00:00:01' },
      'urpf/access.100.7/ip6': { mode: 'strict' },
    });
    const only6 = await apply(sessionResources({ ...dualStack(), sourceGuard: true }));
    expect(Object.keys(both)).toEqual(expect.arrayContaining(Object.keys(only6)));
    expect(only6).not.toHaveProperty(['route/default/100.64.0.10/32']);
    expect(await apply(sessionResources(bundle('s1', 'access.100.7', '100.64.0.10', none)))).toEqual(only4);
    expect(await apply([])).toEqual(bare);
  }, 60_000);

  test('the VRF of the line is the VRF of its routes', async () => {
    const held = await apply(sessionResources(dualStack(full, 'access.200')));
    expect(held).toHaveProperty(['route/blue/2001:db8:a000::/56']);
    expect(await apply([])).toEqual(bare);
  }, 60_000);

  test('what moves to another next hop is moved in place', async () => {
    await apply(sessionResources(dualStack()));
    const moved = await apply(sessionResources(dualStack({ ...full, linkLocal: 'fe80::9' })));
    expect(moved).toMatchObject({ 'route/default/2001:db8:64::a/128': { paths: [{ via: 'fe80::9' }] } });
    expect(moved).not.toHaveProperty(['neighbour/access.100.7/fe80::5eff:fe00:1']);
    expect(await apply([])).toEqual(bare);
  }, 60_000);
});
