import { describe, expect, test } from '@jest/globals';
import { MESSAGE_TYPE, OPTION } from './options.js';
import { decodeDhcp, encodeDhcp, messageType, option, withValue } from './packet.js';
import { encodeRelayAgent, vppRelayAgent } from './relay-agent.js';
import { buildAck, buildInformAck, buildNak, buildOffer } from './reply.js';
import { buildClientMessage, type ClientMessage } from './request.js';

const agents = [
  { code: 82, data: Uint8Array.of(1, 1, 9) },
  { code: 82, data: encodeRelayAgent(vppRelayAgent(5, '100.64.0.1')) },
];
const configuration = [
  withValue(OPTION.subnetMask, '255.255.0.0'),
  withValue(OPTION.routers, ['100.64.0.1']),
  withValue(OPTION.domainNameServers, ['192.0.2.53']),
  withValue(OPTION.ntpServers, ['192.0.2.123']),
];
const grant = { yiaddr: '100.64.0.9', serverId: '100.64.0.1', leaseS: 3600, options: configuration };
const request = (message: Partial<ClientMessage>) => ({
  ...buildClientMessage({ type: 'request', mac: '02:00:00:00:00:01', xid: 0xabcd, extra: agents, ...message }),
  giaddr: '100.64.0.1',
});
const codes = (packet: { options: { code: number }[] }) => packet.options.map(({ code }) => code);

describe('OFFER and ACK', () => {
  test('an offer carries times, what was asked for, and option 82 as received at its end', () => {
    const offer = buildOffer(request({ type: 'discover', asks: [6] }), grant);
    expect(codes(offer)).toEqual([53, 54, 51, 58, 59, 1, 3, 6, 82, 82]);
    expect(offer.options.slice(-2)).toEqual(agents);
    expect(offer).toMatchObject({ op: 2, xid: 0xabcd, yiaddr: '100.64.0.9', ciaddr: '0.0.0.0', giaddr: '100.64.0.1' });
    expect(option(offer, OPTION.renewalTimeS)).toBe(1800);
    expect(option(offer, OPTION.rebindingTimeS)).toBe(3150);
  });

  test('without option 55 everything goes out', () => {
    expect(codes(buildOffer(request({ type: 'discover' }), grant))).toEqual([53, 54, 51, 58, 59, 1, 3, 6, 42, 82, 82]);
  });

  test('an ACK keeps ciaddr and the client identifier', () => {
    const ack = buildAck(request({ ciaddr: '100.64.0.9', clientId: Uint8Array.of(1, 2, 3) }), grant);
    expect(ack.ciaddr).toBe('100.64.0.9');
    expect(option(ack, OPTION.clientIdentifier)).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('survives the wire', () => {
    const ack = buildAck(request({}), grant);
    expect(decodeDhcp(encodeDhcp(ack))).toMatchObject({ ok: true, value: { yiaddr: '100.64.0.9' } });
  });
});

describe('NAK', () => {
  test('is broadcast through a relay, has no address and no times', () => {
    const nak = buildNak(request({ requestedIp: '10.9.9.9' }), '100.64.0.1', 'wrong network');
    expect(nak).toMatchObject({ flags: 0x8000, yiaddr: '0.0.0.0', ciaddr: '0.0.0.0' });
    expect(codes(nak)).toEqual([53, 54, 56, 82, 82]);
    expect(messageType(nak)).toBe(MESSAGE_TYPE.nak);
  });

  test('without a relay the flags are the request’s', () => {
    expect(buildNak({ ...request({}), giaddr: '0.0.0.0' }, '100.64.0.1').flags).toBe(0);
  });
});

test('the answer to INFORM has neither address nor times', () => {
  const ack = buildInformAck(request({ type: 'inform', ciaddr: '100.64.0.9', asks: [6] }), '100.64.0.1', configuration);
  expect(ack).toMatchObject({ yiaddr: '0.0.0.0', ciaddr: '100.64.0.9' });
  expect(codes(ack)).toEqual([53, 54, 6, 82, 82]);
});
