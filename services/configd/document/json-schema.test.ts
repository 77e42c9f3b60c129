import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { documentJsonSchema } from './json-schema.js';
import { objections } from './json-schema.testkit.js';
import { loadDocument } from './load-document.js';

const schema = documentJsonSchema();
const check = (text: string) => objections(schema, load(text));
const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/configuration.md', 'utf8')) ?? [];

describe('documentJsonSchema', () => {
  it.each([
    ['the example of the documentation', example],
    ['the sample', readFileSync('infra/samples/bng.yaml', 'utf8')],
    ['the sample for containers', readFileSync('infra/docker/samples/bng.yaml', 'utf8')],
    [
      'every short form',
      `
interfaces:
  access:
    hostInterface: { device: eth1 }
    subInterfaces: [{ vlan: 7 }, { vlan: 8-9 }, { vlan: [10, 11-12] }, { outerVlan: 100, innerVlan: 1-5 }]
acls:
  one:
    rules:
      - permit any any any
      - { action: deny, proto: tcp, dstPorts: 25 }
`,
    ],
  ])('accepts %s, which configd accepts', (_what, text) => {
    expect(loadDocument(text)).toMatchObject({ ok: true });
    expect(check(text)).toEqual([]);
  });

  it.each([
    ['interface: {}', '/interface: not known here'],
    [
      'interfaces: { access: { hostInterface: { device: eth1 }, mut: 1500 } }',
      '/interfaces/access/mut: not known here',
    ],
    ['interfaces: { access: { hostInterface: {} } }', '/interfaces/access/hostInterface: "device" is missing'],
    ['interfaces: { access: { loopback: {}, mtu: 20 } }', '/interfaces/access/mtu: too small'],
    ['interfaces: { access: { loopback: {}, enabled: 1 } }', '/interfaces/access/enabled: wrong type'],
    [
      'interfaces: { access: { loopback: {}, subInterfaces: [{ vlan: {} }] } }',
      '/interfaces/access/subInterfaces/0/vlan: no form fits',
    ],
    ['interfaces: { "1": { loopback: {} } }', '/interfaces/1: wrong name'],
    ['routes: {}', '/routes: wrong type'],
    ['acls: { one: { rules: [{ action: allow }] } }', '/acls/one/rules/0: no form fits'],
  ])('refuses %s, which configd refuses', (text, objection) => {
    expect(loadDocument(text)).toMatchObject({ ok: false });
    expect(check(text)).toEqual([objection]);
  });

  it('says for which version of JSON Schema it is', () =>
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: expect.any(String),
    }));
});
