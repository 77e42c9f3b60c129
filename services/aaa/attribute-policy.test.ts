import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { AttributeList, encodeAttributes } from '#lib/radius/attribute-list.js';
import { type AttributeInput, attribute, attributeRow } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import { octets } from '#lib/radius/value-codec.js';
import { causewayAttributes } from '#lib/radius/vendors/causeway.js';
import { cisco } from '#lib/radius/vendors/cisco.js';
import { erx } from '#lib/radius/vendors/erx.js';
import { huawei } from '#lib/radius/vendors/huawei.js';
import { mikrotik } from '#lib/radius/vendors/mikrotik.js';
import { nokia } from '#lib/radius/vendors/nokia.js';
import { wispr } from '#lib/radius/vendors/wispr.js';
import { policyRows, readGrant, withoutRow } from './attribute-policy.js';

const causeway = causewayAttributes();
const rows = policyRows(causeway);
const key = { secret: Buffer.from('s'), requestAuthenticator: Buffer.alloc(16) };
const packet = (...inputs: AttributeInput[]) =>
  AttributeList.of(
    encodeAttributes(inputs, key).map((a) => ({ ...a, offset: 0 })),
    key,
  );
const given = (policy: object) => Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));

describe('readGrant', () => {
  it.each<[string, AttributeInput[], object]>([
    [
      'our kbit/s',
      [attribute(causeway.downloadKbps, 50_000), attribute(causeway.uploadKbps, 10_000)],
      { downloadBps: 50_000_000n, uploadBps: 10_000_000n },
    ],
    [
      'the highest rate that VPP polices',
      [attribute(causeway.downloadKbps, 400_000_000)],
      { downloadBps: 400_000_000_000n },
    ],
    [
      'our bursts in bytes',
      [attribute(causeway.downloadBurstBytes, 1_250_000), attribute(causeway.uploadBurstBytes, 1522)],
      { downloadBurstBytes: 1_250_000n, uploadBurstBytes: 1522n },
    ],
    [
      'WISPr bit/s',
      [attribute(wispr.bandwidthMaxDownBps, 30_000_000), attribute(wispr.bandwidthMaxUpBps, 5_000_000)],
      { downloadBps: 30_000_000n, uploadBps: 5_000_000n },
    ],
    [
      'MikroTik, upload first',
      [attribute(mikrotik.rateLimit, '4M/20M')],
      { uploadBps: 4_000_000n, downloadBps: 20_000_000n },
    ],
    [
      'ours over WISPr over MikroTik, whatever the order',
      [
        attribute(causeway.uploadKbps, 3),
        attribute(wispr.bandwidthMaxDownBps, 2),
        attribute(mikrotik.rateLimit, '1/1'),
      ],
      { uploadBps: 3000n, downloadBps: 2n },
    ],
    [
      'timers in seconds',
      [
        attribute(attributes.sessionTimeout, 86_400),
        attribute(attributes.idleTimeout, 600),
        attribute(attributes.acctInterimInterval, 60),
      ],
      { sessionTimeoutS: 86_400, idleTimeoutS: 600, interimIntervalS: 60 },
    ],
    [
      'timers of 0, which take a limit away; an interval of 0 says nothing',
      [
        attribute(attributes.sessionTimeout, 0),
        attribute(attributes.idleTimeout, 0),
        attribute(attributes.acctInterimInterval, 0),
      ],
      { sessionTimeoutS: 0, idleTimeoutS: 0 },
    ],
    [
      'our DSCP, 0 as any other',
      [attribute(causeway.uploadDscp, 0), attribute(causeway.downloadDscp, 46)],
      { uploadDscp: 0, downloadDscp: 46 },
    ],
    [
      'Filter-Id by direction',
      [attribute(attributes.filterId, 'walled.in'), attribute(attributes.filterId, 'cap.out')],
      { aclIn: 'walled', aclOut: 'cap' },
    ],
    ['Filter-Id without direction', [attribute(attributes.filterId, 'walled')], { aclIn: 'walled' }],
    [
      'our ACLs and profile',
      [attribute(causeway.aclIn, 'a'), attribute(causeway.aclOut, 'b'), attribute(causeway.profile, 'gold')],
      { aclIn: 'a', aclOut: 'b', profile: 'gold' },
    ],
  ])('reads %s', (_, inputs, policy) => {
    const grant = readGrant(packet(...inputs), rows);
    expect('policy' in grant && given(grant.policy)).toEqual(policy);
  });

  it('reads what only an Access-Accept gives', () => {
    const list = packet(
      attribute(attributes.framedIpAddress, '100.64.0.9'),
      attribute(attributes.framedIpNetmask, '255.255.255.240'),
      attribute(attributes.framedPool, 'residential'),
      attribute(attributes.class, Buffer.from('one')),
      attribute(attributes.class, Buffer.from('two')),
      attribute(attributes.userName, 'renamed'),
      attribute(attributes.replyMessage, 'hello'),
    );
    expect(readGrant(list, rows)).toMatchObject({
      framedIpv4: '100.64.0.9',
      framedNetmask: '255.255.255.240',
      framedPool: 'residential',
      class: [Buffer.from('one'), Buffer.from('two')],
      userName: 'renamed',
      replyMessage: 'hello',
    });
  });

  it.each(['255.255.255.255', '255.255.255.254'])('takes Framed-IP-Address %s as no address', (address) => {
    expect(readGrant(packet(attribute(attributes.framedIpAddress, address)), rows)).not.toHaveProperty('framedIpv4');
  });

  it.each([
    ['198.51.100.0/28 0.0.0.0 1', '198.51.100.0/28'],
    ['198.51.100.0/28', '198.51.100.0/28'],
    ['203.0.113.0 0.0.0.0 1 2 -1 3 400', '203.0.113.0/24'],
    ['172.16.0.0', '172.16.0.0/16'],
    ['10.0.0.0', '10.0.0.0/8'],
    ['192.0.2.9/32 100.64.0.9 1', '192.0.2.9/32'],
  ])('reads the Framed-Route "%s"', (text, prefix) => {
    const list = packet(attribute(attributes.framedRoute, text), attribute(attributes.framedIpAddress, '100.64.0.9'));
    expect(readGrant(list, rows)).toMatchObject({ routes: [prefix] });
  });

  const short = (row: { name: string; vendor: number; type: number }) =>
    attribute(attributeRow(row.name, row.type, octets, { vendor: row.vendor }), Buffer.from([1]));
  it.each<[string, string, AttributeInput]>([
    ['Causeway-Download-Kbps', 'rate-zero', attribute(causeway.downloadKbps, 0)],
    ['Causeway-Upload-Kbps', 'rate-above-limit', attribute(causeway.uploadKbps, 400_000_001)],
    ['Causeway-Upload-Burst-Bytes', 'burst-below-frame', attribute(causeway.uploadBurstBytes, 1521)],
    ['WISPr-Bandwidth-Max-Up', 'rate-zero', attribute(wispr.bandwidthMaxUpBps, 0)],
    ['Huawei-Output-Average-Rate', 'rate-zero', attribute(huawei.outputAverageRateBps, 0)],
    ['Mikrotik-Rate-Limit', 'malformed', attribute(mikrotik.rateLimit, 'fast')],
    ['Mikrotik-Rate-Limit', 'rate-above-limit', attribute(mikrotik.rateLimit, '401G/1M')],
    ['Mikrotik-Rate-Limit', 'burst-above-limit', attribute(mikrotik.rateLimit, '1G/1G 400G/400G 1G/1G 99/99')],
    ['Cisco-AVPair', 'malformed', attribute(cisco.avPair, 'addr-pool=x')],
    ['Cisco-AVPair', 'empty', attribute(cisco.avPair, 'ip:inacl=')],
    ['Cisco-Service-Info', 'malformed', attribute(cisco.serviceInfo, 'QU;fast;D;faster')],
    ['Cisco-Service-Info', 'rate-zero', attribute(cisco.serviceInfo, 'QU;0;D;1000')],
    ['Cisco-Service-Info', 'burst-below-frame', attribute(cisco.serviceInfo, 'QU;1000;1000;D;1000;1000')],
    ['ERX-CoS-Shaping-Pmt-Type', 'malformed', attribute(erx.cosParameter, 'T02 fast')],
    ['ERX-CoS-Shaping-Pmt-Type', 'rate-above-limit', attribute(erx.cosParameter, 'T02 401g')],
    ['ERX-Qos-Profile-Name', 'empty', attribute(erx.qosProfileName, '')],
    ['Alc-Subscriber-QoS-Override', 'malformed', attribute(nokia.qosOverride, 'i:q:1:pir=fast')],
    ['Alc-Subscriber-QoS-Override', 'rate-zero', attribute(nokia.qosOverride, 'e:r:rate=0')],
    ['Framed-IP-Address', 'reserved-address', attribute(attributes.framedIpAddress, '0.0.0.0')],
    ['Framed-IP-Netmask', 'malformed', attribute(attributes.framedIpNetmask, '255.255.0.255')],
    ['Framed-IP-Netmask', 'malformed', attribute(attributes.framedIpNetmask, '0.0.0.0')],
    ['Causeway-ACL-In', 'empty', attribute(causeway.aclIn, '')],
    ['Causeway-Upload-DSCP', 'out-of-range', attribute(causeway.uploadDscp, 64)],
    ['Framed-Route', 'malformed', attribute(attributes.framedRoute, 'default')],
    ['Framed-Route', 'malformed', attribute(attributes.framedRoute, '0.0.0.0/0')],
    ['Framed-Route', 'malformed', attribute(attributes.framedRoute, '198.51.100.7/28')],
    ['Framed-Route', 'malformed', attribute(attributes.framedRoute, '198.51.100.0/28 192.0.2.1')],
    ['Framed-Route', 'reserved-address', attribute(attributes.framedRoute, '224.0.0.0/8')],
    ['Framed-Route', 'reserved-address', attribute(attributes.framedRoute, '127.0.0.0/8')],
    ['Filter-Id', 'empty', attribute(attributes.filterId, '.out')],
    ['Session-Timeout', 'wrong-length', short(attributes.sessionTimeout)],
    ['Framed-IP-Address', 'wrong-length', short(attributes.framedIpAddress)],
    ['WISPr-Bandwidth-Max-Down', 'wrong-length', short(wispr.bandwidthMaxDownBps)],
    ['Huawei-Input-Average-Rate', 'wrong-length', short(huawei.inputAverageRateBps)],
    ['Causeway-Upload-Kbps', 'wrong-length', short(causeway.uploadKbps)],
  ])('refuses a %s that cannot be: %s', (name, reason, input) => {
    const list = packet(attribute(attributes.idleTimeout, 5), input);
    expect(readGrant(list, rows)).toMatchObject({ attribute: name, reason });
  });

  it('refuses one Cisco profile up and another down', () => {
    const up = attribute(cisco.avPair, 'ip:sub-qos-policy-in=gold');
    const list = packet(up, attribute(cisco.avPair, 'ip:sub-qos-policy-out=silver'));
    expect(readGrant(list, rows)).toMatchObject({ attribute: 'Cisco-AVPair', reason: 'contradiction' });
  });

  it.each<[string, AttributeInput[], object]>([
    [
      'ours',
      [
        attribute(causeway.serviceActivate, 'turbo'),
        attribute(causeway.serviceActivate, 'voice'),
        attribute(causeway.serviceDeactivate, 'walled'),
      ],
      { activate: ['turbo', 'voice'], deactivate: ['walled'] },
    ],
    [
      'Juniper, tagged and not',
      [
        attribute(erx.serviceActivate, 'turbo', 1),
        attribute(erx.serviceActivate, 'turbo'),
        attribute(erx.serviceDeactivate, 'walled'),
      ],
      { activate: ['turbo'], deactivate: ['walled'] },
    ],
    ['Cisco account info', [attribute(cisco.accountInfo, 'Aturbo')], { activate: ['turbo'], deactivate: [] }],
    [
      'Cisco, on without a command',
      [attribute(cisco.avPair, 'subscriber:service-name=turbo')],
      { activate: ['turbo'], deactivate: [] },
    ],
    [
      'Cisco, off by a command that comes later',
      [
        attribute(cisco.avPair, 'subscriber:service-name=turbo'),
        attribute(cisco.avPair, 'subscriber:command=deactivate-service'),
      ],
      { activate: [], deactivate: ['turbo'] },
    ],
  ])('reads services: %s', (_, inputs, expected) => {
    expect(readGrant(packet(...inputs), rows)).toMatchObject({ services: expected, withoutCounterpart: [] });
  });

  it('refuses a service that is to be on and off, and a name that is none', () => {
    const on = attribute(causeway.serviceActivate, 'turbo');
    const both = packet(on, attribute(erx.serviceDeactivate, 'turbo'));
    expect(readGrant(both, rows)).toMatchObject({ attribute: 'services', reason: 'contradiction' });
    for (const name of ['', 'a b', '.x', 'x'.repeat(33)])
      expect(readGrant(packet(attribute(causeway.serviceActivate, name)), rows)).toMatchObject({ reason: 'malformed' });
  });

  it('has no counterpart for parameters of a service, nor for other commands', () => {
    const list = packet(
      attribute(erx.serviceActivate, 'turbo(10m)', 1),
      attribute(cisco.avPair, 'subscriber:command=account-logoff'),
    );
    expect(readGrant(list, rows)).toMatchObject({
      withoutCounterpart: ['Cisco-AVPair subscriber:command=account-logoff', 'ERX-Service-Activate turbo(10m)'],
    });
  });

  it('names what is right and has no counterpart, and obeys the rest', () => {
    const list = packet(
      attribute(cisco.avPair, 'shell:priv-lvl=15'),
      attribute(cisco.serviceInfo, 'R10.0.0.0;255.0.0.0'),
      attribute(erx.cosParameter, 'T01 map'),
      attribute(nokia.qosOverride, 'e:q:2:pir=1000'),
      attribute(nokia.qosOverride, 'i:s:video:rate=1000'),
      attribute(nokia.qosOverride, 'e:p:1:pir=max,cir=-1'),
      attribute(causeway.uploadKbps, 8),
    );
    const grant = readGrant(list, rows);
    expect('policy' in grant && given(grant.policy)).toEqual({ uploadBps: 8000n });
    expect(grant).toMatchObject({
      withoutCounterpart: [
        'Cisco-Service-Info R1',
        'Cisco-AVPair shell:priv-lvl',
        'ERX-CoS-Shaping-Pmt-Type T01',
        'Alc-Subscriber-QoS-Override q:2',
        'Alc-Subscriber-QoS-Override i:s',
      ],
    });
  });

  it('tells which attributes have no effect', () => {
    const list = packet(attribute(attributes.framedMtu, 1500), attribute(attributes.framedPool, 'p'));
    expect(withoutRow(list, rows)).toEqual([{ vendor: 0, type: 12, value: expect.anything() }]);
  });
});

describe('docs/radius.md', () => {
  it('lists every attribute with its unit and whether a CoA-Request may carry it', () => {
    const page = readFileSync(new URL('../../docs/radius.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^\| ([A-Za-z][\w-]*-[\w-]+|Class) \| (yes)? ?\| ([a-z/]+) \|/gm)];
    expect(listed.map(([, name, coa, unit]) => ({ name, coa: coa === 'yes', unit }))).toEqual(
      rows.map(({ row, coa, unit }) => ({ name: row.name, coa, unit })),
    );
  });
});
