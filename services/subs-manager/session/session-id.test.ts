import { expect, it } from '@jest/globals';
import { SessionIds } from './session-id.js';

it('makes ids that ascend and never repeat, also within a millisecond and when the clock steps back', () => {
  const times = [5, 5, 5, 9, 3, 3, 10];
  let at = 0;
  const ids = new SessionIds({ nowMs: () => 1_700_000_000_000 + (times[at++] ?? 10), monotonicMs: () => 0 });
  const made = Array.from({ length: 10_000 }, () => ids.next());
  expect(made).toEqual([...made].sort());
  expect(new Set(made).size).toBe(made.length);
  for (const id of made) expect(id).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
});
