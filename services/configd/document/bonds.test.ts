import { describe, expect, it } from '@jest/globals';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

/** Ports a, b, s (with a sub-interface), m (memif), gw (loopback) and, at line 7, a bond. */
const text = (bond: string, more = '') => `interfaces:
  a: { hostInterface: { device: eth1 } }
  b: { hostInterface: { device: eth2 } }
  s: { hostInterface: { device: eth3 }, subInterfaces: [{ vlan: 5 }] }
  m: { memif: {} }
  gw: { loopback: {}, addresses: [10.1.0.1/24] }
  up: ${bond}
${more}`;

const said = (document: string): string[] => {
  const loaded = loadDocument(document);
  return (loaded.ok ? loaded.warnings : loaded.errors).map(problemText);
};

describe('bonds that are refused', () => {
  it.each([
    [
      'a mode nobody knows',
      '{ bond: { mode: 802.3ad } }',
      '7:23: interfaces.up.bond.mode: one of lacp, xor, active-backup, round-robin, broadcast is expected',
    ],
    [
      'no mode',
      '{ bond: { members: [a] } }',
      '7:15: interfaces.up.bond: "mode" is missing: one of lacp, xor, active-backup, round-robin, broadcast is expected',
    ],
    [
      'a balance where nothing is chosen',
      '{ bond: { mode: active-backup, members: [a], loadBalance: l34 } }',
      '7:65: interfaces.up.bond.loadBalance: active-backup does not choose by flow; loadBalance is for lacp and xor',
    ],
    [
      'LACP options without LACP',
      '{ bond: { mode: xor, members: [a], lacpRate: slow } }',
      '7:52: interfaces.up.bond.lacpRate: xor speaks no LACP; remove lacpRate, or write "mode: lacp"',
    ],
    [
      'more wanted than there are',
      '{ bond: { mode: lacp, members: [a, b], minMembers: 3 } }',
      '7:58: interfaces.up.bond.minMembers: minMembers is 3, but the bond has only 2',
    ],
    [
      'a member that is not there',
      '{ bond: { mode: lacp, members: [aa] } }',
      '7:39: interfaces.up.bond.members[0]: there is no interface "aa"; did you mean "a"?',
    ],
    [
      'a member twice',
      '{ bond: { mode: lacp, members: [a, a] } }',
      '7:42: interfaces.up.bond.members[1]: "a" stands twice in this list',
    ],
    [
      'a loopback',
      '{ bond: { mode: lacp, members: [gw] } }',
      '7:39: interfaces.up.bond.members[0]: "gw" is a loopback; only a hostInterface, a vppInterface or a memif can be a member',
    ],
    [
      'itself',
      '{ bond: { mode: lacp, members: [up] } }',
      '7:39: interfaces.up.bond.members[0]: "up" is a bond; only a hostInterface, a vppInterface or a memif can be a member',
    ],
    [
      'a sub-interface',
      '{ bond: { mode: lacp, members: [s.5] } }',
      '7:39: interfaces.up.bond.members[0]: "s.5" is not a name: a letter, then letters, digits, "-" or "_", at most 32 in all; sub-interfaces stand under subInterfaces of their port',
    ],
    [
      'a member with sub-interfaces',
      '{ bond: { mode: lacp, members: [s] } }',
      '7:39: interfaces.up.bond.members[0]: "s" has sub-interfaces, which VPP would leave without traffic; put them on "up"',
    ],
    [
      'a bond that is a memif too',
      '{ bond: { mode: lacp, members: [a] }, memif: { id: 1 } }',
      '7:3: interfaces.up: memif and bond cannot be one port; keep one of them',
    ],
  ])('%s', (_name, bond, message) => {
    expect(said(text(bond))).toEqual([message]);
  });

  it.each([
    [
      'in two bonds',
      '  up2: { bond: { mode: lacp, members: [a] } }',
      '8:40: interfaces.up2.bond.members[0]: "a" is a member of "up" already',
    ],
    [
      'as way out of a route',
      'routes: [{ prefix: 10.0.0.0/8, via: [{ address: 10.1.1.1, interface: a }] }]',
      '8:70: routes[0].via[0].interface: "a" is a member of the bond "up"; write "up"',
    ],
    [
      'with an address',
      '  c: { hostInterface: { device: eth9 }, addresses: [10.2.0.1/24], mac: 02:00:00:00:00:01 }\n  up2: { bond: { mode: lacp, members: [c] } }',
      '8:41: interfaces.c.addresses: a member only takes part in its bond; write addresses on "up2"\n8:67: interfaces.c.mac: a member only takes part in its bond; write mac on "up2"',
    ],
  ])('a member %s', (_name, more, message) => {
    expect(said(text('{ bond: { mode: lacp, members: [a] } }', more))).toEqual(message.split('\n'));
  });

  it('warns of a bond without members', () => {
    expect(said(text('{ bond: { mode: lacp } }'))).toEqual([
      '7:15: interfaces.up.bond.members: a bond without members carries nothing',
    ]);
  });
});

describe('what a bond becomes', () => {
  const compiled = (document: string) => {
    const loaded = loadDocument(document);
    expect(loaded).toMatchObject({ ok: true, warnings: [] });
    const resources = loaded.ok ? compileDocument(loaded.model, { name: 'bng1' }) : [];
    return Object.fromEntries(resources.map(({ key, spec }) => [key, spec as Record<string, unknown>]));
  };

  it('LACP with lines on it; members take its MAC and MTU', () => {
    const all = compiled(
      text(
        '{ bond: { mode: lacp, members: [a, m], lacpRate: slow }, mtu: 1600, mac: 02:00:00:00:00:01, subInterfaces: [{ vlan: 7, unnumbered: gw }] }',
      ),
    );
    const id = all['bond/up']?.id;
    expect(id).toEqual(expect.any(Number));
    expect(all).toMatchObject({
      'bond/up': {
        name: 'up',
        id,
        mode: 'lacp',
        loadBalance: 'l34',
        mac: '02:00:00:00:00:01',
        minMembers: 1,
        mtu: 1600,
        enabled: true,
      },
      'bond-member/a': { interface: 'host-interface/a', bond: 'bond/up', passive: false, longTimeout: true, weight: 0 },
      'bond-member/m': { interface: 'memif/m', bond: 'bond/up', passive: false, longTimeout: true, weight: 0 },
      'host-interface/a': { mac: '02:00:00:00:00:01', mtu: 1600 },
      'memif/m': { mac: '02:00:00:00:00:01', mtu: 1600 },
      'sub-interface/up.7': { parent: 'bond/up', outerVlan: 7 },
      'unnumbered/up.7': { interface: 'sub-interface/up.7', donor: 'loopback/gw' },
    });
    expect(all['host-interface/b']?.mac).not.toBe('02:00:00:00:00:01');
  });

  it('active-backup prefers the first', () => {
    const all = compiled(text('{ bond: { mode: active-backup, members: [b, a] } }'));
    expect([all['bond-member/b']?.weight, all['bond-member/a']?.weight]).toEqual([1000, 999]);
    expect(all['bond/up']).not.toHaveProperty('loadBalance');
  });
});
