import { expect, it } from '@jest/globals';
import { GroupCommit } from './group-commit.js';

it('commits what comes together as one, in order, and the bad item fails alone', async () => {
  const batches: string[][] = [];
  const done: string[] = [];
  const group = new GroupCommit<string>(async (items) => {
    await Promise.resolve();
    if (items.some((item) => item.startsWith('bad'))) throw new Error(`refused: ${items.join()}`);
    batches.push([...items]);
  });
  const outcomes = await Promise.allSettled(
    ['a', 'b', 'bad', 'c'].map((item) => group.submit(item).then(() => done.push(item))),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(done).toEqual(['a', 'b', 'c']);
  await Promise.all(['d', 'e'].map((item) => group.submit(item)));
  expect(batches).toEqual([['a'], ['b'], ['c'], ['d', 'e']]);
});

it('says that the store is away to all of a batch, and works again afterwards', async () => {
  let away = true;
  const group = new GroupCommit<number>(async () => {
    if (away) throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
  });
  const outcomes = await Promise.allSettled([1, 2].map((item) => group.submit(item)));
  expect(outcomes.map((outcome) => ('reason' in outcome ? outcome.reason.code : 'ok'))).toEqual([
    'unavailable',
    'unavailable',
  ]);
  away = false;
  await group.submit(3);
  await group.idle();
});
