import { describe, expect, test } from '@jest/globals';
import { sequence } from './sequence.js';

describe('sequence', () => {
  const journal: string[] = [];
  const step = (name: string, fails = false) => ({
    act: async () => {
      if (fails) throw new Error(name);
      journal.push(name);
    },
    revert: async () => journal.push(`un-${name}`),
  });

  test.each([
    { failing: -1, error: undefined, steps: ['a', 'b', 'c'] },
    { failing: 0, error: 'a', steps: [] },
    { failing: 2, error: 'c', steps: ['a', 'b', 'un-b', 'un-a'] },
  ])('failing at $failing', async ({ failing, error, steps }) => {
    journal.length = 0;
    const thrown = await sequence(['a', 'b', 'c'].map((name, i) => step(name, i === failing))).catch((e: Error) => e);
    expect(thrown?.message).toBe(error);
    expect(journal).toEqual(steps);
  });

  test('a revert that fails does not hide the failure, nor keep the others from being reverted', async () => {
    journal.length = 0;
    const stuck = { act: async () => {}, revert: () => Promise.reject(new Error('stuck')) };
    await expect(sequence([step('a'), stuck, step('b', true)])).rejects.toThrow('b');
    expect(journal).toEqual(['a', 'un-a']);
  });
});
