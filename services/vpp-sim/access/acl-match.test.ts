import { describe, expect, test } from '@jest/globals';
import { encodeUdp } from '#lib/net/frame.js';
import { mutations } from '#lib/net/mutate.testkit.js';
import type { AclRule, MacipRule } from '../tables/acls.js';
import { firstMatch, sender } from './acl-match.js';
import { answersTo, type Flow, flowOf } from './flow.js';
import { readIp4 } from './ip4.js';

const rule = (change: Partial<AclRule> = {}): AclRule => ({
  is_permit: 1,
  src_prefix: '0.0.0.0/0',
  dst_prefix: '0.0.0.0/0',
  proto: 0,
  srcport_or_icmptype_first: 0,
  srcport_or_icmptype_last: 65535,
  dstport_or_icmpcode_first: 0,
  dstport_or_icmpcode_last: 65535,
  tcp_flags_mask: 0,
  tcp_flags_value: 0,
  ...change,
});
const flow = (change: Partial<Flow> = {}): Flow => ({
  sourceIp: '192.0.2.1',
  destinationIp: '198.51.100.1',
  protocol: 17,
  first: 1024,
  second: 53,
  tcpFlags: undefined,
  ports: 'whole',
  ...change,
});
const port53 = { proto: 17, dstport_or_icmpcode_first: 53, dstport_or_icmpcode_last: 53 };

test.each<[string, Partial<AclRule>, Partial<Flow>, boolean]>([
  ['anything', {}, {}, true],
  ['its source', { src_prefix: '192.0.2.0/24' }, {}, true],
  ['another source', { src_prefix: '192.0.3.0/24' }, {}, false],
  ['another destination', { dst_prefix: '198.51.100.2/32' }, {}, false],
  ['rules of IPv6', { src_prefix: '::/0', dst_prefix: '::/0' }, {}, false],
  ['another protocol', { proto: 6 }, {}, false],
  ['its port', port53, {}, true],
  ['the edges of a range', { proto: 17, srcport_or_icmptype_first: 1024, srcport_or_icmptype_last: 1024 }, {}, true],
  ['beyond a range', { proto: 17, srcport_or_icmptype_first: 1025 }, {}, false],
  ['ports without a protocol', { dstport_or_icmpcode_last: 1 }, {}, true],
  ['a packet cut before its ports', port53, { ports: 'cut' }, false],
  ['a later fragment', { ...port53, dstport_or_icmpcode_first: 9 }, { ports: 'later', second: 0 }, true],
  ['TCP flags', { proto: 6, tcp_flags_mask: 0x12, tcp_flags_value: 0x10 }, { protocol: 6, tcpFlags: 0x18 }, true],
  [
    'other TCP flags',
    { proto: 6, tcp_flags_mask: 0x12, tcp_flags_value: 0x10 },
    { protocol: 6, tcpFlags: 0x12 },
    false,
  ],
])('%s', (_, change, packet, matches) => {
  expect(firstMatch([rule(change)], flow(packet))).toBe(matches ? 0 : -1);
});

test('the first of several decides', () => {
  expect(firstMatch([rule({ proto: 6 }), rule({ is_permit: 0 }), rule({ is_permit: 2 })], flow())).toBe(1);
});

describe('answers', () => {
  test.each<[string, Partial<Flow>, Partial<Flow> | undefined]>([
    ['UDP', {}, { first: 53, second: 1024 }],
    ['GRE', { protocol: 47, first: 0, second: 0 }, { first: 0, second: 0 }],
    ['echo', { protocol: 1, first: 8, second: 0 }, { first: 0, second: 0 }],
    ['timestamp', { protocol: 1, first: 13, second: 0 }, { first: 14, second: 0 }],
    ['unreachable', { protocol: 1, first: 3, second: 1 }, undefined],
  ])('%s', (_, asked, answer) => {
    const back = { ...flow(asked), sourceIp: '198.51.100.1', destinationIp: '192.0.2.1', ...answer };
    expect(answersTo(flow(asked))).toEqual(answer && back);
  });
});

describe('MACIP', () => {
  const mac = (change: Partial<MacipRule> = {}): MacipRule => ({
    is_permit: 1,
    src_mac: '02:00:00:00:00:01',
    src_mac_mask: 'ff:ff:ff:ff:ff:ff',
    src_prefix: '192.0.2.1/32',
    ...change,
  });
  test.each<[string, Partial<MacipRule>, string, string]>([
    ['the owner', {}, '02:00:00:00:00:01', 'permit'],
    ['another MAC', {}, '02:00:00:00:00:02', 'miss'],
    ['any MAC', { src_mac_mask: '00:00:00:00:00:00' }, '02:00:00:00:00:02', 'permit'],
    ['a vendor', { src_mac_mask: 'ff:ff:ff:00:00:00' }, '02:00:00:99:99:99', 'permit'],
    ['a denied one', { is_permit: 0 }, '02:00:00:00:00:01', 'deny'],
    ['another address', { src_prefix: '192.0.2.2/32' }, '02:00:00:00:00:01', 'miss'],
    ['IPv6', { src_prefix: '::/0' }, '02:00:00:00:00:01', 'miss'],
  ])('%s', (_, change, from, verdict) => {
    expect(sender([mac(change)], from, '192.0.2.1')).toBe(verdict);
  });
});

test('a flow is read from whatever IPv4 packet', () => {
  const udp = { sourceIp: '192.0.2.1', destinationIp: '198.51.100.1', sourcePort: 1024, destinationPort: 53 };
  const sample = encodeUdp({ ...udp, payload: new Uint8Array(8) });
  const whole = readIp4(sample);
  expect(whole && flowOf(whole)).toEqual(flow());
  for (const bytes of mutations(sample, 100_000)) {
    const packet = readIp4(bytes);
    expect(packet ? ['whole', 'cut', 'later'] : [undefined]).toContain(packet && flowOf(packet).ports);
  }
});
