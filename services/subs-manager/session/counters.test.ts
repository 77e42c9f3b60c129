import { describe, expect, it } from '@jest/globals';
import type { Counters } from '#gen/bng/v1/common.js';
import { accumulate, between, newUsage, type Usage } from './counters.js';

const counters = (input: bigint, output: bigint): Counters => ({
  inputOctets: input,
  outputOctets: output,
  inputPackets: input / 100n,
  outputPackets: output / 100n,
});
type Step = [generation: bigint, input: bigint, output: bigint];
const run = (steps: Step[]): Usage =>
  steps.reduce(
    (usage, [generation, input, output]) => accumulate(usage, { generation, counters: counters(input, output) }),
    newUsage(),
  );

describe('usage of a session', () => {
  it.each<[string, Step[], bigint, bigint]>([
    ['the first reading is the zero point', [[1n, 5000n, 900n]], 0n, 0n],
    [
      'what comes after it counts',
      [
        [1n, 5000n, 900n],
        [1n, 5400n, 1900n],
      ],
      400n,
      1000n,
    ],
    [
      'another life of VPP begins at zero',
      [
        [1n, 5000n, 900n],
        [1n, 5400n, 900n],
        [2n, 6000n, 100n],
      ],
      6400n,
      100n,
    ],
    [
      'numbers that fell were reset',
      [
        [1n, 5000n, 900n],
        [1n, 300n, 1000n],
      ],
      300n,
      1000n,
    ],
    [
      '64 bits',
      [
        [1n, 0n, 0n],
        [1n, 0n, 2n ** 63n],
      ],
      0n,
      2n ** 63n,
    ],
  ])('%s', (_name, steps, input, output) => {
    expect(run(steps).total).toMatchObject({ inputOctets: input, outputOctets: output });
  });

  const packets = (inputPackets: bigint, ip4?: bigint, ip6?: bigint): Counters => ({
    ...counters(0n, 0n),
    inputPackets,
    inputPacketsIp4: ip4,
    inputPacketsIp6: ip6,
  });
  const familiesAfter = (usage: Usage, ...readings: [generation: bigint, Counters][]) => {
    const { total } = readings.reduce(
      (now, [generation, counters]) => accumulate(now, { generation, counters }),
      usage,
    );
    return [total.inputPacketsIp4, total.inputPacketsIp6];
  };

  it('counts by family from the first reading on, through another life of VPP', () => {
    const readings: [bigint, Counters][] = [
      [1n, packets(9n, 5n, 4n)],
      [1n, packets(19n, 7n, 12n)],
      [2n, packets(4n, 1n, 3n)],
    ];
    expect(familiesAfter(newUsage(), ...readings)).toEqual([3n, 11n]);
  });

  it('leaves out by family what was not told from the beginning to the end', () => {
    expect(familiesAfter(newUsage(), [1n, packets(9n)], [1n, packets(19n, 7n, 12n)])).toEqual([undefined, undefined]);
    const gap: [bigint, Counters][] = [
      [1n, packets(9n, 5n, 4n)],
      [1n, packets(19n, 7n)],
      [1n, packets(29n, 9n, 20n)],
    ];
    expect(familiesAfter(newUsage(), ...gap)).toEqual([4n, undefined]);
  });

  it('has the families of a service too, when it began with the session or the session knew them', () => {
    const now = packets(19n, 7n, 12n);
    expect(between(packets(0n), now)).toMatchObject({ inputPacketsIp4: 7n, inputPacketsIp6: 12n });
    expect(between(packets(9n, 5n, 4n), now)).toMatchObject({ inputPacketsIp4: 2n, inputPacketsIp6: 8n });
    expect(between(packets(9n), now)).toMatchObject({ inputPacketsIp4: undefined, inputPacketsIp6: undefined });
  });

  it('never falls, whatever VPP says', () => {
    let usage = newUsage();
    for (let n = 0n; n < 2000n; n++) {
      const next = accumulate(usage, {
        generation: n / 50n,
        counters: counters((n * 7919n) % 1009n, (n * 104729n) % 997n),
      });
      expect(next.total.inputOctets).toBeGreaterThanOrEqual(usage.total.inputOctets);
      expect(next.total.outputOctets).toBeGreaterThanOrEqual(usage.total.outputOctets);
      usage = next;
    }
  });
});
