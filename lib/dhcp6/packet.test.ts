import { describe, expect, test } from '@jest/globals';
import type { OptionRow } from '../dhcp/options.js';
import { mutations } from '../net/mutate.testkit.js';
import { associations } from './association.js';
import { KEA_ADVERTISE, KEA_NOT_ON_LINK, KEA_RAPID_REPLY, RELAYED_RENEW, RELAYED_SOLICIT } from './captured.testkit.js';
import { buildClient6 } from './message.js';
import { MESSAGE6, message6Name, OPTION6, option6Name, RELAY_MESSAGE } from './options.js';
import { type Dhcp6Packet, decodeDhcp6, encodeDhcp6, has6, option6, type Relay6, withValue6 } from './packet.js';

const rows: readonly OptionRow<unknown>[] = Object.values(OPTION6).map((row) => row as OptionRow<unknown>);
const duid = Uint8Array.from(Buffer.from('0003000102005e100001', 'hex'));
const solicit = buildClient6({ type: 'solicit', transactionId: 0x112233, clientId: duid });

function packetOf(wire: Uint8Array): Dhcp6Packet {
  const result = decodeDhcp6(wire);
  expect(result).toMatchObject({ ok: true });
  return (result as { value: Dhcp6Packet }).value;
}

function relay(hopCount: number, options: Relay6['options'] = []): Relay6 {
  return { type: MESSAGE6.relayForward, hopCount, linkAddress: '2001:db8::1', peerAddress: 'fe80::1', options };
}

describe('captured packets', () => {
  test('a SOLICIT relayed by VPP', () => {
    const { relays, message } = packetOf(RELAYED_SOLICIT);
    expect(relays).toMatchObject([
      { type: 12, hopCount: 0, linkAddress: '2001:db8:64::1', peerAddress: 'fe80::5eff:fe10:1' },
    ]);
    const [outer = relay(0)] = relays;
    expect(option6(outer, OPTION6.interfaceId)).toEqual(Uint8Array.of(0, 0, 0, 7));
    expect(option6(outer, OPTION6.linkLayerAddress)).toEqual({
      hardwareType: 1,
      address: Uint8Array.from(Buffer.from('02005e100001', 'hex')),
    });
    expect(message6Name(message.type)).toBe('solicit');
    expect(message.transactionId).toBe(0x112233);
    expect(option6(message, OPTION6.clientId)).toEqual(duid);
    expect(option6(message, OPTION6.requested)).toEqual([23, 24]);
    expect(has6(message, OPTION6.rapidCommit.code)).toBe(false);
  });

  test("Kea's configuration options", () => {
    const { message } = packetOf(KEA_ADVERTISE);
    expect(option6(message, OPTION6.dnsServers)).toEqual(['2001:db8::53', '2001:db8::54']);
    expect(option6(message, OPTION6.domainList)).toEqual(['example.net', 'isp.example']);
    expect(option6(packetOf(KEA_RAPID_REPLY).message, OPTION6.rapidCommit)).toBe(true);
    expect(option6(packetOf(KEA_NOT_ON_LINK).message, OPTION6.status)).toEqual({
      code: 4,
      message: 'Address 2001:db8:99::100 is not on link.',
    });
  });

  test.each([KEA_ADVERTISE, KEA_RAPID_REPLY, KEA_NOT_ON_LINK])('encode to the same bytes (%#)', (wire) => {
    expect(Buffer.from(encodeDhcp6(packetOf(wire))).toString('hex')).toBe(Buffer.from(wire).toString('hex'));
  });
});

describe('relays', () => {
  test('up to the hop limit, outermost first; the relay-message comes last', () => {
    const relays = Array.from({ length: 8 }, (_, at) =>
      relay(7 - at, [withValue6(OPTION6.interfaceId, Uint8Array.of(at))]),
    );
    const wire = encodeDhcp6({ relays, message: solicit });
    expect(packetOf(wire)).toEqual({ relays, message: solicit });
    expect(wire.subarray(34, 39)).toEqual(Uint8Array.of(0, 18, 0, 1, 0));
    const tooDeep = encodeDhcp6({ relays: [relay(8), ...relays], message: solicit });
    expect(decodeDhcp6(tooDeep)).toEqual({ ok: false, error: 'more than 8 relays at byte 339' });
  });

  test.each<[string, Dhcp6Packet, string]>([
    [
      'another direction inside',
      { relays: [relay(1), { ...relay(0), type: MESSAGE6.relayReply }], message: solicit },
      'relay of the other direction at byte 38',
    ],
    [
      'two messages',
      { relays: [relay(0, [{ code: RELAY_MESSAGE, data: Uint8Array.of(1, 0, 0, 0) }])], message: solicit },
      '2 relay-message options in the relay at byte 0, one is expected',
    ],
  ])('%s', (_name, packet, error) => expect(decodeDhcp6(encodeDhcp6(packet))).toEqual({ ok: false, error }));
});

test.each([
  ['', 'no message at byte 0'],
  ['01', 'message header at byte 0 is cut off'],
  ['00112233', 'message type 0 at byte 0'],
  ['0e112233', 'message type 14 at byte 0'],
  ['01112233 0001', 'option header at byte 4 is cut off'],
  ['01112233 0001 0002 00', 'client-id at byte 4 is cut off'],
  ['01112233 9999 0001', 'option 39321 at byte 4 is cut off'],
  [`0c00${'00'.repeat(31)}`, 'relay header at byte 0 is cut off'],
  [`0c00${'00'.repeat(32)}`, '0 relay-message options in the relay at byte 0, one is expected'],
  [`0c00${'00'.repeat(32)} 0009 0000`, 'no message at byte 38'],
  [`0c00${'00'.repeat(32)} 0009 0004 02`, 'relay-message at byte 34 is cut off'],
])('refused with its place: %s', (hex, error) => {
  const wire = Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
  expect(decodeDhcp6(wire)).toEqual({ ok: false, error });
});

test('an option too long for the wire cannot be encoded', () => {
  const options = [{ code: 1, data: new Uint8Array(65_536) }];
  expect(() => encodeDhcp6({ relays: [], message: { ...solicit, options } })).toThrow(RangeError);
});

test('every row has one code and one name', () => {
  expect(new Set(rows.map(({ code }) => code)).size).toBe(rows.length);
  expect(rows.map(({ code }) => option6Name(code))).toEqual(rows.map(({ name }) => name));
  expect(option6Name(3)).toBe('ia-na');
});

test.each([RELAYED_SOLICIT, RELAYED_RENEW, KEA_ADVERTISE, KEA_NOT_ON_LINK])(
  '250,000 random, cut and mutated packets: none throws, and what decodes encodes to what decodes alike (%#)',
  (sample) => {
    let read = 0;
    for (const input of mutations(sample, 250_000, sample.length)) {
      const result = decodeDhcp6(input);
      if (!result.ok) continue;
      const { relays, message } = result.value;
      for (const row of rows) option6(message, row);
      for (const one of relays) option6(one, OPTION6.virtualSubnet);
      associations(message);
      if (read++ % 512 === 0) expect(decodeDhcp6(encodeDhcp6(result.value))).toEqual(result);
    }
    expect(read).toBeGreaterThan(10_000);
  },
  120_000,
);
