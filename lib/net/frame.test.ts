import { describe, expect, test } from '@jest/globals';
import { ip4Number, ip4Text, macBytes } from './address.js';
import { decodeEthernet, decodeUdp, ETHERTYPE, encodeEthernet, encodeUdp, internetChecksum } from './frame.js';
import { HOSTILE_MS, hostileInputs, mutations } from './mutate.testkit.js';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
const udp = {
  sourceIp: '0.0.0.0',
  destinationIp: '255.255.255.255',
  sourcePort: 68,
  destinationPort: 67,
  payload: bytes('0102030405'),
};

describe('addresses', () => {
  test.each(['0.0.0.0', '10.0.0.1', '255.255.255.255', '128.0.0.1'])('%s both ways', (text) => {
    expect(ip4Text(ip4Number(text) ?? -1)).toBe(text);
  });
  test.each(['', '1.2.3', '256.1.1.1', '1.2.3.4.5', 'a.b.c.d', '1.2.3.-4'])('refuses %p', (text) => {
    expect(ip4Number(text)).toBeUndefined();
  });
  test('a MAC in either notation, nothing else', () => {
    expect(macBytes('02-00-5E-10-00-ff')).toEqual(bytes('02005e1000ff'));
    expect(() => macBytes('02:00:5e:10:00')).toThrow(RangeError);
    expect(() => macBytes('02:00-5e:10:00:01')).toThrow(RangeError);
  });
});

describe('checksum', () => {
  test('RFC 1071 example', () => {
    expect(internetChecksum(bytes('0001f203f4f5f6f7'))).toBe(0x220d);
  });
  test('a known IPv4 header', () => {
    expect(internetChecksum(bytes('4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7'))).toBe(0xb861);
    expect(internetChecksum(bytes('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7'))).toBe(0);
  });
});

describe('Ethernet', () => {
  test.each([
    ['untagged', [], ''],
    ['802.1Q', [{ vid: 200 }], '8100 00c8'],
    ['QinQ with priority', [{ vid: 300, pcp: 5, tpid: 0x88a8 }, { vid: 10 }], '88a8 a12c 8100 000a'],
  ])('%s', (_name, tags, wire) => {
    const frame = {
      destinationMac: 'ff:ff:ff:ff:ff:ff',
      sourceMac: '02:00:00:00:00:01',
      tags,
      etherType: ETHERTYPE.ip4,
      payload: bytes('cafe'),
    };
    const encoded = encodeEthernet(frame);
    expect(encoded).toEqual(bytes(`ffffffffffff 020000000001 ${wire} 0800 cafe`));
    const full = tags.map((tag) => ({ tpid: 0x8100, pcp: 0, ...tag }));
    expect(decodeEthernet(encoded)).toEqual({ ok: true, value: { ...frame, tags: full } });
  });
});

describe('UDP', () => {
  test('golden bytes', () => {
    expect(encodeUdp(udp)).toEqual(
      bytes('4500 0021 0000 0000 4011 7acd 00000000 ffffffff 0044 0043 000d f647 0102030405'),
    );
  });
  test('both ways, with Ethernet padding behind', () => {
    const padded = Uint8Array.from([...encodeUdp(udp), 0, 0, 0]);
    expect(decodeUdp(padded)).toEqual({ ok: true, value: { ...udp, ttl: 64 } });
  });
  test.each([
    ['header checksum', 10, 'IPv4 header checksum'],
    ['UDP checksum', 30, 'UDP checksum'],
    ['version', 0, 'no IPv4 header'],
  ])('a flipped bit: %s', (_name, at, error) => {
    const packet = encodeUdp(udp);
    packet[at] = (packet[at] ?? 0) ^ 0x80;
    expect(decodeUdp(packet)).toEqual({ ok: false, error });
  });
  test('a UDP checksum of 0 is not checked', () => {
    const packet = encodeUdp(udp);
    packet.set([0, 0], 26);
    expect(decodeUdp(packet)).toMatchObject({ ok: true });
  });
});

test(
  'random, truncated and mutated frames never throw',
  () => {
    const tagged = encodeEthernet({
      destinationMac: 'ff:ff:ff:ff:ff:ff',
      sourceMac: '02:00:00:00:00:01',
      tags: [{ vid: 300 }, { vid: 10 }],
      etherType: ETHERTYPE.ip4,
      payload: encodeUdp(udp),
    });
    let refused = 0;
    for (const input of mutations(tagged, hostileInputs(100_000))) {
      refused += Number(!decodeEthernet(input).ok);
      refused += Number(!decodeUdp(input).ok);
      refused += Number(!decodeUdp(input.subarray(22)).ok);
    }
    expect(refused).toBeGreaterThan(100_000);
  },
  HOSTILE_MS,
);
