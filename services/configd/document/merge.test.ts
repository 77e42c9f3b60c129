import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { documentJsonSchema } from './json-schema.js';
import { loadSources } from './load-sources.js';
import { mergeDocuments } from './merge.js';
import { mergedLists } from './merge-keys.js';
import { problemText } from './problem.js';

const merged = (...texts: string[]) => mergeDocuments(texts.map((text) => load(text)));

describe('merging', () => {
  it.each([
    ['mappings by key', ['a: { x: 1, y: 2 }', 'a: { y: 3, z: 4 }\nb: 5'], { a: { x: 1, y: 3, z: 4 }, b: 5 }],
    ['lists whole', ['a: [1, 2]', 'a: [3]'], { a: [3] }],
    ['another type whole', ['a: { x: 1 }', 'a: [1]'], { a: [1] }],
    ['null takes away', ['a: { x: 1, y: 2 }\nb: 1', 'a: { x: null }\nb: null'], { a: { y: 2 } }],
    ['taken away and given again', ['a: { x: 1 }', 'a: null', 'a: { z: 3 }'], { a: { z: 3 } }],
    [
      'routes by prefix and VRF',
      [
        'routes: [{ prefix: 10.0.0.0/8, drop: true }, { prefix: 10.0.0.0/8, vrf: blue, drop: true }]',
        'routes: [{ prefix: 10.0.0.0/8, vrf: default, via: [1], drop: null }, { prefix: 11.0.0.0/8, drop: true }]',
      ],
      {
        routes: [
          { prefix: '10.0.0.0/8', vrf: 'default', via: [1] },
          { prefix: '10.0.0.0/8', vrf: 'blue', drop: true },
          { prefix: '11.0.0.0/8', drop: true },
        ],
      },
    ],
    [
      'sub-interfaces by their tags',
      [
        'interfaces: { p: { subInterfaces: [{ outerVlan: 100, innerVlan: 1-9, mtu: 1 }, { vlan: 5 }] } }',
        'interfaces: { p: { subInterfaces: [{ outerVlan: "100", innerVlan: 1-9, vrf: blue }, { vlan: 5, $remove: true }] } }',
      ],
      { interfaces: { p: { subInterfaces: [{ outerVlan: '100', innerVlan: '1-9', mtu: 1, vrf: 'blue' }] } } },
    ],
    [
      'rules of an ACL whole',
      ['acls: { a: { description: x, rules: [one, two] } }', 'acls: { a: { rules: [three] } }'],
      { acls: { a: { description: 'x', rules: ['three'] } } },
    ],
    [
      'a key of JavaScript',
      ['__proto__: { x: 1 }', '__proto__: { y: 2 }'],
      JSON.parse('{ "__proto__": { "x": 1, "y": 2 } }'),
    ],
  ])('%s', (_name, texts, value) => {
    expect(merged(...texts).value).toEqual(value);
  });

  it('remembers where each value was written', () => {
    const { origin } = merged(
      'a: { x: 1 }\nroutes: [{ prefix: p, drop: false }, { prefix: q }]',
      'a: { y: 2 }\nroutes: [{ prefix: q, drop: true }, { prefix: r }]',
    );
    expect(origin(['a', 'x'])).toEqual({ file: 0, path: ['a', 'x'] });
    expect(origin(['a', 'y'])).toEqual({ file: 1, path: ['a', 'y'] });
    expect(origin(['routes', 0, 'drop'])).toEqual({ file: 0, path: ['routes', 0, 'drop'] });
    expect(origin(['routes', 1, 'prefix'])).toEqual({ file: 1, path: ['routes', 0, 'prefix'] });
    expect(origin(['routes', 2, 'gone', 'deeper'])).toEqual({ file: 1, path: ['routes', 1, 'gone', 'deeper'] });
  });

  it('leaves the documents as they are', () => {
    const [base, over] = [
      { a: { x: 1 }, routes: [{ prefix: 'p' }] },
      { a: { x: 2 }, routes: [{ prefix: 'p', drop: true }] },
    ];
    const before = structuredClone([base, over]);
    mergeDocuments([base, over]);
    expect([base, over]).toEqual(before);
  });

  it('names lists that the document has, by keys that their entries have', () => {
    const schema: unknown = documentJsonSchema();
    type Schema = { additionalProperties: Schema; properties: Record<string, Schema>; items: Schema };
    const into = (node: Schema, step: string) => (step === '*' ? node.additionalProperties : node.properties[step]);
    const at = (path: string) => path.split('.').reduce((node, step) => into(node, step) as Schema, schema as Schema);
    const shapes = mergedLists().map(({ list, keys }) => keys.filter((key) => !at(list).items.properties[key]));
    expect(shapes.flat()).toEqual([]);
  });
});

const base = `interfaces:
  core: { hostInterface: { device: eth0 }, addresses: [10.255.0.1/30] }
  gw: { loopback: {}, addresses: [100.64.0.1/16] }
vrfs: { blue: { table: 10 } }
`;
const files = (...texts: string[]) =>
  texts.map((text, i) => ({ name: ['base.yaml', 'nodes/bng1.yaml', 'c.yaml'][i] ?? '', text }));
const said = (...texts: string[]) => {
  const loaded = loadSources(files(...texts));
  return (loaded.ok ? loaded.warnings : [...loaded.errors, ...loaded.warnings]).map(problemText);
};

describe('files of one configuration', () => {
  it('are one document, whose text says the same', () => {
    const overlay =
      'interfaces:\n  core: { addresses: [10.255.0.5/30] }\n  access: { hostInterface: { device: eth1 } }\n';
    const loaded = loadSources(files(base, overlay, '# nothing yet\n'));
    expect(loaded.ok && [...loaded.model.interfaces.keys()]).toEqual(['core', 'gw', 'access']);
    const again = loadSources([{ name: '', text: loaded.yaml }]);
    expect(again.ok && again.model.document).toEqual(loaded.ok && loaded.model.document);
    expect(load(loaded.yaml)).toMatchObject({ interfaces: { core: { addresses: ['10.255.0.5/30'] } } });
    expect(loaded.yaml.split('\n').slice(1, 4)).toEqual(['#   base.yaml', '#   nodes/bng1.yaml', '#   c.yaml']);
  });

  it('have a text that changes with their comments', () => {
    const texts = ['', '# x\n'].map((more) => loadSources(files(base, more)).yaml.split('\n').slice(0, 1));
    expect(texts[0]).not.toEqual(texts[1]);
  });

  it.each([
    ['a syntax error in each', ['a: [\n', 'b: }\n'], [/^base\.yaml:2:1: /, /^nodes\/bng1\.yaml:1:4: /]],
    [
      'an unknown key in an overlay',
      [base, 'interfaces:\n  core: { mtuu: 1 }\n'],
      [/^nodes\/bng1\.yaml:2:11: interfaces\.core\.mtuu: unknown key "mtuu"; did you mean "mtu"/],
    ],
    [
      'a value of the base',
      [base.replace('10.255.0.1/30', '10.255.0.0/30'), 'interfaces: { core: { mtu: 1600 } }'],
      [/^base\.yaml:2:56: interfaces\.core\.addresses\[0\]: 10\.255\.0\.0\/30 is the network/],
    ],
    [
      'a reference of an overlay',
      [base, 'interfaces: { gw: { vrf: green } }'],
      [/^nodes\/bng1\.yaml:1:26: interfaces\.gw\.vrf: .*green/],
    ],
    [
      'an entry of a list',
      [`${base}routes: [{ prefix: 10.0.0.0/8, drop: true }]\n`, 'routes:\n  - { prefix: 11.0.0.1/8, drop: true }\n'],
      [/^nodes\/bng1\.yaml:2:15: routes\[0\]\.prefix: 11\.0\.0\.1\/8 has host bits set/],
    ],
    [
      'something to remove that is not there',
      [base, 'vrfs: { green: null }\nroutes: [{ prefix: 10.0.0.0/8, $remove: true }]'],
      [
        /^nodes\/bng1\.yaml:1:16: vrfs\.green: nothing to remove/,
        /^nodes\/bng1\.yaml:2:10: routes\[0\]: nothing to remove/,
      ],
    ],
    ['a list at the top', [base, '- 1\n'], [/^nodes\/bng1\.yaml:1:1: a mapping is expected/]],
    ['nothing in any', ['', '\n'], []],
  ])('with %s', (_name, texts, messages) => {
    const problems = said(...texts);
    expect(problems).toHaveLength(messages.length);
    expect(problems.filter((problem, i) => !messages[i]?.test(problem))).toEqual([]);
  });

  it.each([
    [
      [
        { name: 'a', text: base },
        { name: 'a', text: base },
      ],
      'the file a was given twice',
    ],
    [
      [
        { name: 'a', text: base },
        { name: 'b\nc', text: base },
      ],
      'each file needs a name of at most 255 printable characters',
    ],
    [[], 'no file was given'],
  ])('with bad names are refused', (sources, message) => {
    const loaded = loadSources(sources);
    expect(loaded.ok ? [] : loaded.errors.map(problemText)).toEqual([message]);
  });

  it('name the file also when there is one', () => {
    const loaded = loadSources([{ name: 'x.yaml', text: 'interfaces: 1\n' }]);
    expect(loaded.ok ? '' : loaded.errors.map(problemText).join()).toMatch(/^x\.yaml:1:13: interfaces: a mapping/);
  });
});
