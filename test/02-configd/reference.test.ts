import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import * as messages from '#lib/vpp/messages/all.js';
import { VppDataplane } from '../../services/configd/dataplane.js';
import { compileDocument } from '../../services/configd/document/compile.js';
import { documentJsonSchema } from '../../services/configd/document/json-schema.js';
import { loadDocument } from '../../services/configd/document/load-document.js';
import { problemText } from '../../services/configd/document/problem.js';
import { Engine, infraOwner } from '../../services/configd/reconcile/engine.js';
import { allKinds } from '../../services/configd/resources/all.js';
import { temporaryFolder } from '../harness/child.js';
import { repositoryRoot } from '../harness/service.js';
import { startVppSim, type VppSim } from '../harness/vpp-sim.js';

jest.setTimeout(60_000);

const docs = join(repositoryRoot, 'docs');
const guide = readFileSync(join(docs, 'configuration.md'), 'utf8');
const examples: [string, string][] = [
  ...readdirSync(join(docs, 'reference/examples')).map((file): [string, string] => [
    file,
    readFileSync(join(docs, 'reference/examples', file), 'utf8'),
  ]),
  ...[...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ''], i): [string, string] => [
    `configuration.md, example ${i + 1}`,
    text,
  ]),
];

interface Property {
  readonly path: string;
  readonly description?: string;
  readonly inVpp?: string;
}

/** Every key that the schema knows, at any depth. */
function propertiesIn(schema: unknown, path = ''): Property[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (keyword !== 'properties') return propertiesIn(value, path);
    return Object.entries(value as Record<string, { description?: string; 'x-vpp'?: string }>).flatMap(([key, one]) => [
      {
        path: `${path}/${key}`,
        ...(one.description !== undefined && { description: one.description }),
        ...(one['x-vpp'] !== undefined && { inVpp: one['x-vpp'] }),
      },
      ...propertiesIn(one, `${path}/${key}`),
    ]);
  });
}

describe('the schema of the configuration', () => {
  const properties = propertiesIn(documentJsonSchema());

  it('says of every key what it means', () => {
    expect(properties.length).toBeGreaterThan(300);
    expect(properties.filter(({ description = '' }) => description.length < 4).map(({ path }) => path)).toEqual([]);
  });

  it('says of every section what it becomes in VPP, and names messages that are there', () => {
    const sections = properties.filter(({ path }) => path.lastIndexOf('/') === 0);
    expect(sections.filter(({ inVpp }) => inVpp === undefined)).toEqual([]);
    const known = new Set(
      [...messages.allOperations, ...messages.optionalOperations].map(({ request }) => request.name),
    );
    const named = properties.flatMap(({ inVpp = '' }) => inVpp.match(/[a-z0-9]+(?:_[a-z0-9]+)+/g) ?? []);
    expect(named.length).toBeGreaterThan(50);
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('docs/reference', () => {
  it('has an example for every section', () => {
    const sections = Object.keys(documentJsonSchema().properties as object);
    expect(examples.map(([name]) => name)).toEqual(expect.arrayContaining(sections.map((key) => `${key}.yaml`)));
  });

  it('is what the schema gives; make reference writes it anew', () => {
    const folder = temporaryFolder('reference');
    const file = join(folder.path, 'schema.json');
    writeFileSync(file, JSON.stringify(documentJsonSchema()));
    const script = join(repositoryRoot, 'scripts/reference-pages.mjs');
    const { stderr, status } = spawnSync(process.execPath, [script, '--check', '--schema', file], { encoding: 'utf8' });
    folder.remove();
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });
});

describe('the examples of the documentation', () => {
  let sim: VppSim;
  let dataplane: VppDataplane;
  let engine: Engine;

  beforeEach(async () => {
    sim = await startVppSim({
      hostInterfaces: ['eth0', 'eth1', 'eth2', 'eth3', 'eth4'],
      ports: ['TenGigabitEthernet3/0/0'],
    });
    dataplane = new VppDataplane({ socketPath: sim.apiSocket, log: silentLog() });
    engine = new Engine({ dataplane, kinds: allKinds, log: silentLog() });
    await dataplane.client.whenReady(20_000);
    await engine.restore();
  });
  afterEach(async () => {
    await dataplane.client.close();
    await sim.stop();
  });

  it.each(examples)('%s goes into an empty VPP, is read back as it is, and goes again', async (_name, text) => {
    const loaded = loadDocument(text);
    expect({ ...loaded, ...(!loaded.ok && { errors: loaded.errors.map(problemText) }) }).toMatchObject({
      ok: true,
      warnings: [],
    });
    const resources = loaded.ok ? compileDocument(loaded.model, { name: 'test' }) : [];
    const applied = await engine.apply(infraOwner, resources);
    expect(applied.outcome).toMatchObject({ result: 'done', failures: [] });
    expect(applied.outcome.messages).toBeGreaterThan(0);
    expect(await engine.audit()).toMatchObject({ missing: [], different: [], leftover: [] });
    expect((await engine.apply(infraOwner, resources)).outcome.messages).toBe(0);
    expect((await engine.apply(infraOwner, [])).outcome).toMatchObject({ result: 'done', failures: [] });
    expect(await engine.audit()).toMatchObject({ missing: [], different: [], leftover: [] });
    expect([...engine.recorded.keys()]).toEqual([]);
  });
});
