import { describe, expect, test } from '@jest/globals';
import { compileDocument } from './compile.js';
import { loadDocument } from './load-document.js';
import { problemText } from './problem.js';

const base = (line: string) => `interfaces:
  core: { hostInterface: { device: eth1 }, addresses: [10.255.0.1/30, "2001:db8:255::1/64"] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
  access:
    hostInterface: { device: eth0 }
    subInterfaces:
      - { outerVlan: 100, innerVlan: 1-2, unnumbered: gw${line} }
vrfs: { blue: { table: 10 } }
`;
const relay = 'dhcpRelay: [{ server: 10.255.0.2, source: 10.255.0.1 }]\n';
const groups = (servers: string) => `dhcpServerGroups: { east: { servers: [${servers}] } }\n`;

function compiled(text: string) {
  const loaded = loadDocument(text);
  expect(loaded).toMatchObject({ ok: true });
  const all = loaded.ok ? compileDocument(loaded.model, { name: 'bng1' }) : [];
  return Object.fromEntries(all.map(({ key, spec }) => [key, spec]));
}

describe('DHCP', () => {
  test('the servers of a group stand on each line that chose it', () => {
    const found = compiled(base(', dhcpServerGroup: east') + relay + groups('10.9.0.2, 10.9.0.3'));
    for (const name of ['access.100.1', 'access.100.2'])
      expect(found[`dhcp-servers/${name}`]).toEqual({
        ...{ interface: `sub-interface/${name}`, group: 'east', servers: ['10.9.0.2', '10.9.0.3'] },
      });
    expect(Object.keys(found).filter((key) => key.startsWith('dhcp-servers/'))).toHaveLength(2);
  });

  test.each([
    ['{ name: blue }', { name: 'blue' }],
    ['{ vpnId: A0B0C:4d }', { vpnId: '0a0b0c:0000004d' }],
    ['global', { global: true }],
  ])('a virtual subnet: %s', (text, vss) => {
    const found = compiled(`${base('')}dhcpRelay: [{ server: 10.255.0.2, source: 10.255.0.1, vss: ${text} }]\n`);
    expect(found['dhcp-relay/default/ip4']).toMatchObject({ sourceAddress: '10.255.0.1', vss });
  });

  const relayWith = (vss: string) =>
    `${base('')}dhcpRelay: [{ server: 10.255.0.2, source: 10.255.0.1, vss: ${vss} }]\n`;
  test.each([
    [
      'no such group',
      base(', dhcpServerGroup: eats') + relay + groups('10.9.0.2'),
      '7:76: interfaces.access.subInterfaces[0].dhcpServerGroup: there is no group of DHCP servers "eats"; write it under dhcpServerGroups; did you mean "east"?',
    ],
    [
      'a VRF that nothing relays',
      base(', dhcpServerGroup: east') + groups('10.9.0.2'),
      '7:76: interfaces.access.subInterfaces[0].dhcpServerGroup: nothing relays DHCP of VRF default, so these servers are never asked; write an entry for it under dhcpRelay',
    ],
    [
      'a group of a loopback',
      base('').replace('loopback: {}', 'loopback: {}, dhcpServerGroup: east') + relay + groups('10.9.0.2'),
      '3:23: interfaces.gw.dhcpServerGroup: no clients come in by a loopback; write it on their lines',
    ],
    [
      'a server twice',
      base('') + relay + groups('10.9.0.2, 10.9.0.3, 10.9.0.2'),
      '10:59: dhcpServerGroups.east.servers[2]: 10.9.0.2 stands twice in this list',
    ],
    [
      'this node as server',
      base('') + relay + groups('100.64.0.1'),
      '10:39: dhcpServerGroups.east.servers[0]: 100.64.0.1 is an address of this node; the server is another host',
    ],
    ['no servers', base('') + groups(''), '9:38: dhcpServerGroups.east.servers: at least one server is expected'],
    [
      'a VPN-ID in decimal words',
      relayWith('{ vpnId: blue }'),
      '9:69: dhcpRelay[0].vss.vpnId: "blue" is no VPN-ID: OUI and index in hexadecimal (a0b0c:4d)',
    ],
    [
      'two kinds of virtual subnet',
      relayWith('{ name: a, vpnId: "1:1" }'),
      '9:60: dhcpRelay[0].vss: exactly one of name, vpnId and global is expected',
    ],
    [
      'a name with a space',
      relayWith('{ name: a b }'),
      '9:68: dhcpRelay[0].vss.name: a VPN has a name of 1 to 64 characters of ASCII without spaces',
    ],
    [
      'a subnet in words',
      relayWith('blue'),
      '9:60: dhcpRelay[0].vss: a mapping is expected (global or { name: blue }), not "blue"',
    ],
  ])('%s is refused', (_name, text, message) => {
    const loaded = loadDocument(text);
    expect(loaded.ok ? [] : loaded.errors.map(problemText)).toEqual([message]);
  });

  test('a group of both families where only one is relayed is told, and applies', () => {
    const loaded = loadDocument(base(', dhcpServerGroup: east') + relay + groups('10.9.0.2, "2001:db8:9::2"'));
    expect(loaded).toMatchObject({ ok: true });
    expect(loaded.warnings.map(problemText)).toEqual([
      '7:76: interfaces.access.subInterfaces[0].dhcpServerGroup: nothing relays DHCPv6 of VRF default, so these servers are never asked; write an entry for it under dhcpRelay',
    ]);
  });
});
