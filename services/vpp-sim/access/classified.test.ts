import { expect, test } from '@jest/globals';
import { ip6Bytes } from '#lib/net/ip6.js';
import { type FrameField, ip6Frame, matchKey, matchShape } from '#lib/policy/frame-match.js';
import { createDataplane } from '../dataplane.js';
import { ClassifierFeatures } from './classified.js';

const NONE = 0xffffffff;
const PERMIT = 0xffff;
const TAGS = 1;
const { source, destination } = ip6Frame(TAGS);

function scene() {
  const dataplane = createDataplane({
    crash: (reason) => {
      throw new Error(reason);
    },
    nowMs: () => 0,
  });
  const port = dataplane.afPackets.create('acc0', '02:00:00:00:00:aa').swIfIndex;
  const { classifier } = dataplane;
  const table = (field: FrameField, next = NONE, missNext = NONE) => {
    const shape = matchShape([field]);
    return classifier.add(NONE, { ...shape, buckets: 16, memoryBytes: 1 << 20, next, missNext }).index;
  };
  const entry = (index: number, field: FrameField, address: string, hitNext: number) =>
    classifier.changeSession(index, true, {
      hitNext,
      opaque: 0,
      advance: 0,
      match: matchKey([field], [ip6Bytes(address)]),
    });
  const use = (kind: 'policer' | 'input-acl', ip6: number) =>
    classifier.changeUse(kind, port, { ip4: NONE, ip6, l2: NONE }, true);
  return { dataplane, port, table, entry, use, features: new ClassifierFeatures(dataplane) };
}

function frame(from: string, to: string): Uint8Array {
  const bytes = new Uint8Array(100);
  bytes.set(ip6Bytes(from), source.at);
  bytes.set(ip6Bytes(to), destination.at);
  return bytes;
}

test('an input ACL: the first entry of the chain decides, then the miss of the last table', () => {
  const { table, entry, use, features, port } = scene();
  const prefix = { ...source, bits: 56 };
  const last = table(prefix, NONE, 0);
  const hosts = table(source, last);
  const first = table(destination, hosts);
  entry(first, destination, '2001:db8::b', 0);
  entry(hosts, source, '2001:db8::a', PERMIT);
  entry(last, prefix, '2001:db8:a000::', PERMIT);
  use('input-acl', first);
  const judge = (from: string, to: string) => features.inputAcl('ip6', port, frame(from, to));
  expect(judge('2001:db8::a', '2001:db8:ffff::1')).toBeUndefined();
  expect(judge('2001:db8:a000:ff:1::7', '2001:db8:ffff::1')).toBeUndefined();
  expect(judge('2001:db8:a000:100::7', '2001:db8:ffff::1')).toBe('ip6-inacl/input ACL misses');
  expect(judge('2001:db8::a', '2001:db8::b')).toBe('ip6-inacl/input ACL hits');
  expect(features.inputAcl('ip4', port, frame('2001:db8::a', '2001:db8::b'))).toBeUndefined();
});

test('a policer of a classifier is charged by the IP packet; who is in no table passes uncharged', () => {
  const { dataplane, table, entry, use, features, port } = scene();
  const drop = { type: 0, dscp: 0 };
  const added = dataplane.policers.add('limit', {
    cir: 8,
    eir: 0,
    cb: 250n,
    eb: 0n,
    rate_type: 0,
    round_type: 0,
    type: 0,
    color_aware: false,
    conform_action: { type: 1, dscp: 0 },
    exceed_action: drop,
    violate_action: drop,
  });
  const hosts = table(source);
  entry(hosts, source, '2001:db8::a', added.index);
  use('policer', hosts);
  const police = (from: string) => features.police('ip6', port, frame(from, '2001:db8:ffff::1'), 100);
  expect([police('2001:db8::a'), police('2001:db8::a')]).toEqual([undefined, undefined]);
  expect(police('2001:db8::a')).toBe('ip6-policer-classify/Policer classify action drop');
  expect(police('2001:db8::c')).toBeUndefined();
  expect(dataplane.policers.countsOf(added.index)?.conform).toEqual({ packets: 2, bytes: 200 });
});
