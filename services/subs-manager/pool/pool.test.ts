import { describe, expect, it } from '@jest/globals';
import { randomSource } from '#lib/net/mutate.testkit.js';
import { type AddressRange, cutRanges, Pool } from './pool.js';

const everything = () => true;
const takeAll = (pool: Pool, nowMs = 0) => {
  const taken: number[] = [];
  for (let address = pool.takeAny(nowMs, everything); address !== undefined; address = pool.takeAny(nowMs, everything))
    taken.push(address);
  return taken;
};

describe('ranges', () => {
  it.each<[string, AddressRange[], AddressRange[], AddressRange[]]>([
    ['nothing cut', [[1, 9]], [], [[1, 9]]],
    [
      'the middle cut out',
      [[1, 9]],
      [[4, 5]],
      [
        [1, 3],
        [6, 9],
      ],
    ],
    [
      'the ends cut off',
      [[1, 9]],
      [
        [0, 1],
        [9, 12],
      ],
      [[2, 8]],
    ],
    ['all cut away', [[1, 9]], [[0, 20]], []],
    [
      'overlaps joined',
      [
        [5, 9],
        [1, 6],
        [20, 21],
      ],
      [],
      [
        [1, 9],
        [20, 21],
      ],
    ],
  ])('%s', (_name, ranges, exclusions, expected) => {
    expect(cutRanges(ranges, exclusions)).toEqual(expected);
  });
});

describe('pool', () => {
  it('gives every address once, then says it is exhausted', () => {
    const pool = new Pool({
      name: 'p',
      ranges: [
        [1, 3],
        [8, 9],
      ],
    });
    expect(pool.size).toBe(5);
    expect(takeAll(pool)).toEqual([1, 2, 3, 8, 9]);
    expect(pool.used).toBe(5);
  });

  it('gives what was free longest first, and nothing taken by name', () => {
    const pool = new Pool({ name: 'p', ranges: [[1, 4]] });
    expect([pool.take(2, 0), pool.take(2, 0), pool.take(9, 0)]).toEqual([true, false, false]);
    expect(takeAll(pool)).toEqual([1, 3, 4]);
    for (const address of [3, 1, 4]) pool.release(address);
    expect(takeAll(pool)).toEqual([3, 1, 4]);
  });

  it('keeps an address back while it is in quarantine', () => {
    const pool = new Pool({ name: 'p', ranges: [[1, 2]] });
    takeAll(pool);
    pool.release(1, 5000);
    pool.release(2);
    expect(pool.take(1, 4999)).toBe(false);
    expect(takeAll(pool, 4999)).toEqual([2]);
    expect(takeAll(pool, 5000)).toEqual([1]);
  });

  it('does not lose addresses that were not acceptable once', () => {
    const pool = new Pool({ name: 'p', ranges: [[1, 3]] });
    expect(pool.takeAny(0, (address) => address === 3)).toBe(3);
    expect(takeAll(pool)).toEqual([1, 2]);
  });

  it('never gives an address twice over random use', () => {
    const random = randomSource(3);
    const pool = new Pool({ name: 'p', ranges: [[100, 163]] });
    const held = new Set<number>();
    for (let n = 0; n < 20_000; n++) {
      const wanted = 100 + Math.floor(random() * 64);
      const given = random() < 0.5 ? pool.takeAny(n, everything) : [wanted].find((address) => pool.take(address, n));
      expect(given === undefined || !held.has(given)).toBe(true);
      for (const address of given === undefined ? [] : [given]) held.add(address);
      const [some] = [...held].slice(Math.floor(random() * held.size));
      for (const address of random() < 0.55 && some !== undefined ? [some] : []) {
        held.delete(address);
        pool.release(address, random() < 0.2 ? n + 50 : 0);
      }
      expect(pool.used).toBe(held.size);
    }
  });
});
