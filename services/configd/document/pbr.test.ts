import { describe, expect, it } from '@jest/globals';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

const document = (pbr: string) => `interfaces:
  access:
    hostInterface: { device: eth1 }
    subInterfaces:
      - { vlan: 10-12, unnumbered: gw }
      - { outerVlan: 100, innerVlan: 1-2, unnumbered: gw }
      - { vlan: 20, vrf: blue, addresses: [10.20.0.1/24] }
  core: { hostInterface: { device: eth2 }, addresses: [192.0.2.1/24, 2001:db8:1::1/64] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
vrfs: { blue: { table: 10 } }
pbr:
  ${pbr}
`;

const resources = (pbr: string) => {
  const loaded = loadDocument(document(pbr));
  expect(loaded).toMatchObject({ ok: true });
  return loaded.ok ? compileDocument(loaded.model, { name: 'bng1' }) : [];
};
const said = (pbr: string): string[] => {
  const loaded = loadDocument(document(pbr));
  return (loaded.ok ? loaded.warnings : loaded.errors).map(problemText);
};
const attachments = (pbr: string) =>
  Object.fromEntries(
    resources(pbr).flatMap(({ kind, key, spec }) =>
      kind === 'abf-attach'
        ? [[key.slice(11), (spec as { policies: string[] }).policies.map((one) => one.slice(11))]]
        : [],
    ),
  );

describe('policy based routing', () => {
  it('is an ACL, a policy and a place on each interface; what is for the box itself stays', () => {
    const made = resources(
      'up: { in: [access.10], rules: [{ name: web, proto: tcp, dstPorts: 443, via: [{ address: 192.0.2.9, interface: core, weight: 3 }, { address: 192.0.2.8 }] }] }',
    );
    const spec = (key: string) => made.find((one) => one.key.startsWith(key))?.spec;
    expect(spec('abf-policy/up.web.4')).toEqual({
      family: 'ip4',
      acl: expect.stringMatching(/^acl\/builtin\.pbr\.up\.web\.4\.[0-9a-f]{8}$/),
      drop: false,
      paths: [
        { via: '192.0.2.9', interface: 'host-interface/core', weight: 3, preference: 0 },
        { via: '192.0.2.8', weight: 1, preference: 0 },
      ],
    });
    expect(spec('acl/builtin.pbr.up.web.4')).toMatchObject({
      rules: [{ is_permit: 1, proto: 6, src_prefix: '0.0.0.0/0', dstport_or_icmpcode_first: 443 }],
    });
    expect(spec('acl/builtin.pbr.own.default.4')).toMatchObject({
      rules: ['255.255.255.255/32', '100.64.0.1/32', '192.0.2.1/32'].map((dst_prefix) => ({
        is_permit: 0,
        dst_prefix,
      })),
    });
    expect(spec('abf-attach/access.10/ip4')).toEqual({
      interface: 'sub-interface/access.10',
      family: 'ip4',
      policies: ['abf-policy/own.default.4', expect.stringMatching(/^abf-policy\/up\.web\.4\./)],
    });
  });

  it.each([
    ['access.10', ['access.10']],
    ['access.*', ['access.10', 'access.11', 'access.12', 'access.20', 'access.100.1', 'access.100.2']],
    ['access.100.*', ['access.100.1', 'access.100.2']],
    ['access.*.2', ['access.100.2']],
  ])('%s names its interfaces', (text, names) => {
    const list = `up: { in: ["${text}"], rules: [{ name: a, family: 4, drop: true }] }`;
    expect(Object.keys(attachments(list)).sort()).toEqual(names.map((name) => `${name}/ip4`).sort());
  });

  it('looks next hops without an interface up where the packets came in', () => {
    const made = resources(
      'up: { in: [access.20], rules: [{ name: a, via: [{ address: 10.20.0.9 }] }, { name: b, family: 6, vrf: default }] }',
    );
    const paths = made.flatMap(({ kind, spec }) => (kind === 'abf-policy' ? [(spec as { paths: unknown }).paths] : []));
    expect(paths).toEqual([
      [{ via: '10.20.0.9', lookupIn: 'vrf/blue', weight: 1, preference: 0 }],
      [{ lookupIn: 'default', weight: 1, preference: 0 }],
      [],
      [],
    ]);
  });

  it('gives other exits another policy, and other packets the same', () => {
    const policyOf = (rule: string) =>
      attachments(`up: { in: [access.10], rules: [{ name: a, ${rule} }] }`)['access.10/ip4']?.[1];
    const first = policyOf('src: 10.0.0.0/8, via: [{ address: 192.0.2.9 }]');
    expect(policyOf('src: 11.0.0.0/8, via: [{ address: 192.0.2.9 }]')).toBe(first);
    expect(policyOf('src: 10.0.0.0/8, via: [{ address: 192.0.2.8 }]')).not.toBe(first);
  });

  describe('with watched next hops', () => {
    const hops =
      'nextHops: { a: { address: 192.0.2.9, interface: core }, b: { address: 192.0.2.8 }, c: { address: "2001:db8:1::9", interface: core } }';
    const rule = (via: string) => `up: { in: [access.20], rules: [{ name: web, proto: tcp, via: [${via}] }] }\n${hops}`;

    it('the policy leads to a table of the rule, whose default route has them', () => {
      const made = resources(
        rule('{ nextHop: a, weight: 3, minWeight: 1 }, { nextHop: b }, { address: 10.20.0.9, preference: 1 }'),
      );
      const vrf = made.find(({ key }) => key === 'vrf/builtin.pbr.up.web.4')?.spec;
      expect(vrf).toEqual({ name: 'builtin.pbr.up.web.4', tableId: expect.any(Number) });
      expect(made.find(({ key }) => key === 'route/builtin.pbr.up.web.4/0.0.0.0/0')?.spec).toMatchObject({
        paths: [
          { via: '192.0.2.9', interface: 'host-interface/core', nextHop: 'a', weight: 3, minWeight: 1, preference: 0 },
          { via: '192.0.2.8', lookupIn: 'default', nextHop: 'b', weight: 1, preference: 0 },
          { via: '10.20.0.9', lookupIn: 'vrf/blue', weight: 1, preference: 1 },
        ],
      });
      expect(made.find(({ key }) => key.startsWith('abf-policy/up.web.4'))?.spec).toMatchObject({
        paths: [{ lookupIn: 'vrf/builtin.pbr.up.web.4' }],
      });
    });

    it('other next hops change that route alone', () => {
      const keys = (via: string) => resources(rule(via)).map(({ key }) => key);
      expect(keys('{ nextHop: a }')).toEqual(keys('{ nextHop: b, weight: 7 }, { nextHop: a }'));
    });

    it.each([
      ['one that is not there', '{ nextHop: d }', 'via[0].nextHop: there is no next hop "d"; write it under nextHops'],
      [
        'an address beside it',
        '{ nextHop: a, address: 192.0.2.9 }',
        'via[0].address: nextHops says where "a" is; write it there',
      ],
      ['another family', '{ nextHop: a }, { nextHop: c }', 'via[1].address: is IPv6, but another next hop is IPv4'],
      [
        'more at least than at most',
        '{ nextHop: a, minWeight: 2 }',
        'via[0].minWeight: minWeight 2 is more than the weight, 1',
      ],
      [
        'a least weight of one that is not watched',
        '{ address: 192.0.2.9, minWeight: 1 }',
        'via[0].minWeight: only the weight of a watched next hop is moved; write "nextHop"',
      ],
    ])('refuses %s', (_, via, message) => {
      expect(said(rule(via))).toEqual([expect.stringContaining(`pbr.up.rules[0].${message}`)]);
    });
  });

  it.each([
    ['an interface that is not there', '{ in: [lan], rules: [] }', '12:14: pbr.up.in[0]: there is no interface "lan"'],
    [
      'no sub-interface',
      '{ in: ["core.*"], rules: [] }',
      '12:14: pbr.up.in[0]: "core" has no sub-interface that "core.*" names',
    ],
    [
      'an interface twice',
      '{ in: [access.10, "access.*"], rules: [] }',
      '12:25: pbr.up.in[1]: "access.10" stands in this list already',
    ],
    ['no interface', '{ in: [], rules: [] }', '12:13: pbr.up.in: no interface: nothing comes in here'],
    [
      'a rule without an action',
      '{ in: [core], rules: [{ name: a }] }',
      '12:37: pbr.up.rules[0].name: where to? write one of via, vrf, drop and normal',
    ],
    [
      'a port without a protocol',
      '{ in: [core], rules: [{ name: a, drop: true, dstPorts: 80 }] }',
      '12:62: pbr.up.rules[0].dstPorts: goes with proto tcp and udp only',
    ],
    [
      'DSCP',
      '{ in: [core], rules: [{ name: a, drop: true, dscp: ef }] }',
      '12:58: pbr.up.rules[0].dscp: VPP cannot choose a route by DSCP: its ACLs do not see it',
    ],
    [
      'a VRF that is not there',
      '{ in: [core], rules: [{ name: a, vrf: blu }] }',
      '12:45: pbr.up.rules[0].vrf: there is no VRF "blu"; write it under vrfs; did you mean "blue"?',
    ],
    [
      'a next hop of its own',
      '{ in: [core], rules: [{ name: a, via: [{ address: 192.0.2.1 }] }] }',
      '12:57: pbr.up.rules[0].via[0].address: 192.0.2.1 is an address of this box, no next hop',
    ],
    [
      'a next hop in several VRFs',
      '{ in: [core, access.20], rules: [{ name: a, via: [{ address: 192.0.2.9 }] }] }',
      '12:57: pbr.up.rules[0].via[0]: the interfaces of "in" are in several VRFs (default, blue); write an interface too',
    ],
    [
      'an unknown word',
      '{ in: [core], rules: [{ name: a, drop: true, port: 80 }] }',
      '12:52: pbr.up.rules[0].port: unknown key "port"',
    ],
  ])('refuses %s', (_, list, message) => {
    expect(said(`up: ${list}`)).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
  });

  it('refuses an interface in two lists', () => {
    expect(said('{ up: { in: [core], rules: [] }, down: { in: [core], rules: [] } }')).toEqual([
      '12:49: pbr.down.in[0]: "core" has the list "up" already; an interface has one',
    ]);
  });
});
