import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Child, temporaryFolder } from '../harness/child.js';
import { repositoryRoot } from '../harness/service.js';

const folder = temporaryFolder('service-config');
afterAll(() => folder.remove());

const services = readdirSync(join(repositoryRoot, 'services'));

/** The service started on a configuration that it must refuse: how it ended and what it said. */
async function refusal(service: string, yaml: string): Promise<{ code: number | string; said: string }> {
  const file = join(folder.path, `${service}.yaml`);
  writeFileSync(file, yaml);
  const main = join(repositoryRoot, 'dist', 'services', service, 'main.js');
  const child = new Child(service, process.execPath, [main, '--config', file]);
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const code = await child.exited;
  clearTimeout(timer);
  return { code, said: child.output };
}

describe.each(services)('%s', (service) => {
  it('refuses keys that it does not know, wherever they stand, in words without a stack', async () => {
    const { code, said } = await refusal(service, 'nonsense: S3CRET\nlogLevel: loud\ntls: { certificate: S3CRET }\n');
    expect(code).toBe(2);
    for (const name of ['nonsense', 'logLevel', 'tls']) expect(said).toContain(name);
    expect(said).not.toMatch(/S3CRET|^\s+at /m);
  }, 40_000);

  it('refuses text that is no YAML, without repeating it', async () => {
    const { code, said } = await refusal(service, 'password: S3CRET\ndatabaseUrl: { S3CRET\n');
    expect(code).toBe(2);
    expect(said).toMatch(new RegExp(`${service}\\.yaml:\\d+:\\d+: `));
    expect(said).not.toMatch(/S3CRET|^\s+at /m);
  }, 40_000);
});
