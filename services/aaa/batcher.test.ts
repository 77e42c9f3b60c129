import { describe, expect, it } from '@jest/globals';
import { Batcher } from './batcher.js';

describe('Batcher', () => {
  it('puts what comes together into one batch, what comes meanwhile into the next, at most `maxItems` each', async () => {
    const batches: number[][] = [];
    const batcher = new Batcher<number, number>(async (items) => {
      batches.push([...items]);
      return items.map((item) => item * 2);
    }, 2);
    expect(await Promise.all([batcher.add(1), batcher.add(2), batcher.add(3)])).toEqual([2, 4, 6]);
    expect(await batcher.add(4)).toBe(8);
    expect(batches).toEqual([[1, 2], [3], [4]]);
  });

  it('waits for company', async () => {
    const batches: number[][] = [];
    const work = async (items: readonly number[]) => {
      batches.push([...items]);
      return items;
    };
    const batcher = new Batcher<number, number>(work, 10, 50);
    const first = batcher.add(1);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(batches).toEqual([]);
    await Promise.all([first, batcher.add(2)]);
    expect(batches).toEqual([[1, 2]]);
  });

  it('rejects all of a batch that fails and goes on with the next', async () => {
    let calls = 0;
    const batcher = new Batcher<number, number>(async (items) => {
      if (++calls === 1) throw new Error('away');
      return items;
    }, 10);
    const results = await Promise.allSettled([batcher.add(1), batcher.add(2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await batcher.add(3)).toBe(3);
  });
});
