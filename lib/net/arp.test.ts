import { expect, test } from '@jest/globals';
import { decodeArp, encodeArp } from './arp.js';
import { hostileInputs, mutations } from './mutate.testkit.js';

/** Who has 100.64.0.1, tell 100.64.0.9. */
const REQUEST = Uint8Array.from(Buffer.from('00010800060400010200000000096440000900000000000064400001', 'hex'));
const packet = {
  operation: 'request',
  senderMac: '02:00:00:00:00:09',
  senderIp: '100.64.0.9',
  targetMac: '00:00:00:00:00:00',
  targetIp: '100.64.0.1',
} as const;

test('golden packet, both ways', () => {
  expect(decodeArp(REQUEST)).toEqual({ ok: true, value: packet });
  expect(encodeArp(packet)).toEqual(REQUEST);
  expect(decodeArp(Buffer.concat([REQUEST, new Uint8Array(18)]))).toEqual({ ok: true, value: packet });
});

test.each([
  ['short', REQUEST.subarray(0, 27), /27 bytes/],
  ['other hardware', Uint8Array.from([0, 6, ...REQUEST.subarray(2)]), /not for IPv4/],
  ['reverse ARP', Uint8Array.from([...REQUEST.subarray(0, 7), 3, ...REQUEST.subarray(8)]), /operation 3/],
])('%s is refused', (_, bytes, error) => {
  expect(decodeArp(bytes)).toEqual({ ok: false, error: expect.stringMatching(error) });
});

test('random and truncated input never throws', () => {
  let refused = 0;
  for (const bytes of mutations(REQUEST, hostileInputs(100_000))) refused += decodeArp(bytes).ok ? 0 : 1;
  expect(refused).toBeGreaterThan(1000);
});
