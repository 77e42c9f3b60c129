import { expect, test } from '@jest/globals';
import type { PlanStep } from '../reconcile/plan.js';
import { natLosses } from './nat-losses.js';

const step = (action: PlanStep['action'], key: string): PlanStep => ({
  action,
  kind: key.slice(0, key.indexOf('/')),
  key,
});

test.each([
  [
    'another size',
    [step('recreate', 'nat44-ed/plugin'), step('recreate', 'nat44-ed-pool/any/a-b')],
    ['NAT44-ED is made anew: all its sessions are lost'],
  ],
  [
    'no NAT any more',
    [step('remove', 'nat44-ei/plugin'), step('remove', 'nat44-ei-pool/any/a-b')],
    ['NAT44-EI goes: all its sessions are lost'],
  ],
  [
    'pools and maps',
    [
      step('remove', 'nat44-ed-pool/any/a-b'),
      step('recreate', 'nat44-ei-pool/blue/c-d'),
      step('remove', 'det44-map/x-y'),
    ],
    ['sessions through NAT pools are lost: any/a-b, blue/c-d', 'sessions of DET44 maps are lost: x-y'],
  ],
  [
    'a static mapping, alone or with its pool',
    [step('remove', 'nat44-ed-static/web'), step('recreate', 'nat44-ei-static/mail')],
    ['sessions of static mappings are lost: web, mail'],
  ],
  [
    'many',
    [1, 2, 3, 4, 5, 6].map((n) => step('remove', `det44-map/${n}`)),
    ['sessions of DET44 maps are lost: 1, 2, 3, 4 and 2 more'],
  ],
  [
    'what loses nothing',
    [step('update', 'nat44-ed/plugin'), step('create', 'nat44-ed-pool/any/a-b'), step('remove', 'route/x')],
    [],
  ],
])('%s', (_name, steps, messages) => {
  expect(natLosses(steps)).toEqual(messages);
});
