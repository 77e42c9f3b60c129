import { describe, expect, it } from '@jest/globals';
import radius from 'radius';
import { HOSTILE_MS, hostileInputs, mutations } from '../net/mutate.testkit.js';
import { attribute, attributeRow } from './attribute-row.js';
import { attributes } from './attributes.js';
import { Code, type RequestCode } from './codes.js';
import { decodeReply, decodeRequest, encodeReply, encodeRequest } from './message.js';
import { decodePacket } from './packet.js';
import { integer64 } from './value-codec.js';
import { causewayAttributes } from './vendors/causeway.js';

const secret = Buffer.from('xyzzy5461');
const required = { requireMessageAuthenticator: true };
const optional = { requireMessageAuthenticator: false };
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** RFC 2865 section 7.1. */
const rfcRequest = hex(`01 00 00 38 0f 40 3f 94 73 97 80 57 bd 83 d5 cb
  98 f4 22 7a 01 06 6e 65 6d 6f 02 12 0d be 70 8d
  93 d4 13 ce 31 96 e4 3f 78 2a 0a ee 04 06 c0 a8
  01 10 05 06 00 00 00 03`);
const rfcAccept = hex(`02 00 00 26 86 fe 22 0e 76 24 ba 2a 10 05 f6 bf
  9b 55 e0 b2 06 06 00 00 00 01 0f 06 00 00 00 00
  0e 06 c0 a8 01 03`);

describe('RFC 2865 section 7.1', () => {
  it('is encoded byte for byte', () => {
    const { bytes } = encodeRequest({
      code: Code.accessRequest,
      identifier: 0,
      secret,
      authenticator: rfcRequest.subarray(4, 20),
      messageAuthenticator: false,
      attributes: [
        attribute(attributes.userName, 'nemo'),
        attribute(attributes.userPassword, 'arctangent'),
        attribute(attributes.nasIpAddress, '192.168.1.16'),
        attribute(attributes.nasPort, 3),
      ],
    });
    expect(bytes.toString('hex')).toBe(rfcRequest.toString('hex'));
  });

  it('is decoded, password revealed, and its reply verified', () => {
    const request = decodeRequest(rfcRequest, secret, optional);
    expect(request.ok && request.value.attributes.value(attributes.userPassword)).toBe('arctangent');
    const sent = { code: Code.accessRequest, identifier: 0, authenticator: rfcRequest.subarray(4, 20) };
    const reply = decodeReply(rfcAccept, sent, secret, optional);
    expect(reply.ok && reply.value.attributes.value(attributes.serviceType)).toBe(1);
    expect(decodeReply(rfcAccept, sent, secret, required)).toMatchObject({
      error: { reason: 'missing-message-authenticator' },
    });
    expect(decodeReply(rfcAccept, sent, Buffer.from('other'), optional)).toMatchObject({
      error: { reason: 'bad-authenticator' },
    });
    expect(decodeReply(rfcAccept, { ...sent, code: Code.accountingRequest }, secret, optional)).toMatchObject({
      error: { reason: 'unexpected-code' },
    });
  });
});

const wideCounter = attributeRow('Wide-Counter', 200, integer64, { vendor: 32473 });
const pairs: [RequestCode, number][] = [
  [Code.accessRequest, Code.accessAccept],
  [Code.accessRequest, Code.accessReject],
  [Code.accessRequest, Code.accessChallenge],
  [Code.accountingRequest, Code.accountingResponse],
  [Code.coaRequest, Code.coaAck],
  [Code.coaRequest, Code.coaNak],
  [Code.disconnectRequest, Code.disconnectAck],
  [Code.disconnectRequest, Code.disconnectNak],
];

describe.each(pairs)('request %i with reply %i', (code, replyCode) => {
  const inputs = [
    attribute(attributes.userName, 'access.100.7'),
    attribute(attributes.tunnelPassword, 'a longer secret than sixteen', 5),
    attribute(attributes.tunnelType, 3, 5),
    attribute(attributes.framedIpv6Prefix, '2001:db8::/64'),
    attribute(causewayAttributes().downloadKbps, 50_000),
    attribute(wideCounter, 2n ** 40n),
  ];
  const request = encodeRequest({ code, identifier: 9, secret, attributes: inputs });
  const incoming = decodeRequest(request.bytes, secret, required);

  it('puts Message-Authenticator first and reads back what was sent', () => {
    expect(request.bytes[20]).toBe(80);
    const list = incoming.ok ? incoming.value.attributes : undefined;
    expect(list?.value(attributes.userName)).toBe('access.100.7');
    expect(list?.value(attributes.tunnelPassword)).toBe('a longer secret than sixteen');
    expect(list?.value(attributes.tunnelType)).toBe(3);
    expect(list?.value(attributes.framedIpv6Prefix)).toBe('2001:db8::/64');
    expect(list?.value(causewayAttributes().downloadKbps)).toBe(50_000);
    expect(list?.value(wideCounter)).toBe(2n ** 40n);
    expect(request.bytes.includes('a longer')).toBe(false);
  });

  it('refuses every flipped bit of the request', () => {
    for (let bit = 0; bit < request.bytes.length * 8; bit++) {
      const forged = Buffer.from(request.bytes);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeRequest(forged, secret, required).ok).toBe(false);
    }
  });

  it('refuses every flipped bit of the reply', () => {
    const bytes = encodeReply({
      code: replyCode,
      request: incoming.ok ? incoming.value.packet : request,
      secret,
      attributes: [attribute(attributes.replyMessage, 'hello'), attribute(attributes.tunnelPassword, 'x')],
    });
    expect(bytes[20]).toBe(80);
    const reply = decodeReply(bytes, request, secret, required);
    expect(reply.ok && reply.value.attributes.value(attributes.tunnelPassword)).toBe('x');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Buffer.from(bytes);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeReply(forged, request, secret, required).ok).toBe(false);
    }
  });

  it('refuses a missing, a doubled and a short Message-Authenticator where it is required', () => {
    const bare = encodeRequest({ code, identifier: 1, secret, attributes: [], messageAuthenticator: false });
    expect(decodeRequest(bare.bytes, secret, required)).toMatchObject({
      error: { reason: 'missing-message-authenticator' },
    });
    expect(decodeRequest(bare.bytes, secret, optional).ok).toBe(true);
    const ma = attribute(attributes.messageAuthenticator, Buffer.alloc(16));
    const twice = encodeRequest({ code, identifier: 1, secret, attributes: [ma] });
    expect(decodeRequest(twice.bytes, secret, required)).toMatchObject({
      error: { reason: 'repeated-message-authenticator' },
    });
    const short = encodeRequest({
      code,
      identifier: 1,
      secret,
      attributes: [attribute(attributes.messageAuthenticator, Buffer.alloc(15))],
      messageAuthenticator: false,
    });
    expect(decodeRequest(short.bytes, secret, optional)).toMatchObject({
      error: { reason: 'bad-message-authenticator' },
    });
  });
});

it(
  'refuses 100,000 truncated, changed and random datagrams each way',
  () => {
    const request = encodeRequest({ code: Code.coaRequest, identifier: 9, secret, attributes: [] });
    const incoming = decodeRequest(request.bytes, secret, required);
    const packet = incoming.ok ? incoming.value.packet : { identifier: 0, authenticator: Buffer.alloc(16) };
    const reply = encodeReply({ code: Code.coaAck, request: packet, attributes: [], secret });
    const same = (bytes: Uint8Array, good: Buffer) => Buffer.from(bytes.subarray(0, good.length)).equals(good);
    let accepted = 0;
    for (const bytes of mutations(request.bytes, hostileInputs(100_000)))
      accepted += !same(bytes, request.bytes) && decodeRequest(Buffer.from(bytes), secret, required).ok ? 1 : 0;
    for (const bytes of mutations(reply, hostileInputs(100_000)))
      accepted += !same(bytes, reply) && decodeReply(Buffer.from(bytes), request, secret, required).ok ? 1 : 0;
    expect(accepted).toBe(0);
  },
  HOSTILE_MS,
);

describe('npm radius as a second opinion', () => {
  it('decodes our Access-Request with password, VSA and Message-Authenticator', () => {
    const { bytes } = encodeRequest({
      code: Code.accessRequest,
      identifier: 42,
      secret,
      attributes: [
        attribute(attributes.userName, 'nemo'),
        attribute(attributes.userPassword, 'a password of more than sixteen octets'),
        attribute(attributes.callingStationId, '02:00:00:00:00:01'),
      ],
    });
    const theirs = radius.decode({ packet: bytes, secret });
    expect(theirs).toMatchObject({
      code: 'Access-Request',
      identifier: 42,
      attributes: {
        'User-Name': 'nemo',
        'User-Password': 'a password of more than sixteen octets',
        'Calling-Station-Id': '02:00:00:00:00:01',
      },
    });
  });

  it('agrees on its own Access-Request, Accept and Accounting-Request', () => {
    const request = radius.encode({
      code: 'Access-Request',
      secret,
      identifier: 3,
      attributes: [
        ['User-Name', 'nemo'],
        ['User-Password', 'arctangent'],
      ],
      add_message_authenticator: true,
    });
    const ours = decodeRequest(request, secret, required);
    expect(ours.ok && ours.value.attributes.value(attributes.userPassword)).toBe('arctangent');
    const decoded = radius.decode({ packet: request, secret });
    const accept = radius.encode_response({
      packet: decoded,
      code: 'Access-Accept',
      secret,
      attributes: [['Class', Buffer.from('c')]],
    });
    const sent = { code: Code.accessRequest, identifier: 3, authenticator: request.subarray(4, 20) };
    const reply = decodeReply(accept, sent, secret, optional);
    expect(reply.ok && reply.value.attributes.value(attributes.class)).toEqual(Buffer.from('c'));
    const accounting = radius.encode({
      code: 'Accounting-Request',
      secret,
      identifier: 4,
      attributes: [['Acct-Status-Type', 'Start']],
    });
    expect(decodeRequest(accounting, secret, optional).ok).toBe(true);
  });

  it('verifies our replies with their verify_response', () => {
    const request = radius.encode({ code: 'Access-Request', secret, identifier: 5, attributes: [['User-Name', 'a']] });
    const packet = decodePacket(request);
    const response = encodeReply({
      code: Code.accessReject,
      request: packet.ok ? packet.value : { identifier: 0, authenticator: Buffer.alloc(16) },
      secret,
      attributes: [],
      messageAuthenticator: false,
    });
    expect(radius.verify_response({ request, response, secret })).toBe(true);
  });
});
