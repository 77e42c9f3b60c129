import { expect, test } from '@jest/globals';
import { readPing } from './cli-prober.js';

const statistics = (received: number) => `\n\nStatistics: 1 sent, ${received} received, 0% packet loss\n`;

test.each([
  [
    'an answer',
    `116 bytes from 192.0.2.2: icmp_seq=1 ttl=64 time=.0837 ms\n${statistics(1)}`,
    false,
    { kind: 'answered', rttMs: 0.0837 },
  ],
  [
    'a late answer is one',
    `116 bytes from fe80::1: icmp_seq=1 ttl=64 time=12.5 ms\n${statistics(1)}`,
    true,
    { kind: 'answered', rttMs: 12.5 },
  ],
  ['none', statistics(0), false, { kind: 'lost' }],
  ['none, told late', statistics(0), true, { kind: 'unavailable', reason: 'VPP was too busy to tell' }],
  [
    'no way there',
    'Failed: no egress interface\n\n\nStatistics: 0 sent, 0 received, 0% packet loss\n',
    false,
    { kind: 'lost' },
  ],
  [
    'no address to send from',
    'Failed: no source address for egress interface\n\n\nStatistics: 0 sent, 0 received, 0% packet loss\n',
    false,
    { kind: 'unavailable', reason: 'VPP cannot send the probe: no source address for egress interface' },
  ],
  [
    'no ping plugin',
    "unknown input `ping 192.0.2.2 source'\n",
    false,
    { kind: 'unavailable', reason: "VPP does not take the probe: unknown input `ping 192.0.2.2 source'" },
  ],
  ['nothing at all', '', false, { kind: 'unavailable', reason: 'VPP does not take the probe: no answer' }],
])('%s', (_name, text, isLate, result) => {
  expect(readPing(text, isLate)).toEqual(result);
});
