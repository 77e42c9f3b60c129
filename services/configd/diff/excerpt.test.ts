import { expect, test } from '@jest/globals';
import { excerpt } from './excerpt.js';

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n);

test.each([
  [
    'a change in the middle',
    { before: { name: 'a', rules: numbers(1000) }, after: { name: 'a', rules: numbers(1000).with(400, -1) } },
    {
      before: { name: 'a', rules: ['... 400 alike', 400, '... 599 alike'] },
      after: { name: 'a', rules: ['... 400 alike', -1, '... 599 alike'] },
    },
  ],
  [
    'a long list more',
    { before: { rules: [0] }, after: { rules: numbers(501) } },
    {
      before: { rules: ['... 1 alike'] },
      after: { rules: ['... 1 alike', ...numbers(100, 1), '... 400 more'] },
    },
  ],
  ['a new one', { after: { rules: numbers(150) } }, { after: { rules: [...numbers(100), '... 50 more'] } }],
  ['one that goes', { before: { rules: numbers(101) } }, { before: { rules: [...numbers(100), '... 1 more'] } }],
  [
    'a list that was not there',
    { before: {}, after: { r: numbers(101) } },
    { before: {}, after: { r: [...numbers(100), '... 1 more'] } },
  ],
])('of a long list %s is shown where it differs', (_name, step, shown) => {
  expect(excerpt(step)).toEqual(shown);
});

test('short lists are shown whole', () => {
  const step = { before: { rules: numbers(100) }, after: { rules: numbers(99) } };
  expect(excerpt(step)).toBe(step);
});
