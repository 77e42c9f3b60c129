import { describe, expect, test } from '@jest/globals';
import { allKinds } from '../../resources/all.js';
import { loadDocument } from '../load-document.js';
import { problemText } from '../problem.js';
import { allRefusals } from './all.js';

/** Made for sessions, never asked for by a document: what they refuse is in the tests of sessions. */
const ofSessions = [
  'host-guard',
  'host-guard-entry',
  'host-guard6',
  'host-guard6-entry',
  'host-policer',
  'host-policer6',
  'host-policing',
  'host-policing6',
];

test('every kind says what it refuses', () => {
  const kinds = allKinds.map(({ kind }) => kind).filter((kind) => !ofSessions.includes(kind));
  expect(Object.keys(allRefusals).sort()).toEqual(kinds.sort());
  for (const [kind, table] of Object.entries(allRefusals))
    expect({ kind, rows: table.length > 0 }).toEqual({ kind, rows: true });
});

describe.each(Object.entries(allRefusals))('%s', (_, table) => {
  test.each(table.map((row) => [row.what, row] as const))('%s', (_what, { yaml, says, warns }) => {
    const loaded = loadDocument(yaml);
    const lines = (loaded.ok ? loaded.warnings : loaded.errors).map(problemText);
    expect(loaded.ok ? { warns: lines } : { says: lines }).toEqual(says ? { says } : { warns });
    expect(lines.filter((line) => !/^\d+:\d+: \S+: ./.test(line))).toEqual([]);
  });
});
