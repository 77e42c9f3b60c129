import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventBus, type IncomingEvent, streams } from '#lib/kernel/jetstream.js';
import { silentLog } from '#lib/kernel/log.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type NatsServer, startNats } from '../harness/nats.js';
import { waitFor } from '../harness/wait-for.js';
import { bundle, documentOf, Rig } from './rig.js';

interface Told {
  subject: string;
  fact: Record<string, unknown>;
}

let nats: NatsServer;
let rig: Rig;
let bus: EventBus;
const told: Told[] = [];

beforeAll(async () => {
  nats = await startNats();
  rig = await Rig.start({ nats: nats.url });
  bus = new EventBus(nats.url, 'test', silentLog(), [streams.facts]);
  await bus.start(new AbortController().signal);
  const handler = (event: IncomingEvent) => {
    told.push({ subject: event.subject, fact: JSON.parse(Buffer.from(event.payload).toString()) });
    event.ack();
  };
  for (const subject of ['bng.config.>', 'bng.dataplane.>'])
    await bus.consume({
      stream: streams.facts,
      durable: `test-${subject.split('.')[1]}`,
      subject,
      ackWaitMs: 5000,
      maxPending: 100,
      handler,
    });
  await rig.ready();
}, 60_000);

afterAll(async () => {
  await bus?.stop();
  await rig?.stop();
  await nats?.stop();
});

const heard = (subject: string) => waitFor(subject, () => told.find((event) => event.subject === subject)?.fact);

it('tells applies, restarts of VPP and what is restored, and sessions that ended with their line', async () => {
  await rig.apply(documentOf(3), '?user=ann&comment=ticket+7');
  expect(await heard('bng.config.applied')).toMatchObject({
    version: '1',
    user: 'ann',
    comment: 'ticket 7',
    steps: 16,
    sessionsAffected: 0,
    node: 'test',
  });

  await callUnary(rig.grpc.applySession.bind(rig.grpc), { session: bundle(3) });
  told.splice(0);
  await rig.sim.control.restart();
  expect(await heard('bng.dataplane.restarted')).toMatchObject({ generation: '2' });
  expect(await heard('bng.dataplane.restoring')).toMatchObject({ generation: '2', phase: 'read', done: 0 });
  expect(await heard('bng.dataplane.restored')).toMatchObject({ generation: '2', failures: 0 });

  await rig.ready();
  await rig.apply(documentOf(2), '?allowSessionLoss');
  expect(await heard('bng.dataplane.evicted')).toMatchObject({ sessions: ['s3'] });
}, 60_000);

it('keeps applying while NATS is away, and tells it afterwards', async () => {
  told.splice(0);
  await nats.kill();
  expect((await rig.apply(documentOf(4))).status).toBe(200);
  await nats.restart();
  await waitFor('the event', () => told.some(({ fact }) => fact.version === '3'), 30_000);
  expect(told.at(-1)).toMatchObject({ subject: 'bng.config.applied', fact: { version: '3' } });
}, 60_000);
