import { expect, it } from '@jest/globals';
import type { PlanStep } from '../reconcile/plan.js';
import { impactOf, impactSize } from './impact.js';

/** Sessions s1 and s2 on lines 1 and 2 of a port, s2 also under an ACL. */
const users: Record<string, string[]> = {
  'port/p': ['line/1', 'line/2'],
  'line/1': ['policer/1'],
  'line/2': ['policer/2', 'acl-list/2'],
  'acl/web': ['acl-list/2'],
};
const holders: Record<string, string[]> = {
  'port/p': ['infra'],
  'line/1': ['infra'],
  'line/2': ['infra'],
  'acl/web': ['infra'],
  'policer/1': ['session/s1'],
  'policer/2': ['session/s2'],
  'acl-list/2': ['session/s2'],
};
const holdings = {
  dependents: (key: string) => new Set(users[key]),
  holdersOf: (key: string) => (holders[key] ? new Set(holders[key]) : undefined),
};

const step = (action: PlanStep['action'], key: string, before: unknown = {}, after: unknown = {}): PlanStep => ({
  ...{ action, kind: 'x', key, before, after },
});
const none = { dropped: [], reprogrammed: [], touched: [] };

it.each<[string, PlanStep[], string[], object]>([
  ['nothing', [], [], none],
  ['a new line', [step('create', 'line/3')], [], none],
  [
    'a removed line',
    [step('remove', 'line/1'), step('remove', 'policer/1')],
    ['session/s1'],
    { ...none, dropped: ['s1'] },
  ],
  [
    'a port that goes down',
    [step('update', 'port/p', { enabled: true }, { enabled: false })],
    [],
    { ...none, dropped: ['s1', 's2'] },
  ],
  [
    'a port that comes up',
    [step('update', 'port/p', { enabled: false }, { enabled: true })],
    [],
    { ...none, touched: ['s1', 's2'] },
  ],
  ['a changed ACL', [step('update', 'acl/web')], [], { ...none, touched: ['s2'] }],
  [
    'a line made anew',
    [step('recreate', 'line/2'), step('recreate', 'policer/2')],
    [],
    { ...none, reprogrammed: ['s2'] },
  ],
  [
    'the worst counts',
    [step('update', 'port/p'), step('recreate', 'line/2'), step('remove', 'line/1')],
    ['session/s1'],
    { dropped: ['s1'], reprogrammed: ['s2'], touched: [] },
  ],
])('%s', (_name, steps, evicted, impact) => {
  const found = impactOf({ steps, evicted }, holdings);
  expect(found).toEqual(impact);
  expect(impactSize(found)).toBe(Object.values(impact).flat().length);
});
