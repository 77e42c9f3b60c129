import { expect, test } from '@jest/globals';
import { route } from '../resources/route.js';
import { isAllOut, isSteered, steeredPaths } from './steered-paths.js';

type Path = NonNullable<Parameters<typeof route.of>[0]['paths']>[number];
const pathsOf = (...paths: Path[]) => route.of({ prefix: '10.0.0.0/8', paths }).spec.paths;
const hop = (nextHop: string, change: Partial<Path> = {}): Path => ({
  via: `192.0.2.${nextHop.charCodeAt(0)}`,
  nextHop,
  ...change,
});

/** Health by name: 0 is out, 1 is well. */
const healths = (worths: Record<string, number>) => ({
  healthOf: (name: string) => {
    const worth = worths[name];
    return worth === undefined ? undefined : { usable: worth > 0, worth: worth || 1 };
  },
});

const ab = [hop('a', { weight: 3 }), hop('b')];

test.each<[string, Path[], Record<string, number>, [string | undefined, number][]]>([
  [
    'nothing is known',
    ab,
    {},
    [
      ['a', 3],
      ['b', 1],
    ],
  ],
  [
    'all well',
    ab,
    { a: 1, b: 1 },
    [
      ['a', 3],
      ['b', 1],
    ],
  ],
  ['one is out', ab, { a: 0, b: 1 }, [['b', 1]]],
  [
    'all are out: all stay',
    ab,
    { a: 0, b: 0 },
    [
      ['a', 3],
      ['b', 1],
    ],
  ],
  [
    'losses without limits move nothing',
    ab,
    { a: 0.25, b: 1 },
    [
      ['a', 3],
      ['b', 1],
    ],
  ],
  [
    'losses halve a weight',
    [hop('a', { weight: 8, minWeight: 1 }), hop('b', { weight: 4 })],
    { a: 0.5 },
    [
      ['a', 4],
      ['b', 4],
    ],
  ],
  [
    'down to its limit',
    [hop('a', { weight: 8, minWeight: 6 }), hop('b', { weight: 2 })],
    { a: 0.25 },
    [
      ['a', 6],
      ['b', 2],
    ],
  ],
  [
    'written so that VPP rounds well',
    [hop('a', { weight: 70 }), hop('b', { weight: 30 }), hop('c')],
    { c: 0 },
    [
      ['a', 11],
      ['b', 5],
    ],
  ],
  ['a path that nobody watches stays', [hop('a'), { via: '192.0.2.1' }], { a: 0 }, [[undefined, 1]]],
  [
    'backups are weighed by themselves',
    [hop('a'), hop('b', { preference: 1, weight: 5 }), hop('c', { preference: 1 })],
    { a: 0, c: 0 },
    [['b', 5]],
  ],
])('%s', (_name, paths, worths, expected) => {
  expect(steeredPaths(pathsOf(...paths), healths(worths)).map(({ nextHop, weight }) => [nextHop, weight])).toEqual(
    expected,
  );
});

test('untouched paths are the very same, so that comparing them costs nothing', () => {
  const paths = pathsOf(...ab);
  expect(steeredPaths(paths, healths({ a: 1, b: 1 }))).toBe(paths);
});

test('which routes are steered, and which have nothing left', () => {
  expect([isSteered({ paths: pathsOf(...ab) }), isSteered({ paths: pathsOf({ via: '192.0.2.1' }) })]).toEqual([
    true,
    false,
  ]);
  expect(isAllOut(pathsOf(...ab), healths({ a: 0, b: 0 }))).toBe(true);
  expect(isAllOut(pathsOf(...ab), healths({ a: 0 }))).toBe(false);
  expect(isAllOut([], healths({}))).toBe(false);
});
