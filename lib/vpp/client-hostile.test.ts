import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../../test/harness/wait-for.js';
import { mutations, randomSource } from '../net/mutate.testkit.js';
import { frame } from './framing.js';
import { policerDel } from './messages/policer.js';
import { showVersion } from './messages/vpe.js';
import { ClientHarness } from './testing/client-harness.js';
import { allMessages } from './testing/fake-vpp.js';

let harness: ClientHarness;
beforeEach(() => {
  harness = new ClientHarness();
});
afterEach(() => harness.close());

const version = { retval: 0, program: 'vpp', version: '26.06', build_date: '', build_directory: '' };

test('100,000 messages of nonsense, under ids and contexts that mean something: the client lives and is answered', async () => {
  const random = randomSource(3);
  const below = (limit: number) => Math.floor(random() * limit);
  const nonsense = () => {
    const body = Buffer.alloc(2 + below(60), 0);
    for (let i = 0; i < body.length; i++) body[i] = below(3) === 0 ? below(256) : 0;
    body.writeUInt16BE(100 + below(allMessages.length + 20));
    if (body.length >= 6) body.writeUInt32BE(below(8), 2);
    return frame(body);
  };
  const warnings: string[] = [];
  await harness.fakeVpp({
    on: {
      policer_del: (vpp) => vpp.raw(Buffer.concat(Array.from({ length: 1000 }, nonsense))),
      show_version: (vpp) => vpp.send(showVersion.reply, version),
    },
  });
  const client = await harness.readyClient({
    replyTimeoutMs: 60_000,
    lostProbeMs: 60_000,
    onWarning: ({ kind }) => warnings.push(kind),
  });
  for (let round = 0; round < 100; round++) {
    const silenced = client.call(policerDel, { policer_index: 1 }).catch(() => 'refused');
    await client.call(showVersion, {}).catch(() => 'answered with nonsense');
    await silenced;
  }
  expect(warnings.length).toBeGreaterThan(50_000);
  expect(await client.call(showVersion, {})).toMatchObject({ version: '26.06' });
}, 60_000);

test('a stream that is none drops the connection, and the next one is good', async () => {
  let bytes: Uint8Array = new Uint8Array(0);
  await harness.fakeVpp({
    on: {
      policer_del: (vpp) => vpp.raw(bytes),
      show_version: (vpp) => vpp.send(showVersion.reply, version),
    },
  });
  const client = await harness.readyClient({ replyTimeoutMs: 50, lostProbeMs: 10, keepaliveMs: 20 });
  for (bytes of mutations(frame(new Uint8Array(40).fill(0xff)), 200)) {
    await client.whenReady(5000);
    await client.call(policerDel, { policer_index: 1 }).catch(() => undefined);
  }
  const answer = await waitFor('a good answer', () => client.call(showVersion, {}));
  expect(answer).toMatchObject({ version: '26.06' });
}, 60_000);
