import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SessionState, TerminateCause } from '#gen/bng/v1/subs.js';
import { dropReasons } from '../dhcp/drops.js';
import { endReasons } from './end-reasons.js';
import { nextState, type SessionStep, sessionStates, stateName, transitions } from './state-machine.js';

const { AUTHORIZING, OFFERED, ACTIVE, TERMINATING, REJECTED } = SessionState;
const allowed: [SessionState, SessionStep, SessionState | 'gone'][] = [
  [AUTHORIZING, 'accept', OFFERED],
  [AUTHORIZING, 'refuse', REJECTED],
  [AUTHORIZING, 'abandon', 'gone'],
  [OFFERED, 'activate', ACTIVE],
  [OFFERED, 'lapse', 'gone'],
  [OFFERED, 'withdraw', TERMINATING],
  [ACTIVE, 'end', TERMINATING],
  [TERMINATING, 'remove', 'gone'],
  [REJECTED, 'forget', 'gone'],
];
const steps = Object.keys(transitions) as SessionStep[];
const isAllowed = (state: SessionState, step: SessionStep) =>
  allowed.some(([from, name]) => from === state && name === step);

describe('session states', () => {
  it.each(allowed)('%s %s -> %s', (from, step, to) => {
    expect(nextState(from, step)).toBe(to);
  });

  const forbidden = sessionStates.flatMap((state) =>
    steps.filter((step) => !isAllowed(state, step)).map((step) => [state, step] as const),
  );
  it.each(forbidden)('%s has no %s', (state, step) => {
    expect(() => nextState(state, step)).toThrow(`session step ${step}`);
  });

  it('leads from every state to the end', () => {
    for (const state of sessionStates) expect(steps.some((step) => isAllowed(state, step))).toBe(true);
  });
});

const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;
const nameOf = (state: SessionState | 'gone') => (state === 'gone' ? 'gone' : stateName(state));
const codes = (reasons: readonly string[]) => reasons.map((code) => `\`${code}\``).join(', ');
const root = join(import.meta.dirname, '..');

/** The tables as docs/sessions.md has to have them. */
const stateTable = [
  row('state', 'event', 'next state', 'what is done', 'reason codes'),
  row('---', '---', '---', '---', '---'),
  ...Object.entries(transitions).flatMap(([step, { from, to, does, reasons }]) =>
    from.map((state) => row(nameOf(state), step, nameOf(to), does, codes(reasons))),
  ),
].join('\n');
const causeTable = [
  row('reason code', 'when', 'Acct-Terminate-Cause'),
  row('---', '---', '---'),
  ...Object.entries(endReasons).map(([code, { when, cause }]) =>
    row(`\`${code}\``, when, `${cause} ${TerminateCause[cause].toLowerCase()}`),
  ),
].join('\n');

describe('reason codes', () => {
  it.each([
    ['states', stateTable],
    ['causes', causeTable],
  ])('are in docs/sessions.md: the table of %s', (_name, table) => {
    expect(readFileSync(join(root, '..', '..', 'docs', 'sessions.md'), 'utf8')).toContain(table);
  });

  it('are there for each step, and each is explained', () => {
    const own = ['radius_accept', 'lease_taken', 'out_of_vpp', 'hold_over'];
    const known = new Set([...Object.keys(endReasons), ...Object.keys(dropReasons), ...own]);
    for (const [step, { reasons }] of Object.entries(transitions)) {
      expect([step, reasons.length]).not.toEqual([step, 0]);
      expect(reasons.filter((code) => !known.has(code))).toEqual([]);
    }
  });

  it('are the only source of a Terminate-Cause', () => {
    const sources = readdirSync(root, { encoding: 'utf8', recursive: true }).filter(
      (file) => file.endsWith('.ts') && !/\.(test|testkit)\.ts$/.test(file) && !file.endsWith('end-reasons.ts'),
    );
    const chosen = sources.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/TerminateCause\.([A-Z_]+)/g)]
        .filter(([, name]) => name !== 'UNSPECIFIED')
        .map(([text]) => `${file}: ${text}`),
    );
    expect(chosen).toEqual([]);
  });
});
