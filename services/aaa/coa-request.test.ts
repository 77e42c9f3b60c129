import { describe, expect, it } from '@jest/globals';
import { TerminateCause } from '#gen/bng/v1/subs.js';
import { HOSTILE_MS, hostileInputs, randomSource } from '#lib/net/mutate.testkit.js';
import { AttributeList, encodeAttributes } from '#lib/radius/attribute-list.js';
import { type AttributeInput, attribute, attributeRow } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import { integer, octets } from '#lib/radius/value-codec.js';
import { causewayAttributes } from '#lib/radius/vendors/causeway.js';
import { mikrotik } from '#lib/radius/vendors/mikrotik.js';
import { policyRows, readGrant } from './attribute-policy.js';
import { CoaReader, isNak, normalMac } from './coa-request.js';

const causeway = causewayAttributes();
const nas = { identifier: 'bng1', ipAddress: '192.0.2.1', portType: 15 };
const reader = new CoaReader({ nas }, causeway, policyRows(causeway));
const key = { secret: Buffer.from('s'), requestAuthenticator: Buffer.alloc(16) };
const packet = (inputs: AttributeInput[]) =>
  AttributeList.of(
    encodeAttributes(inputs, key).map((a) => ({ ...a, offset: 0 })),
    key,
  );
const session = attribute(attributes.acctSessionId, 's1');
const rate = attribute(causeway.downloadKbps, 1000);
const empty = { sessionId: '', userName: '', ipv4: '', mac: '', line: '' };

describe('CoaReader', () => {
  it('reads a switch of services alone', () => {
    const off = attribute(causeway.serviceDeactivate, 'walled');
    expect(reader.change(packet([session, off]))).toMatchObject({ activate: [], deactivate: ['walled'] });
  });

  it('reads every key and the change, past what is only envelope', () => {
    const change = reader.change(
      packet([
        attribute(attributes.messageAuthenticator, Buffer.alloc(16)),
        session,
        attribute(attributes.userName, 'access.100.7'),
        attribute(attributes.framedIpAddress, '100.64.0.7'),
        attribute(attributes.callingStationId, '02-00-00-00-00-07'),
        attribute(attributes.nasPortId, 'access.100.7'),
        attribute(attributes.nasIdentifier, 'bng1'),
        attribute(attributes.nasIpAddress, '192.0.2.1'),
        attribute(attributes.eventTimestamp, 1),
        attribute(attributes.proxyState, Buffer.from('p')),
        rate,
        attribute(attributes.filterId, 'walled'),
      ]),
    );
    expect(change).toMatchObject({
      selector: {
        sessionId: 's1',
        userName: 'access.100.7',
        ipv4: '100.64.0.7',
        mac: '02:00:00:00:00:07',
        line: 'access.100.7',
      },
      policy: { downloadBps: 1_000_000n, aclIn: 'walled' },
    });
  });

  it('takes several IPv6 keys of one session, and the line from Acct-Multi-Session-Id', () => {
    const keys = [
      attribute(attributes.framedIpv6Prefix, '2001:db8:1::/64'),
      attribute(attributes.delegatedIpv6Prefix, '2001:db8:2::/56'),
      attribute(attributes.acctMultiSessionId, 'bng1/access.100.7'),
      attribute(attributes.nasPortId, 'access.100.7'),
    ];
    expect(reader.change(packet([...keys, rate]))).toMatchObject({
      selector: { ipv6: '2001:db8:1::/64', alsoIpv6: ['2001:db8:2::/56'], line: 'access.100.7' },
    });
  });

  const oddVendor = attributeRow('Odd', 1, integer, { vendor: 65000 });
  const shortTimeout = attributeRow('Session-Timeout', 27, octets);
  it.each<[string, AttributeInput[], number]>([
    ['no key', [rate], 402],
    ['nothing to change', [session], 404],
    ['an unknown vendor attribute beside a good one', [session, rate, attribute(oddVendor, 1)], 401],
    ['an attribute that only an Accept may carry', [session, rate, attribute(attributes.framedPool, 'p')], 401],
    ['Service-Type', [session, rate, attribute(attributes.serviceType, 17)], 405],
    ['another NAS-Identifier', [session, rate, attribute(attributes.nasIdentifier, 'bng2')], 403],
    ['another NAS-IP-Address', [session, rate, attribute(attributes.nasIpAddress, '192.0.2.2')], 403],
    [
      'a rate of 0 beside a good attribute',
      [session, attribute(attributes.idleTimeout, 60), attribute(causeway.uploadKbps, 0)],
      407,
    ],
    ['an attribute of the wrong length', [session, rate, attribute(shortTimeout, Buffer.from([1]))], 407],
    ['an empty key', [attribute(attributes.acctSessionId, ''), rate], 407],
    ['another NAS-Port-Type', [session, rate, attribute(attributes.nasPortType, 5)], 403],
    ['an Acct-Multi-Session-Id of another NAS', [attribute(attributes.acctMultiSessionId, 'bng2/x'), rate], 407],
    [
      'two lines',
      [attribute(attributes.nasPortId, 'a'), attribute(attributes.acctMultiSessionId, 'bng1/b'), rate],
      503,
    ],
    ['two sessions', [session, attribute(attributes.acctSessionId, 's2'), rate], 503],
    ['a MAC that is none', [attribute(attributes.callingStationId, 'phone'), rate], 407],
  ])('change with %s is NAKed', (_, inputs, errorCause) => {
    expect(reader.change(packet(inputs))).toMatchObject({ errorCause });
  });

  it.each<[string, AttributeInput[], object]>([
    ['by session', [session], { selector: { ...empty, sessionId: 's1' }, cause: TerminateCause.ADMIN_RESET }],
    ['with a cause', [session, attribute(attributes.acctTerminateCause, 10)], { cause: TerminateCause.NAS_REQUEST }],
    ['without a key', [], { errorCause: 402 }],
    ['with a cause out of range', [session, attribute(attributes.acctTerminateCause, 19)], { errorCause: 407 }],
    ['with a cause of 0', [session, attribute(attributes.acctTerminateCause, 0)], { errorCause: 407 }],
    ['with a change', [session, rate], { errorCause: 401 }],
  ])('disconnect %s', (_, inputs, expected) => {
    expect(reader.disconnect(packet(inputs))).toMatchObject(expected);
  });
});

describe('normalMac', () => {
  it.each([
    ['02:00:00:00:00:0A', '02:00:00:00:00:0a'],
    ['0200.0000.000a', '02:00:00:00:00:0a'],
    ['02000000000A', '02:00:00:00:00:0a'],
    ['02:00:00:00:00', undefined],
    ['tel:12345', undefined],
  ])('%s is %s', (text, mac) => expect(normalMac(text)).toBe(mac));
});

it(
  'judges 100,000 authentic packets of nonsense, and never throws',
  () => {
    const random = randomSource(9);
    const below = (limit: number) => Math.floor(random() * limit);
    const types = [...Object.values(attributes), ...Object.values(causeway), mikrotik.rateLimit].map(
      ({ vendor, type }) => ({
        vendor,
        type,
      }),
    );
    const octetsOf = (count: number) => Buffer.from(Array.from({ length: count }, () => below(256)));
    const raw = () => {
      const { vendor, type } = types[below(types.length)] ?? { vendor: 0, type: 0 };
      const value = octetsOf(below(12));
      const inner = Buffer.from([0, 0, vendor >> 8, vendor & 255, type, value.length + 2 - below(2)]);
      return vendor === 0 ? { type, value, offset: 0 } : { type: 26, value: Buffer.concat([inner, value]), offset: 0 };
    };
    let naks = 0;
    const count = hostileInputs(100_000);
    for (let n = 0; n < count; n++) {
      const list = AttributeList.of(Array.from({ length: below(5) }, raw), key);
      for (const judged of [reader.change(list), reader.disconnect(list)]) naks += isNak(judged) ? 1 : 0;
      readGrant(list, policyRows(causeway));
    }
    expect(naks).toBeGreaterThan(count);
    expect(naks).toBeLessThan(2 * count);
  },
  HOSTILE_MS,
);
