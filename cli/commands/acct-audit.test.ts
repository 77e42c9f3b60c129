import { afterEach, expect, test } from '@jest/globals';
import { type Answers, type Fakes, startFakes } from '../fake-services.testkit.js';

let fakes: Fakes;
const start = async (answers: Answers) => {
  fakes = await startFakes(answers);
  return fakes;
};
afterEach(async () => fakes?.stop());

const totals = { sessions: 3n, open: 1n, starts: 3n, interims: 12n, stops: 2n };
const finding = { fault: 'hole', sessionId: 's1', sequence: 4n, atMs: 0n, detail: '3 of 4 events are in the ledger' };

test.each([
  ['all is well', [], 'every record was acknowledged exactly once\n', 0],
  ['something is missing', [finding], '3 of 4 events', 1],
  ['something may have come twice', [{ ...finding, fault: 'repeated', kind: 'stop' }], 'repeated', 0],
])('%s', async (_name, findings, text, exit) => {
  const { run, calls } = await start({ auditAccounting: () => ({ ...totals, findings }) });
  const { code, out } = await run(['acct', 'audit', '--session', 's1', '--limit', '5']);
  expect([code, out]).toEqual([exit, expect.stringContaining(text)]);
  expect(calls).toEqual([['auditAccounting', { sessionId: 's1', sinceMs: 0n, limit: 5 }]]);
});

test('off', async () => {
  const { run, calls } = await start({ accountingOff: () => ({}) });
  expect(await run(['acct', 'off'])).toMatchObject({ code: 0, out: expect.stringContaining('acknowledged') });
  expect(calls).toEqual([['accountingOff', {}]]);
});

test('a time it cannot read is a usage error', async () => {
  const { run } = await start({});
  expect(await run(['acct', 'audit', '--since', 'yesterday'])).toMatchObject({ code: 2 });
});
