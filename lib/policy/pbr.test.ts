import { describe, expect, test } from '@jest/globals';
import { compilePbr, ownTraffic } from './pbr.js';
import type { PbrNextHop, PbrRule } from './pbr-rule.js';

const hop = (change: Partial<PbrNextHop> = {}): PbrNextHop => ({
  address: '192.0.2.1',
  weight: 1,
  preference: 0,
  ...change,
});
const hop6 = hop({ address: '2001:db8::1' });

/** Each emitted policy as `family action: rule; rule`. */
function emitted(...rules: Partial<PbrRule>[]): string[] {
  const result = compilePbr(rules.map((rule, index) => ({ name: `r${index}`, ...rule })));
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes));
  return result.value.map(({ rule, family, action, acl }) => {
    const texts = acl.map((one) => {
      const ports = `${one.srcport_or_icmptype_first}-${one.srcport_or_icmptype_last} ${one.dstport_or_icmpcode_first}-${one.dstport_or_icmpcode_last}`;
      return `${one.is_permit} ${one.proto} ${one.src_prefix} ${one.dst_prefix} ${ports}`;
    });
    return `${rule} ${family} ${action.kind}: ${texts.join('; ')}`;
  });
}

const ALL = '0-65535 0-65535';

describe('what a rule emits', () => {
  test.each<[string, Partial<PbrRule>, string[]]>([
    [
      'a source prefix to a next hop',
      { src: '100.64.0.0/24', via: [hop()] },
      [`r0 4 via: 1 0 100.64.0.0/24 0.0.0.0/0 ${ALL}`],
    ],
    [
      'a port',
      { proto: 'tcp', dstPorts: 443, family: 4, vrf: 'blue' },
      ['r0 4 vrf: 1 6 0.0.0.0/0 0.0.0.0/0 0-65535 443-443'],
    ],
    [
      'a list of ports',
      { proto: 'udp', srcPorts: '1000-2000', dstPorts: [53, '5000-5010'], via: [hop()] },
      ['r0 4 via: 1 17 0.0.0.0/0 0.0.0.0/0 1000-2000 53-53; 1 17 0.0.0.0/0 0.0.0.0/0 1000-2000 5000-5010'],
    ],
    ['next hops decide the family of any', { via: [hop6] }, [`r0 6 via: 1 0 ::/0 ::/0 ${ALL}`]],
    ['both families', { drop: true }, [`r0 4 drop: 1 0 0.0.0.0/0 0.0.0.0/0 ${ALL}`, `r0 6 drop: 1 0 ::/0 ::/0 ${ALL}`]],
    [
      'an interface alone leaves the family open',
      { via: [hop({ address: undefined, interface: 'core' })], dst: '2001:db8::/32' },
      [`r0 6 via: 1 0 ::/0 2001:db8::/32 ${ALL}`],
    ],
    [
      'the ordinary way is a denial',
      { dst: '198.51.100.0/24', normal: true },
      [`r0 4 normal: 0 0 0.0.0.0/0 198.51.100.0/24 ${ALL}`],
    ],
    ['ICMP', { proto: 'icmp', icmpType: 8, via: [hop()] }, ['r0 4 via: 1 1 0.0.0.0/0 0.0.0.0/0 8-8 0-65535']],
    ['a protocol number', { proto: 47, via: [hop()] }, [`r0 4 via: 1 47 0.0.0.0/0 0.0.0.0/0 ${ALL}`]],
  ])('%s', (_, rule, expected) => {
    expect(emitted(rule)).toEqual(expected);
  });

  test('rules keep their order', () => {
    const names = emitted({ dst: '192.0.2.0/24', normal: true }, { proto: 'tcp', drop: true }, { via: [hop()] });
    expect(names.map((text) => text.slice(0, 4))).toEqual(['r0 4', 'r1 4', 'r1 6', 'r2 4']);
  });

  test('the same rules emit the same', () => {
    const rules = [
      { src: '10.0.0.0/8', proto: 'tcp', dstPorts: [80, 443], via: [hop(), hop({ address: '192.0.2.2' })] },
    ];
    expect(emitted(...rules)).toEqual(emitted(...structuredClone(rules)));
  });
});

describe('refused', () => {
  test.each<[string, Partial<PbrRule>, string]>([
    ['no action', {}, '[0].name: where to? write one of via, vrf, drop and normal'],
    ['two actions', { vrf: 'blue', drop: true }, '[0].drop: a rule has one action, and this one has vrf already'],
    ['no next hop', { via: [] }, '[0].via: no next hop; to discard, write "drop: true"'],
    ['a next hop of nothing', { via: [hop({ address: undefined })] }, '[0].via[0]: an address, an interface or both'],
    [
      'a next hop twice',
      { via: [hop(), hop({ weight: 3 })] },
      '[0].via[1]: this next hop stands twice; give it more weight instead',
    ],
    ['next hops of two families', { via: [hop(), hop6] }, '[0].via[1].address: is IPv6, but another next hop is IPv4'],
    ['another family than the match', { src: '10.0.0.0/8', via: [hop6] }, '[0].via: is IPv6, the rule is about IPv4'],
    ['another family than ICMP', { proto: 'icmp6', via: [hop()] }, '[0].via: is IPv4, the rule is about IPv6'],
    ['DSCP', { dscp: 46, drop: true }, '[0].dscp: VPP cannot choose a route by DSCP: its ACLs do not see it'],
    [
      'host bits',
      { src: '10.0.0.1/8', drop: true },
      '[0].src: "10.0.0.1/8" has host bits set; 10.0.0.0/8 would be the network',
    ],
    ['ports without a protocol', { dstPorts: 80, drop: true }, '[0].dstPorts: goes with proto tcp and udp only'],
  ])('%s', (_, rule, message) => {
    const result = compilePbr([{ name: 'r0', ...rule }]);
    expect(result.ok ? [] : result.mistakes.map((one) => `${one.field}: ${one.message}`)).toContain(message);
  });

  test('a name twice', () => {
    const result = compilePbr([
      { name: 'web', drop: true },
      { name: 'web', vrf: 'blue' },
    ]);
    expect(result).toMatchObject({
      ok: false,
      mistakes: [{ field: '[1].name', message: '"web" is the name of [0] already' }],
    });
  });
});

describe('traffic to the box itself', () => {
  test.each([
    [4, ['255.255.255.255/32', '10.0.0.1/32', '10.0.0.2/32']],
    [6, ['fe80::/10', '2001:db8::1/128']],
  ] as const)('of IPv%s stays', (family, expected) => {
    const { acl, action } = ownTraffic(['10.0.0.2', '10.0.0.1', '2001:db8::1', '10.0.0.2'], family);
    expect(action).toEqual({ kind: 'normal' });
    expect(acl.map(({ dst_prefix }) => dst_prefix)).toEqual(expected);
    expect(acl.every(({ is_permit }) => is_permit === 0)).toBe(true);
  });
});
