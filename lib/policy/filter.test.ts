import { describe, expect, test } from '@jest/globals';
import { randomSource } from '../net/mutate.testkit.js';
import { compileFilter, type VppAclRule } from './filter.js';
import { type FilterRule, filterRuleSchema } from './filter-rule.js';

/** A rule in one line: `permit 6 10.0.0.0/8:0-65535 > 0.0.0.0/0:80-80`, with flags when there are any. */
const line = (rule: VppAclRule) =>
  `${['deny', 'permit', 'reflect'][rule.is_permit]} ${rule.proto} ` +
  `${rule.src_prefix}:${rule.srcport_or_icmptype_first}-${rule.srcport_or_icmptype_last} > ` +
  `${rule.dst_prefix}:${rule.dstport_or_icmpcode_first}-${rule.dstport_or_icmpcode_last}` +
  (rule.tcp_flags_mask === 0 ? '' : ` flags ${rule.tcp_flags_value}/${rule.tcp_flags_mask}`);

const lines = (rules: FilterRule[]) => {
  const result = compileFilter(rules);
  return result.ok ? result.value.map(line) : result.mistakes.map(({ field, message }) => `${field}: ${message}`);
};

describe('what is accepted', () => {
  test.each<[string, FilterRule, string[]]>([
    [
      'everything, both families',
      { action: 'permit' },
      ['permit 0 0.0.0.0/0:0-65535 > 0.0.0.0/0:0-65535', 'permit 0 ::/0:0-65535 > ::/0:0-65535'],
    ],
    ['one family', { action: 'deny', family: 6 }, ['deny 0 ::/0:0-65535 > ::/0:0-65535']],
    [
      'a prefix decides the family',
      { action: 'deny', src: '100.64.0.0/10' },
      ['deny 0 100.64.0.0/10:0-65535 > 0.0.0.0/0:0-65535'],
    ],
    ['a single address', { action: 'deny', dst: '192.0.2.1' }, ['deny 0 0.0.0.0/0:0-65535 > 192.0.2.1/32:0-65535']],
    [
      'IPv6 in canonical text',
      { action: 'deny', dst: '2001:DB8:0:0::/32' },
      ['deny 0 ::/0:0-65535 > 2001:db8::/32:0-65535'],
    ],
    [
      'a port',
      { action: 'permit', dst: '192.0.2.0/24', proto: 'tcp', dstPorts: 443 },
      ['permit 6 0.0.0.0/0:0-65535 > 192.0.2.0/24:443-443'],
    ],
    [
      'port lists multiply',
      { action: 'permit', proto: 'udp', family: 4, srcPorts: ['1-2', 9], dstPorts: [53, '67 - 68'] },
      [
        'permit 17 0.0.0.0/0:1-2 > 0.0.0.0/0:53-53',
        'permit 17 0.0.0.0/0:1-2 > 0.0.0.0/0:67-68',
        'permit 17 0.0.0.0/0:9-9 > 0.0.0.0/0:53-53',
        'permit 17 0.0.0.0/0:9-9 > 0.0.0.0/0:67-68',
      ],
    ],
    ['icmp is IPv4', { action: 'permit', proto: 'icmp', icmpType: 8 }, ['permit 1 0.0.0.0/0:8-8 > 0.0.0.0/0:0-65535']],
    ['icmp6 is IPv6', { action: 'permit', proto: 'icmp6' }, ['permit 58 ::/0:0-65535 > ::/0:0-65535']],
    ['a protocol number', { action: 'deny', proto: 47, family: 4 }, ['deny 47 0.0.0.0/0:0-65535 > 0.0.0.0/0:0-65535']],
    ['reflect', { action: 'reflect', family: 4 }, ['reflect 0 0.0.0.0/0:0-65535 > 0.0.0.0/0:0-65535']],
    [
      'established',
      { action: 'permit', proto: 'tcp', family: 4, established: true },
      [
        'permit 6 0.0.0.0/0:0-65535 > 0.0.0.0/0:0-65535 flags 16/16',
        'permit 6 0.0.0.0/0:0-65535 > 0.0.0.0/0:0-65535 flags 4/4',
      ],
    ],
  ])('%s', (_name, rule, expected) => {
    expect(lines([rule])).toEqual(expected);
  });

  test('order is kept, an empty filter is empty', () => {
    const rules: FilterRule[] = [
      { action: 'deny', dst: '10.0.0.0/8' },
      { action: 'permit', family: 4 },
    ];
    expect(lines(rules).map((text) => text.split(' ')[0])).toEqual(['deny', 'permit']);
    expect(lines([])).toEqual([]);
  });
});

describe('what is refused, and how', () => {
  test.each<[FilterRule, string]>([
    [{ action: 'deny', src: '10.0.0.1/8' }, '[0].src: "10.0.0.1/8" has host bits set; 10.0.0.0/8 would be the network'],
    [
      { action: 'deny', dst: '2001:db8::1/64' },
      '[0].dst: "2001:db8::1/64" has host bits set; 2001:db8::/64 would be the network',
    ],
    [{ action: 'deny', src: '10.0.0.0/33' }, '[0].src: "10.0.0.0/33" is no address, no prefix and not "any"'],
    [{ action: 'deny', src: '10.0.0/8' }, '[0].src: "10.0.0/8" is no address, no prefix and not "any"'],
    [{ action: 'deny', src: '10.0.0.0/' }, '[0].src: "10.0.0.0/" is no address, no prefix and not "any"'],
    [{ action: 'deny', src: '' }, '[0].src: "" is no address, no prefix and not "any"'],
    [{ action: 'deny', src: '10.0.0.0/8', dst: '::/0' }, '[0].dst: is IPv6, but src is IPv4'],
    [{ action: 'deny', src: '10.0.0.0/8', family: 6 }, '[0].family: is IPv6, but src is IPv4'],
    [{ action: 'deny', src: '10.0.0.0/8', proto: 'icmp6' }, '[0].proto: is IPv6, but src is IPv4'],
    [{ action: 'deny', proto: 'sctpp' }, '[0].proto: "sctpp" is none of any, tcp, udp, icmp, icmp6, 1..255'],
    [{ action: 'deny', proto: 256 }, '[0].proto: "256" is none of any, tcp, udp, icmp, icmp6, 1..255'],
    [{ action: 'deny', proto: 0 }, '[0].proto: "0" is none of any, tcp, udp, icmp, icmp6, 1..255'],
    [{ action: 'deny', dstPorts: 80 }, '[0].dstPorts: goes with proto tcp and udp only'],
    [{ action: 'deny', proto: 'icmp', srcPorts: 80 }, '[0].srcPorts: goes with proto tcp and udp only'],
    [{ action: 'deny', proto: 'tcp', icmpType: 8 }, '[0].icmpType: goes with proto icmp and icmp6 only'],
    [{ action: 'deny', proto: 'udp', established: true }, '[0].established: goes with proto tcp only'],
    [{ action: 'deny', proto: 'icmp', icmpType: 256 }, '[0].icmpType: 256 is not between 0 and 255'],
    [
      { action: 'deny', proto: 'tcp', dstPorts: '90-80' },
      '[0].dstPorts: "90-80" is no port 0..65535 and no range first-last; 80-90 is meant?',
    ],
    [
      { action: 'deny', proto: 'tcp', dstPorts: 65_536 },
      '[0].dstPorts: "65536" is no port 0..65535 and no range first-last',
    ],
    [{ action: 'deny', proto: 'tcp', dstPorts: -1 }, '[0].dstPorts: "-1" is no port 0..65535 and no range first-last'],
    [{ action: 'deny', proto: 'tcp', dstPorts: [] }, '[0].dstPorts: an empty list matches nothing'],
  ])('%j', (rule, message) => {
    expect(lines([rule])).toEqual([message]);
  });

  test('all mistakes of all rules at once', () => {
    const rules: FilterRule[] = [
      { action: 'deny', src: 'x', dstPorts: 1 },
      { action: 'permit' },
      { action: 'deny', proto: 'tcp', srcPorts: 'http' },
    ];
    expect(lines(rules).map((text) => text.split(':')[0])).toEqual(['[0].src', '[0].dstPorts', '[2].srcPorts']);
  });
});

test('the shape refuses unknown keys and actions', () => {
  expect(filterRuleSchema.safeParse({ action: 'permit', port: 80 }).success).toBe(false);
  expect(filterRuleSchema.safeParse({ action: 'allow' }).success).toBe(false);
  expect(filterRuleSchema.parse({ action: 'permit' })).toMatchObject({ src: 'any', dst: 'any', proto: 'any' });
});

test('any compiled rule is one VPP accepts: same family on both sides, no host bits, ordered ports', () => {
  const random = randomSource(11);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const address = () =>
    pick(['any', '10.0.0.0/8', '10.1.0.0/15', '192.0.2.7', '2001:db8::/33', '::1', '1.2.3.4/9', '']);
  let accepted = 0;
  const broken: VppAclRule[] = [];
  for (let n = 0; n < 20_000; n++) {
    const result = compileFilter([
      {
        action: pick(['permit', 'deny', 'reflect'] as const),
        src: address(),
        dst: address(),
        proto: pick(['any', 'tcp', 'udp', 'icmp', 'icmp6', 47]),
        dstPorts: pick([undefined, 80, '5-2', [1, '2-70000'], ['1-2', '7-9']]),
      },
    ]);
    const rules = result.ok ? result.value : [];
    accepted += Number(result.ok);
    broken.push(...rules.filter((rule) => !acceptable(rule)));
  }
  expect(broken).toEqual([]);
  expect(accepted).toBeGreaterThan(1000);
});

function acceptable(rule: VppAclRule): boolean {
  const again = compileFilter([{ action: 'deny', src: rule.src_prefix, dst: rule.dst_prefix }]);
  return (
    again.ok &&
    again.value.length === 1 &&
    rule.srcport_or_icmptype_first <= rule.srcport_or_icmptype_last &&
    rule.dstport_or_icmpcode_first <= rule.dstport_or_icmpcode_last
  );
}
