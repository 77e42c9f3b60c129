import { expect, test } from '@jest/globals';
import { randomSource } from '#lib/net/mutate.testkit.js';
import type { AnyMessage } from '#lib/vpp/message.js';
import { allOperations, messagesOf } from '#lib/vpp/messages/all.js';
import { Writer } from '#lib/vpp/wire.js';
import { createDataplane } from '../dataplane.js';
import { allHandlers } from './all.js';
import { type ApiClient, type Handler, zeroValue } from './handler.js';

const client: ApiClient = { subscribe: () => true, unsubscribe: () => true };

/** What VPP would have died of: the process would end here. */
class Lethal extends Error {}

function scene() {
  const dataplane = createDataplane({ crash: fail, nowMs: () => 0 });
  const parent = dataplane.afPackets.create('acc0', undefined).swIfIndex;
  dataplane.interfaces.createSub(parent, { id: 1, flags: 0x12, outerVlan: 1, innerVlan: 0 });
  const writer = new Writer();
  const sent: string[] = [];
  const deaths: string[] = [];
  const run = (handler: Handler, body: Uint8Array): boolean => {
    try {
      return handler.run(body, { dataplane, client, pid: 1 }, (message, value) => {
        sent.push(message.name);
        writer.reset();
        message.encodeInto(writer, 1, 0, 0, value);
      });
    } catch (error) {
      if (!(error instanceof Lethal)) throw error;
      deaths.push(error.message);
      return false;
    }
  };
  return { run, sent, deaths };
}

function fail(reason: string): never {
  throw new Lethal(reason);
}

const dumps = allHandlers.filter(({ reply }) => reply === undefined);
const calls = allHandlers.filter(({ reply }) => reply !== undefined);
const encoded = (message: AnyMessage, value: unknown) => message.encode(1, 0, 0, value);

test('there is one handler for each operation', () => {
  const handled = allHandlers.map(({ request }) => request.name);
  const wanted = allOperations.map((operation) => messagesOf(operation)[0]?.name);
  expect(wanted.filter((name) => name !== 'sockclnt_delete' && !handled.includes(name ?? ''))).toEqual([]);
  expect(new Set(handled).size).toBe(handled.length);
});

test('each answers a request of zeros, or dies of it as VPP does', () => {
  const silent = calls.filter((handler) => {
    const { run, sent, deaths } = scene();
    run(handler, encoded(handler.request, zeroValue(handler.request)));
    // A stream may list what VPP always has, as its first IPFIX exporter, before it replies.
    const replies = sent.filter((name) => name === handler.reply?.name);
    return replies.length + deaths.length !== 1;
  });
  expect(silent.map(({ request }) => request.name)).toEqual([]);
});

test('text without its NUL is cut, and can be dumped', () => {
  const { run } = scene();
  const full = (message: AnyMessage) => new Uint8Array(message.encode(1, 0, 0, zeroValue(message)).length).fill(0x41);
  for (const handler of calls) run(handler, full(handler.request));
  expect(() => {
    for (const handler of dumps) run(handler, encoded(handler.request, zeroValue(handler.request)));
  }).not.toThrow();
});

test('random bodies neither throw, but for what kills VPP, nor leave behind what cannot be dumped', () => {
  const { run } = scene();
  const random = randomSource(4);
  const below = (limit: number) => Math.floor(random() * limit);
  const noise = Uint8Array.from({ length: 256 * 1024 }, () => (below(3) === 0 ? below(256) : below(3)));
  const randomBody = () => noise.subarray(below(noise.length - 300)).subarray(0, 10 + below(250));
  const dumpAll = () => {
    for (const handler of dumps) run(handler, encoded(handler.request, zeroValue(handler.request)));
  };
  const runDump = (n: number) => {
    const handler = dumps[n % dumps.length];
    if (handler) run(handler, randomBody());
  };
  let accepted = 0;
  for (let n = 0; n < 100_000; n++) {
    const handler = calls[n % calls.length];
    accepted += handler && run(handler, randomBody()) ? 1 : 0;
  }
  dumpAll();
  for (let n = 0; n < 2000; n++) runDump(n);
  expect(accepted).toBeGreaterThan(10_000);
});
