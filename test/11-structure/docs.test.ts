import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { causewayAttributes } from '#lib/radius/vendors/causeway.js';
import { policyRows } from '../../services/aaa/attribute-policy.js';
import { documentJsonSchema } from '../../services/configd/document/json-schema.js';
import { loadDocument } from '../../services/configd/document/load-document.js';
import { repositoryRoot } from '../harness/service.js';

const read = (file: string) => readFileSync(join(repositoryRoot, file), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(repositoryRoot, 'docs'), { encoding: 'utf8', recursive: true }).map((file) => `docs/${file}`),
].filter((file) => file.endsWith('.md'));
const cells = (page: string) =>
  page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

describe.each(pages)('%s', (page) => {
  it('links to files that are there', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(repositoryRoot, dirname(page), link)))).toEqual([]);
  });

  it('names make targets that are there', () => {
    const targets = [...read('Makefile').matchAll(/^([a-z-]+):/gm)].map((match) => match[1]);
    const named = [...read(page).matchAll(/(?:^|`|\s[A-Z_]+=\S+ )make ([a-z-]+)/gm)].map((match) => match[1]);
    expect(named.filter((target) => !targets.includes(target))).toEqual([]);
  });
});

describe('docs/radius.md', () => {
  it('signs its CoA examples, as aaa wants them', () => {
    const examples = read('docs/radius.md')
      .split('\n')
      .filter((line) => line.startsWith('printf '));
    expect(examples.length).toBeGreaterThan(1);
    expect(examples.filter((line) => !line.includes("'Message-Authenticator = 0x00\\n"))).toEqual([]);
  });

  it('lists every attribute that has an effect, and where', () => {
    const listed = cells(read('docs/radius.md')).filter((row) => row.length === 6 && /^[A-Z]/.test(row[1] ?? ''));
    const wanted = policyRows(causewayAttributes()).map(({ row, coa }) => [row.name, coa ? 'yes' : '']);
    expect(listed.map(([, name, coa]) => [name, coa]).toSorted()).toEqual(wanted.toSorted());
  });
});

describe('docs/configuration.md', () => {
  const page = read('docs/configuration.md');

  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, example = '']) => example);

  it('has examples', () => expect(examples.length).toBeGreaterThan(1));

  it.each(examples)('has an example that configd accepts:\n%s', (example) => {
    expect(loadDocument(example)).toMatchObject({ ok: true, warnings: [] });
  });

  it('names every key of the document', () => {
    const names = (schema: unknown): string[] =>
      typeof schema !== 'object' || schema === null
        ? []
        : Object.entries(schema).flatMap(([key, value]) => [
            ...(key === 'properties' ? Object.keys(value as object) : []),
            ...names(value),
          ]);
    const keys = [...new Set(names(documentJsonSchema()))];
    expect(keys.length).toBeGreaterThan(30);
    expect(keys.filter((key) => !new RegExp(`[\`{ ]${key}\\b`).test(page))).toEqual([]);
  });
});

describe('make', () => {
  it('alone lists the targets', () => {
    const { stdout } = spawnSync('make', ['-s'], { cwd: repositoryRoot, encoding: 'utf8' });
    const targets = ['setup', 'build', 'demo', 'test', 'test-vpp', 'lint', 'structure', 'bench', 'clean'];
    expect(targets.filter((target) => !stdout.includes(`  make ${target} `))).toEqual([]);
  });
});
