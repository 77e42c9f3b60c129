import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { SessionBundle } from '#gen/bng/v1/configd.js';
import { SessionJournal } from './session-journal.js';

let folder: string;
let held: Map<string, SessionBundle>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  held = new Map();
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'sessions.jsonl');
const open = () =>
  new SessionJournal(
    folder,
    () => held.values(),
    () => held.size,
  );
const bundle = (sessionId: string, downloadBps = 1_000_000n): SessionBundle =>
  SessionBundle.fromPartial({ sessionId, line: 'access.1', owner: 'o', sourceGuard: true, policy: { downloadBps } });

/** As `Sessions` does: held first, then written. */
const applied = (journal: SessionJournal, session: SessionBundle) => {
  held.set(session.sessionId, session);
  return journal.applied(session);
};

it('is empty at first', () => {
  expect(open().load()).toEqual({ sessions: [], damaged: 0 });
});

it('gives back what was held, the last word of each session', async () => {
  const journal = open();
  await Promise.all([applied(journal, bundle('a')), applied(journal, bundle('b')), journal.applied(bundle('c'))]);
  await applied(journal, bundle('a', 10_000_000_000n));
  await journal.removed('c');
  await journal.close();
  expect(open().load()).toEqual({ sessions: [bundle('a', 10_000_000_000n), bundle('b')], damaged: 0 });
});

it('bears a torn last line and foreign ones', async () => {
  const journal = open();
  await applied(journal, bundle('a'));
  await journal.close();
  appendFileSync(file(), '{"apply":{}}\n[]\n{"apply":{"sessionId":"b","li');
  expect(open().load()).toEqual({ sessions: [bundle('a')], damaged: 3 });
});

it('writes on after a torn line without losing the next one', async () => {
  appendFileSync(file(), '{"apply":{"sessionId":"x","li');
  const journal = open();
  journal.load();
  await applied(journal, bundle('a'));
  await journal.close();
  expect(open().load()).toEqual({ sessions: [bundle('a')], damaged: 1 });
});

it('stays small however often sessions change', async () => {
  const journal = open();
  for (let n = 0; n < 6000; n++) await applied(journal, bundle(`s${n % 3}`, BigInt(n + 1)));
  await journal.close();
  expect(readFileSync(file(), 'utf8').split('\n').length).toBeLessThan(2100);
  expect(open().load().sessions).toEqual([bundle('s0', 5998n), bundle('s1', 5999n), bundle('s2', 6000n)]);
});
