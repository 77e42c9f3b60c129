import { expect, test } from '@jest/globals';
import { HOSTILE_MS, hostileInputs, mutations } from './mutate.testkit.js';
import { decodeUdp6, encodeUdp6, type Udp6Packet } from './udp6.js';

const packet: Udp6Packet = {
  sourceIp: 'fe80::1',
  destinationIp: 'ff02::1:2',
  sourcePort: 546,
  destinationPort: 547,
  hopLimit: 1,
  payload: Uint8Array.of(1, 2, 3),
};

/** Checked by hand: sum of the pseudo-header and the datagram. */
const BYTES =
  '60000000000b1101' + 'fe800000000000000000000000000001' + 'ff020000000000000000000000010002' + '02220223000b';

test('both ways', () => {
  const bytes = encodeUdp6(packet);
  expect(Buffer.from(bytes).toString('hex')).toMatch(new RegExp(`^${BYTES}`));
  expect(decodeUdp6(bytes)).toEqual({ ok: true, value: packet });
  expect(decodeUdp6(Buffer.concat([bytes, Buffer.alloc(6)]))).toEqual({ ok: true, value: packet });
});

test.each<[string, (bytes: Uint8Array) => Uint8Array, RegExp]>([
  ['cut off', (bytes) => bytes.subarray(0, 47), /47 bytes/],
  ['another version', (bytes) => bytes.with(0, 0x45), /no IPv6/],
  ['another protocol', (bytes) => bytes.with(6, 58), /next header 58/],
  ['a length beyond the packet', (bytes) => bytes.with(5, 200), /length 200/],
  ['another UDP length', (bytes) => bytes.with(45, 9), /UDP length/],
  ['a damaged byte', (bytes) => bytes.with(48, 9), /checksum/],
])('%s is refused', (_name, damage, error) => {
  expect(decodeUdp6(damage(encodeUdp6(packet)))).toEqual({ ok: false, error: expect.stringMatching(error) });
});

test(
  'random and mutated packets do not throw',
  () => {
    let refused = 0;
    for (const bytes of mutations(encodeUdp6(packet), hostileInputs(100_000))) refused += Number(!decodeUdp6(bytes).ok);
    expect(refused).toBeGreaterThan(50_000);
  },
  HOSTILE_MS,
);
