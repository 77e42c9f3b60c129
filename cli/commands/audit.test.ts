import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AuditResponse, DeepPartial } from '#gen/bng/v1/subs.js';
import { EXIT } from '../exit-codes.js';
import { type Fakes, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
let answer: DeepPartial<AuditResponse> = {};
const part = { name: 'sessions', compared: 12, tookMs: 3.4, error: '' };
const difference = { part: 'sessions', fault: 'extra', what: 'aa-1', sessionId: 'aa-1', found: '{"line":"l"}' };

beforeAll(async () => {
  fakes = await startFakes({ audit: () => answer });
});
afterAll(() => fakes.stop());

it('says that all agrees', async () => {
  answer = { parts: [part] };
  const { code, out } = await fakes.run(['audit']);
  expect([code, out]).toEqual([EXIT.ok, expect.stringMatching(/sessions +12 +0 +3 ms\neverything .* agrees/)]);
  expect(fakes.calls.at(-1)).toEqual(['audit', { repair: false }]);
});

it('names what differs, and ends with 3 until it is mended', async () => {
  answer = { parts: [part], findings: [difference] };
  const found = await fakes.run(['audit']);
  expect(found.code).toBe(EXIT.differences);
  expect(found.out).toMatch(/sessions +extra +aa-1 .*\{"line":"l"\}/);
  answer = { parts: [part], findings: [{ ...difference, repaired: true, note: 'ended' }] };
  const mended = await fakes.run(['audit', '--repair']);
  expect([mended.code, mended.out]).toEqual([EXIT.ok, expect.stringMatching(/mended +ended/)]);
  expect(fakes.calls.at(-1)).toEqual(['audit', { repair: true }]);
});

it('ends with 5 when a part could not be compared', async () => {
  answer = { parts: [{ ...part, error: 'PostgreSQL is away' }] };
  const { code, out } = await fakes.run(['audit']);
  expect([code, out]).toEqual([EXIT.unreachable, expect.stringContaining('not compared: PostgreSQL is away')]);
});

it('gives all of it as JSON', async () => {
  answer = { parts: [part], findings: [difference] };
  const { out } = await fakes.run(['audit', '--json']);
  expect(JSON.parse(out).findings).toMatchObject([difference]);
});
