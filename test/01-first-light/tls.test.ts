import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dump } from 'js-yaml';
import { SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import type { TlsFiles } from '#lib/kernel/config.js';
import { callUnary, channelCredentials } from '#lib/kernel/rpc-client.js';
import { bngctl } from '../harness/bngctl.js';
import { Authority } from '../harness/certificates.js';
import { temporaryFolder } from '../harness/child.js';
import { lanes } from '../harness/lanes.js';
import { radclient } from '../harness/radclient.js';
import { type Stack, startStack } from '../harness/stack.js';
import { bringOnline, sampleLine } from '../harness/subscribers.js';

const folder = temporaryFolder('tls');
const ours = new Authority(folder.path, 'ours').issue('node');
const theirs = new Authority(folder.path, 'theirs').issue('stranger');
const { name } = sampleLine(0);

describe('with certificates', () => {
  let stack: Stack;

  beforeAll(async () => {
    const [lane] = lanes;
    if (!lane) throw new Error('no simulator');
    stack = await startStack({ lane, subscribers: 1, tls: ours });
  }, 180_000);
  afterAll(async () => {
    await stack?.stop();
    folder.remove();
  }, 60_000);

  it('every service reaches every other: a subscriber attaches, and its rate changes by CoA', async () => {
    const { failures } = await bringOnline(await stack.accessLink(), { count: 1, concurrency: 1 });
    expect(failures).toEqual([]);
    const change = [`User-Name = "${name}"`, 'Causeway-Download-Kbps = 70000'];
    expect((await radclient(stack.coa, 'coa', change)).code).toBe('CoA-ACK');
    expect([...(await stack.dataplane.policerKbps()).values()]).toContain(70_000);
    expect(await stack.metric('exporter', /^bng_sessions\{state="active".*\} (\d+)/m)).toBe(1);
  }, 60_000);

  it.each<[string, TlsFiles | undefined]>([
    ['without a certificate', undefined],
    ['with the certificate of another authority', { ...theirs, ca: ours.ca }],
    ['that trusts another authority', { ...ours, ca: theirs.ca }],
  ])('a client %s gets nowhere', async (_name, tls) => {
    const client = new SubscriberServiceClient(stack.addresses.subsManager, channelCredentials(tls));
    const call = callUnary(client.get.bind(client), { key: name }, { timeoutMs: 3000 });
    await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/^(unavailable|timeout)$/) });
    client.close();
  });

  it('bngctl takes its own from its file', async () => {
    const file = join(folder.path, 'bngctl.yaml');
    const run = (tls: TlsFiles | undefined) => {
      writeFileSync(file, dump(tls ? { tls } : {}));
      return bngctl(stack, ['subs', 'show', name], { BNGCTL_CONFIG: file });
    };
    expect(await run(ours)).toMatchObject({ code: 0, output: expect.stringContaining('active') });
    expect(await run(undefined)).toMatchObject({ code: 5 });
  }, 60_000);
});
