import { expect, test } from '@jest/globals';
import { eachWithin } from './each-within.js';

test('works on at most so many at once and answers in the order of the items', async () => {
  let atWork = 0;
  let most = 0;
  const results = await eachWithin(3, [5, 4, 3, 2, 1, 0], async (turns) => {
    most = Math.max(most, ++atWork);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    atWork--;
    return turns * 10;
  });
  expect(results).toEqual([50, 40, 30, 20, 10, 0]);
  expect(most).toBe(3);
});

test('rejects with the first failure', async () => {
  const work = async (item: number) => {
    if (item === 2) throw new Error('item 2');
    return item;
  };
  await expect(eachWithin(2, [1, 2, 3], work)).rejects.toThrow('item 2');
});

test('nothing to do is done', async () => {
  expect(await eachWithin(8, [], async () => 1)).toEqual([]);
});
