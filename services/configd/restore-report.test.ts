import { expect, test } from '@jest/globals';
import type { RestoreProgress } from './reconcile/converge.js';
import { RestoreReport } from './restore-report.js';

test('each phase is told when it begins, and then once a second; the metrics get all', () => {
  let ms = 0;
  const told: unknown[] = [];
  const counted: RestoreProgress[] = [];
  const report = new RestoreReport({
    metrics: { restoring: (progress) => counted.push(progress) },
    events: { tell: (subject, fact) => told.push([subject, fact]) },
    clock: { monotonicMs: () => ms },
  });
  const at = (phase: RestoreProgress['phase'], done: number, total: number) => report.at({ phase, done, total }, '2');
  at('read', 0, 60);
  at('infra', 0, 1000);
  for (let done = 1; done <= 1000; done++, ms += 2) at('infra', done, 1000);
  at('sessions', 0, 5);
  expect(report.progress).toEqual({ phase: 'sessions', done: 0, total: 5 });
  expect(counted).toHaveLength(1003);
  const fact = (phase: string, done: number, total: number) => [
    'bng.dataplane.restoring',
    { generation: '2', phase, done, total },
  ];
  expect(told).toEqual([fact('read', 0, 60), fact('infra', 0, 1000), fact('infra', 501, 1000), fact('sessions', 0, 5)]);
  report.end();
  expect(report.progress).toBeUndefined();
});
