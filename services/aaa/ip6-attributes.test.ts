import { describe, expect, it } from '@jest/globals';
import { Ip6Grant } from '#gen/bng/v1/aaa.js';
import { SubscriberIp6 } from '#gen/bng/v1/subs.js';
import { AttributeList, encodeAttributes } from '#lib/radius/attribute-list.js';
import { type AttributeInput, attribute } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import { causewayAttributes } from '#lib/radius/vendors/causeway.js';
import { policyRows, readGrant } from './attribute-policy.js';
import { ip6Record } from './ip6-attributes.js';

const rows = policyRows(causewayAttributes());
const key = { secret: Buffer.from('s'), requestAuthenticator: Buffer.alloc(16) };
const read = (...inputs: AttributeInput[]) =>
  readGrant(
    AttributeList.of(
      encodeAttributes(inputs, key).map((one) => ({ ...one, offset: 0 })),
      key,
    ),
    rows,
  );

describe('an Access-Accept', () => {
  it('gives addresses, prefixes, pools, routes and name servers', () => {
    const grant = read(
      attribute(attributes.framedIpv6Prefix, '2001:db8:aa:7::/64'),
      attribute(attributes.framedIpv6Address, '2001:db8:64::a'),
      attribute(attributes.delegatedIpv6Prefix, '2001:db8:a000::/56'),
      attribute(attributes.framedIpv6Pool, 'slaac'),
      attribute(attributes.statefulIpv6AddressPool, 'na'),
      attribute(attributes.delegatedIpv6PrefixPool, 'pd'),
      attribute(attributes.framedIpv6Route, '2001:db8:b000::/48 :: 1'),
      attribute(attributes.framedIpv6Route, '2001:db8:c000::1/48'),
      attribute(attributes.dnsServerIpv6Address, '2001:db8::53'),
    );
    expect(grant).toMatchObject({
      ipv6: {
        framedPrefix: '2001:db8:aa:7::/64',
        framedAddress: '2001:db8:64::a',
        delegatedPrefix: '2001:db8:a000::/56',
        framedPool: 'slaac',
        addressPool: 'na',
        delegatedPool: 'pd',
        routes: ['2001:db8:b000::/48', '2001:db8:c000::/48'],
        dns: ['2001:db8::53'],
      },
    });
  });

  it('that says nothing of IPv6 gives none', () => {
    expect(read(attribute(attributes.framedPool, 'x'))).not.toHaveProperty('ipv6');
  });

  it.each<[string, AttributeInput, RegExp]>([
    ['a /56 to advertise', attribute(attributes.framedIpv6Prefix, '2001:db8::/56'), /64 to 64 bits/],
    ['a link-local address', attribute(attributes.framedIpv6Address, 'fe80::1'), /no address for a subscriber/],
    ['a multicast address', attribute(attributes.framedIpv6Address, 'ff02::1'), /no address for a subscriber/],
    ['no address', attribute(attributes.framedIpv6Address, '::'), /no address for a subscriber/],
    ['a delegated /128', attribute(attributes.delegatedIpv6Prefix, '2001:db8::1/128'), /16 to 64 bits/],
    ['a route to everywhere', attribute(attributes.framedIpv6Route, '::/0'), /1 to 128 bits/],
    ['a route of IPv4', attribute(attributes.framedIpv6Route, '192.0.2.0/24'), /not an IPv6 route/],
    ['a route elsewhere', attribute(attributes.framedIpv6Route, '2001:db8::/48 2001:db8::1 1'), /:: is expected/],
  ])('with %s cannot be obeyed', (_, input, message) => {
    expect(read(input)).toEqual({
      attribute: input.row.name,
      reason: 'malformed',
      message: expect.stringMatching(message),
    });
  });
});

describe('accounting', () => {
  const named = (inputs: AttributeInput[]) => inputs.map(({ row, value }) => [row.name, value]);

  it('says what the session has', () => {
    const ipv6 = SubscriberIp6.fromPartial({
      linkLocal: 'fe80::5eff:fe00:1',
      address: '2001:db8:64::a',
      delegatedPrefix: '2001:db8:a000::/56',
      framedPrefix: '2001:db8:aa:7::/64',
    });
    expect(named(ip6Record(ipv6))).toEqual([
      ['Framed-IPv6-Prefix', '2001:db8:aa:7::/64'],
      ['Framed-IPv6-Address', '2001:db8:64::a'],
      ['Delegated-IPv6-Prefix', '2001:db8:a000::/56'],
      ['Framed-Interface-Id', '00005efffe000001'],
    ]);
  });

  it('leaves out what it has not', () => {
    expect(ip6Record(undefined)).toEqual([]);
    expect(named(ip6Record(SubscriberIp6.fromPartial({ address: '2001:db8::1' })))).toEqual([
      ['Framed-IPv6-Address', '2001:db8::1'],
    ]);
    expect(Ip6Grant.create()).toMatchObject({ routes: [], dns: [] });
  });
});
