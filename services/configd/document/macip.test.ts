import { describe, expect, it } from '@jest/globals';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

/** At line 5 the interface under test, at line 6 the lists. */
const text = (
  entry: string,
  lists = 'home: { rules: [{ mac: 02:00:5e:00:00:07, source: 100.64.0.7 }] }',
) => `interfaces:
  access:
    hostInterface: { device: eth1 }
    subInterfaces:
      - { ${entry} }
macipAcls: { ${lists} }
`;

const said = (document: string): string[] => {
  const loaded = loadDocument(document);
  return (loaded.ok ? loaded.warnings : loaded.errors).map(problemText);
};

describe('lists of senders that are refused', () => {
  const many = Array.from({ length: 2000 }, (_, i) => `{ source: 10.0.${i >> 8}.${i & 255} }`).join(', ');
  it.each([
    [
      'a list that is not there',
      text('vlan: 7, macip: hom'),
      '5:27: interfaces.access.subInterfaces[0].macip: there is no list "hom"; write it under macipAcls; did you mean "home"?',
    ],
    [
      'on QinQ, where VPP drops everything',
      text('outerVlan: 7, innerVlan: 1-9, macip: home'),
      '5:48: interfaces.access.subInterfaces[0].macip: VPP matches two tags only with 0x88a8 as the outer one, so that nobody could send on "access.7.1"; use urpf there, or outerTag: dot1ad on a memif or bond',
    ],
    [
      'on layer 2',
      `${text('vlan: 7, bridge: { domain: b }, macip: home')}bridgeDomains: { b: {} }`,
      '5:50: interfaces.access.subInterfaces[0].macip: "access.7" is an interface of layer 2; lists of senders are for routed ones',
    ],
    [
      'on a loopback',
      `${text('vlan: 7').replace('interfaces:', 'interfaces:\n  gw: { loopback: {}, macip: home }')}`,
      '2:30: interfaces.gw.macip: "gw" is a loopback: nobody sends on it',
    ],
    [
      'more rules than VPP bears, with the one for DHCP',
      text('vlan: 7', `home: { rules: [${many}] }`),
      '6:22: macipAcls.home.rules: these rules are 2001 of VPP (any source counts for both families, permitDhcp for one more); at most 2000: VPP dies of 3500',
    ],
    [
      'more rules than can be written',
      text('vlan: 7', `home: { rules: [${many}, { source: 10.9.9.9 }] }`),
      '6:29: macipAcls.home.rules: a list has at most 2000 rules: VPP dies of 3500',
    ],
    [
      'the same sender twice',
      text('vlan: 7', 'home: { rules: [{ source: 10.0.0.1 }, { source: 10.0.0.1/32 }] }'),
      '6:52: macipAcls.home.rules[1]: rules[0] is about any from 10.0.0.1/32 already',
    ],
    [
      'host bits',
      text('vlan: 7', 'home: { rules: [{ source: 10.0.0.1/8 }] }'),
      '6:40: macipAcls.home.rules[0].source: 10.0.0.1/8 has host bits set; write 10.0.0.0/8',
    ],
    [
      'a multicast MAC',
      text('vlan: 7', 'home: { rules: [{ mac: 01:00:5e:00:00:07 }] }'),
      `6:37: macipAcls.home.rules[0].mac: 01:00:5e:00:00:07 is a multicast MAC; the first byte of a port's address is even`,
    ],
    [
      'a denial, which VPP might ask after what it excepts',
      text('vlan: 7', 'home: { rules: [{ action: deny }] }'),
      '6:32: macipAcls.home.rules[0].action: unknown key "action"; known here: mac, source',
    ],
  ])('%s', (_name, document, message) => {
    expect(said(document)).toEqual([message]);
  });
});

describe('a list of senders', () => {
  const resources = (document: string) => {
    const loaded = loadDocument(document);
    if (!loaded.ok) throw new Error(loaded.errors.map(problemText).join('\n'));
    return new Map(compileDocument(loaded.model, { name: 'test' }).map(({ key, spec }) => [key, spec]));
  };
  const rule = (is_permit: number, src_mac: string, src_mac_mask: string, src_prefix: string) => ({
    ...{ is_permit, src_mac, src_mac_mask, src_prefix },
  });
  const [none, all] = ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'];

  it('lets DHCP through before all rules, and stands on its interfaces', () => {
    const made = resources(text('vlan: 7-8, macip: home'));
    expect(made.get('macip-acl/home')).toEqual({
      name: 'home',
      rules: [rule(1, none, none, '0.0.0.0/32'), rule(1, '02:00:5e:00:00:07', all, '100.64.0.7/32')],
    });
    expect(made.get('macip-interface/access.8')).toEqual({
      interface: 'sub-interface/access.8',
      list: 'macip-acl/home',
    });
  });

  it('without DHCP, for any source of both families', () => {
    const list = 'home: { permitDhcp: false, rules: [{ mac: 02-00-5E-00-00-07 }] }';
    expect(resources(text('vlan: 7', list)).get('macip-acl/home')).toMatchObject({
      rules: [rule(1, '02:00:5e:00:00:07', all, '0.0.0.0/0'), rule(1, '02:00:5e:00:00:07', all, '::/0')],
    });
  });
});
