import { describe, expect, test } from '@jest/globals';
import { countPolicers } from './policer-attach-read.js';

/** As VPP 26.06 prints `show interface <name> features`, shortened. */
const features = (input: string[], output: string[]) => `Feature paths configured on host-cwtaccess.409607...

ip6-output:
  policer-output
  acl-plugin-out-ip6-fa

ip6-unicast:
  policer-input
  acl-plugin-in-ip6-fa

ip4-output:
${output.map((line) => `  ${line}`).join('\n')}

ip4-multicast:
  none configured

ip4-unicast:
${input.map((line) => `  ${line}`).join('\n')}

l2-input:
   INPUT_FEAT_ARC (l2-input-feat-arc)
          POLICER (l2-policer-input)

l2-output:
          POLICER (l2-policer-output)
`;

describe('countPolicers', () => {
  test.each([
    { input: ['none configured'], output: ['none configured'], counts: { in: 0, out: 0 } },
    {
      input: ['ip4-rx-urpf-strict', 'policer-input', 'acl-plugin-in-ip4-fa'],
      output: ['none configured'],
      counts: { in: 1, out: 0 },
    },
    {
      input: ['policer-input', 'policer-input'],
      output: ['policer-output', 'acl-plugin-out-ip4-fa'],
      counts: { in: 2, out: 1 },
    },
  ])('$counts', ({ input, output, counts }) => expect(countPolicers(features(input, output))).toEqual(counts));

  test.each(['', 'show interface: unknown interface `x`', 'policer-input'])("'%s' is none", (text) =>
    expect(countPolicers(text)).toEqual({ in: 0, out: 0 }),
  );
});
