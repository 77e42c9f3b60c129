import { expect, test } from '@jest/globals';
import { PARTITIONS, partitionOf } from './partition.js';

test.each([
  ['', 5],
  ['a', 12],
  ['foobar', 8],
])('FNV-1a of %j falls into %i', (group, partition) => expect(partitionOf(group)).toBe(partition));

test('a hundred groups fall into all partitions', () => {
  const hit = new Set(Array.from({ length: 100 }, (_, i) => partitionOf(`group-${i}`)));
  expect(hit.size).toBe(PARTITIONS);
});
