import { describe, expect, test } from '@jest/globals';
import type { PlanStep } from '../reconcile/plan.js';
import { assertHeapFits } from './heap-budget.js';

const gigabyte = 1024 ** 3;
const step = (action: PlanStep['action'], kind: string, after: unknown, before?: unknown): PlanStep => ({
  ...{ action, kind, key: `${kind}/x`, after },
  ...(before !== undefined && { before }),
});
const check = (steps: PlanStep[], heapFreeBytes: number | undefined = gigabyte, workers = 0) =>
  assertHeapFits({ steps }, { heapFreeBytes, workers });

describe('NAT and the heap', () => {
  test.each([
    ['NAT44-ED', [step('create', 'nat44-ed', { sessions: 2_000_000 })]],
    ['NAT44-EI', [step('create', 'nat44-ei', { sessions: 2_000_000, users: 100_000 })]],
    ['a map', [step('create', 'det44-map', { inside: '10.0.0.0/18' })]],
    ['one of nearly the same size', [step('recreate', 'nat44-ed', { sessions: 9_000_001 }, { sessions: 9_000_000 })]],
    ['NAT that goes', [step('remove', 'nat44-ed', undefined, { sessions: 9_000_000 })]],
    ['everything else', [step('create', 'route', { prefix: '10.0.0.0/8' })]],
  ])('%s fits', (_name, steps) => {
    expect(() => check(steps)).not.toThrow();
  });

  test.each([
    ['NAT44-ED', [step('create', 'nat44-ed', { sessions: 4_000_000 })], 1526],
    ['NAT44-EI', [step('create', 'nat44-ei', { sessions: 4_000_000, users: 100_000 })], 1154],
    ['a map', [step('create', 'det44-map', { inside: '10.0.0.0/16' })], 1500],
    [
      'many maps',
      ['10.0.0.0/18', '10.1.0.0/18', '10.2.0.0/18'].map((inside) => step('create', 'det44-map', { inside })),
      1125,
    ],
    ['a larger one', [step('recreate', 'nat44-ed', { sessions: 4_000_000 }, { sessions: 1000 })], 1526],
  ])('%s does not', (_name, steps, megabytes) => {
    expect(() => check(steps)).toThrow(
      `NAT of this size takes ${megabytes} MB of VPP's main heap, 1024 MB are free; set memory { main-heap-size } and restart VPP`,
    );
  });

  test('each worker has its own', () => {
    const steps = [step('create', 'nat44-ed', { sessions: 1_500_000 })];
    expect(() => check(steps, gigabyte, 1)).not.toThrow();
    expect(() => check(steps, gigabyte, 2)).toThrow('1145 MB');
  });

  test('nothing is refused when nothing is known', () => {
    const steps = [step('create', 'nat44-ed', { sessions: 90_000_000 })];
    expect(() => assertHeapFits({ steps }, { heapFreeBytes: undefined, workers: 0 })).not.toThrow();
  });
});
