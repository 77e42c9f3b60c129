import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { Condensed } from './condense.js';
import { loadDocument } from './load-document.js';
import { readYaml } from './read-yaml.js';

/** Enough lines to be taken out. */
const rows = (count: number, indent = 6, text = 'permit tcp any any port 1') =>
  Array.from({ length: count }, (_, n) => `${' '.repeat(indent)}- ${text}${n}`).join('\n');

describe('a text with a long list of words', () => {
  test.each<[string, string]>([
    ['a list', `acls:\n  web:\n    rules:\n${rows(900)}\nrest: 1\n`],
    ['two lists', `a:\n${rows(700)}\nb:\n  - c:\n${rows(800)}\n  - d\n`],
    ['at the end, without a line end', `a:\n${rows(700)}`],
    ['beside other items', `a:\n${rows(700)}\n      - { x: 1 }\n${rows(600)}\n      - [y]\n`],
    ['an item that goes on in the next line', `a:\n${rows(700)}\n          and more\nb: 1\n`],
    ['deeper items, which are the text of the item before', `a:\n  - x\n${rows(700)}\nb: 1\n`],
    ['lines of a block of text', `a: |\n${rows(700)}\nb: 1\n`],
    ['lines of a folded text', `a: b\n${rows(700)}\nc: 1\n`],
    ['lines in quotes', `a: "\n${rows(700)}\n  "\n`],
    ['a list under an anchor', `a: &x\n${rows(700)}\nb: *x\n`],
    ['other indents', `a:\n${rows(700, 0)}\n`],
    ['items of mappings', `a:\n${rows(700, 2, 'permit: a b')}\n`],
    ['items with a comment', `a:\n${rows(700, 2, 'permit tcp # ')}\n`],
    ['one word each, which may be a number or true', `a:\n${rows(700, 2, 'true')}\n`],
    ['what stands for lines itself', `a:\n${rows(700)}\nb: condensed-lines-0\n`],
    ['comments and empty lines', `a:\n${rows(700)}\n\n      # more\n${rows(600)}\n`],
    ['windows line ends', `a:\n${rows(700)}\n`.replaceAll('\n', '\r\n')],
  ])('reads the same with %s', (_name, text) => {
    expect(readYaml(text)).toEqual({ ok: true, value: load(text) });
  });

  test.each<[string, string]>([
    ['a list in brackets', `a: [\n${rows(700)}\n]\n`],
    ['items under a value', `a: "b"\n${rows(700)}\n`],
    ['an item less deep', `a:\n${rows(700)}\n    - permit tcp any\n`],
  ])('is refused with the same places: %s', (_name, text) => {
    const places = (read: ReturnType<typeof readYaml>) => (read.ok ? [] : read.errors.map(({ line }) => line));
    expect(() => load(text)).toThrow();
    expect(places(readYaml(text)).every((line) => line > 0)).toBe(true);
    expect(places(readYaml(text)).length).toBeGreaterThan(0);
  });

  test('loses its lines and nothing else', () => {
    const text = `a:\n${rows(100_000)}\nb: 1\n`;
    expect(Condensed.of(text)?.text.split('\n')).toHaveLength(6);
    expect(Condensed.of(`a:\n${rows(300)}\n`)).toBeUndefined();
  });
});

describe('mistakes beside and in a long list are told where they are', () => {
  const header = 'interfaces: { core: { loopback: {}, acl: { in: [web] } } }\nacls:\n  web:\n    rules:\n';
  const list = rows(3000).split('\n');
  const at = (line: number, text: string) =>
    loadDocument(`${header}${list.with(line - 5, text).join('\n')}\nfoo: 1\nroutes:\n  - { prefix: 10.0.0.1/8 }\n`);

  test.each<[string, number, string, number]>([
    ['a rule that is no rule', 700, '      - permit tcp any', 9],
    ['a meaning that is wrong', 1700, '      - permit tcp any 192.0.2.1/24', 9],
    ['a family that is wrong', 2999, '      - permit icmp6 any 192.0.2.1', 9],
    ['the first', 5, '      - permit tcp any x', 9],
    ['the last', 3004, '      - permit tcp any x', 9],
    ['a mapping', 1234, '      - { action: permit, proto: tcp, src: x }', 44],
    ['a key', 1234, '      - { action: permit, protocol: tcp }', 27],
  ])('%s', (_name, line, text, column) => {
    const loaded = at(line, text);
    const places = loaded.ok ? [] : loaded.errors.map((error) => `${error.line}:${error.column} ${error.path}`);
    expect(places[0]).toMatch(new RegExp(`^${line}:${column} acls\\.web\\.rules\\[${line - 5}\\]`));
    expect(places).toContain('3005:1 foo');
    expect(places).toContain('3007:15 routes[0].prefix');
  });
});
