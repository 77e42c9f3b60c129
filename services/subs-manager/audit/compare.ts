import type { SessionId } from '../session/session-id.js';

/** What two sides say of a session, as text; `undefined`: nothing. */
export interface Difference {
  readonly id: SessionId;
  readonly fault: 'missing' | 'extra' | 'different';
  readonly expected: string;
  readonly found: string;
}

/**
 * What one side expects of sessions beside what the other has. `either` says of which sessions nothing is expected: they
 * are on their way in or out.
 */
export function compareSessions(
  expected: ReadonlyMap<SessionId, string>,
  found: ReadonlyMap<SessionId, string>,
  either: (id: SessionId) => boolean,
): Difference[] {
  const differences: Difference[] = [];
  for (const [id, text] of expected) {
    const there = found.get(id);
    if (there === undefined) differences.push({ id, fault: 'missing', expected: text, found: '' });
    else if (there !== text) differences.push({ id, fault: 'different', expected: text, found: there });
  }
  for (const [id, text] of found)
    if (!expected.has(id) && !either(id)) differences.push({ id, fault: 'extra', expected: '', found: text });
  return differences;
}

/** The fields that differ between two JSON objects, so that nobody has to find them in two long lines. */
export function differingFields(expected: string, found: string): { expected: string; found: string } {
  if (expected === '' || found === '') return { expected, found };
  const [wanted, there] = [expected, found].map((text) => JSON.parse(text) as Record<string, unknown>);
  const names = [...new Set([...Object.keys(wanted ?? {}), ...Object.keys(there ?? {})])].filter(
    (name) => JSON.stringify(wanted?.[name]) !== JSON.stringify(there?.[name]),
  );
  const only = (from: Record<string, unknown> | undefined) =>
    JSON.stringify(Object.fromEntries(names.map((name) => [name, from?.[name]])));
  return { expected: only(wanted), found: only(there) };
}
