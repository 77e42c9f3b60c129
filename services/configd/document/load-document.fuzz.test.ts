import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { randomSource } from '#lib/net/mutate.testkit.js';
import { checkValue, loadDocument } from './load-document.js';

const fragments = [
  'interfaces: { a: { hostInterface: { device: e }, mac: 02:ca:00:00:00:01 } }\n',
  'interfaces:\n  a:\n    memif: {}\n    subInterfaces: [{ vlan: 5-9, unnumbered: g }]\n',
  'interfaces: { g: { loopback: {}, addresses: [10.0.0.1/8] } }\n',
  'vrfs: { b: { table: 10 }, r: { table: 11 } }\n',
  'routes: [{ prefix: 10.0.0.0/8, via: [{ address: 10.1.1.1, weight: 70 }] }]\n',
  'dhcpRelay: [{ server: 10.0.0.2, source: 10.0.0.1, vrf: b }]\n',
  'policers: { p: { cirBps: 100M, pirBps: 1G } }\n',
  'acls: { a: { rules: [permit tcp any any port 80] } }\n',
  'acls: { b: { rules: [{ action: permit, dstPorts: [80, 443] }] } }\n',
];
const pieces = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '- ',
  '\n',
  '\t',
  '  ',
  '&a ',
  '*a',
  '!!',
  '|',
  '>',
  '"',
  "'",
  '#',
  '4095',
  '0',
  '-1',
];
const words = [
  '__proto__',
  'constructor',
  'null',
  '~',
  'true',
  '1e999',
  '.nan',
  '<<',
  '\u0000',
  '\ud800',
  '€',
  '0x10',
  '1-4094',
  'any',
];

type Random = () => number;
const below = (random: Random, n: number) => Math.floor(random() * n);
const pick = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)] as T;

/** One to four random edits: a cut, a copy of another place, a piece of syntax, an odd word. */
function mutate(random: Random, text: string): string {
  let result = text;
  for (let n = 1 + below(random, 4); n > 0; n--) {
    const at = below(random, result.length + 1);
    const end = Math.min(result.length, at + below(random, 6));
    const from = below(random, result.length + 1);
    const inserts = ['', result.slice(from, from + 8), pick(random, pieces), pick(random, words)];
    result = result.slice(0, at) + pick(random, inserts) + result.slice(end);
  }
  return result;
}

describe('any text', () => {
  // Most of the time would go into stack traces of syntax errors.
  const limit = Error.stackTraceLimit;
  beforeAll(() => {
    Error.stackTraceLimit = 0;
  });
  afterAll(() => {
    Error.stackTraceLimit = limit;
  });

  it('is accepted or refused with messages, and never throws', () => {
    const random = randomSource(7);
    const odd: string[] = [];
    let accepted = 0;
    for (let n = 0; n < 100_000; n++) {
      const text = mutate(random, pick(random, fragments));
      const loaded = loadDocument(text);
      accepted += Number(loaded.ok);
      if (!loaded.ok && loaded.errors.length === 0) odd.push(text);
    }
    expect(odd).toEqual([]);
    expect(accepted).toBeGreaterThan(200);
  }, 600_000);
});

const leaves = [
  null,
  undefined,
  true,
  0,
  -1,
  5000,
  1e308,
  Number.NaN,
  '',
  'default',
  '1-4094',
  '10.0.0.1/8',
  '::/0',
  'a',
  [],
  {},
];

/** A copy in which some values are replaced, taken out, doubled or renamed. */
function mutateValue(random: Random, value: unknown): unknown {
  if (random() < 0.08) return pick(random, leaves);
  if (Array.isArray(value)) {
    const items = value.map((item) => mutateValue(random, item));
    return random() < 0.1 ? [...items, ...items] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [
    random() < 0.05 ? pick(random, words) : key,
    mutateValue(random, child),
  ]);
  return Object.fromEntries(entries);
}

describe('any values', () => {
  it('are accepted or refused with messages, and never throw', () => {
    const random = randomSource(8);
    const documents = fragments.map((fragment) => load(fragment));
    const odd: unknown[] = [];
    let accepted = 0;
    for (let n = 0; n < 100_000; n++) {
      const value = mutateValue(random, Object.assign({}, pick(random, documents), pick(random, documents)));
      const { problems, model } = checkValue(value);
      accepted += Number(problems.length === 0);
      if (!model && problems.length === 0) odd.push(value);
    }
    expect(odd).toEqual([]);
    expect(accepted).toBeGreaterThan(1000);
  }, 120_000);
});
