import { describe, expect, it } from '@jest/globals';
import { Policy } from '#gen/bng/v1/common.js';
import { mergePolicy, presentFields } from './policy-merge.js';

const policy = (fields: Partial<Policy>): Policy => Policy.fromPartial(fields);
const merged = (base: Partial<Policy>, change: Partial<Policy>): Partial<Policy> => {
  const result = mergePolicy(policy(base), policy(change));
  return Object.fromEntries(presentFields(result).map((field) => [field, result[field]]));
};

describe('policy after a change', () => {
  it.each<[string, Partial<Policy>, Partial<Policy>, Partial<Policy>]>([
    ['nothing changes nothing', { downloadBps: 1n, aclIn: 'a' }, {}, { downloadBps: 1n, aclIn: 'a' }],
    [
      'present fields replace',
      { downloadBps: 1n, uploadBps: 2n },
      { downloadBps: 3n },
      { downloadBps: 3n, uploadBps: 2n },
    ],
    [
      'a new rate drops its old burst only',
      { downloadBps: 1n, downloadBurstBytes: 9n, uploadBps: 1n, uploadBurstBytes: 8n },
      { downloadBps: 2n },
      { downloadBps: 2n, uploadBps: 1n, uploadBurstBytes: 8n },
    ],
    [
      'a rate with a burst',
      { downloadBps: 1n, downloadBurstBytes: 9n },
      { downloadBps: 2n, downloadBurstBytes: 7n },
      { downloadBps: 2n, downloadBurstBytes: 7n },
    ],
    [
      'a profile replaces the rates',
      { downloadBps: 1n, uploadBps: 2n, uploadBurstBytes: 3n },
      { profile: 'gold' },
      { profile: 'gold' },
    ],
    [
      'a rate beside a profile stays',
      { downloadBps: 1n },
      { profile: 'gold', uploadBps: 5n },
      { profile: 'gold', uploadBps: 5n },
    ],
    ['empty names take away', { aclIn: 'a', aclOut: 'b', profile: 'c' }, { aclIn: '', profile: '' }, { aclOut: 'b' }],
    ['a time of 0 takes away', { sessionTimeoutS: 60, idleTimeoutS: 5 }, { sessionTimeoutS: 0 }, { idleTimeoutS: 5 }],
  ])('%s', (_name, base, change, expected) => {
    expect(merged(base, change)).toEqual(expected);
  });

  it.each(['downloadBps', 'uploadBps', 'downloadBurstBytes', 'uploadBurstBytes'] as const)(
    'refuses %s of 0',
    (field) => {
      expect(() => mergePolicy(policy({}), policy({ [field]: 0n }))).toThrow(field);
    },
  );
});
