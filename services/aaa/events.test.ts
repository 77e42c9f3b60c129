import { describe, expect, it } from '@jest/globals';
import { SessionEvent, SessionEvent_Kind } from '#gen/bng/v1/subs.js';
import { systemClock } from '#lib/kernel/clock.js';
import type { ConsumeOptions, IncomingEvent } from '#lib/kernel/jetstream.js';
import { silentLog } from '#lib/kernel/log.js';
import { Registry } from '#lib/kernel/metrics.js';
import { mutations } from '#lib/net/mutate.testkit.js';
import { attribute } from '#lib/radius/attribute-row.js';
import { attributes } from '#lib/radius/attributes.js';
import type { RadiusClient } from '#lib/radius/client.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { Accounting } from './events.js';
import { aaaMetrics } from './metrics.js';
import type { AccountingStore, Progress } from './store.js';

type ExchangeResult = Awaited<ReturnType<RadiusClient['exchange']>>;

class Bench {
  readonly log: string[] = [];
  readonly outcomes: string[] = [];
  readonly last = new Map<string, bigint>();
  storeAway = false;
  refusals = 0;
  answer: () => Promise<{ kind: string }> = async () => ({ kind: 'acknowledged' });
  private handler: ConsumeOptions['handler'] = () => {};

  readonly store: AccountingStore = {
    lastSequence: async ({ sessionId }) => this.reachable(this.last.get(sessionId) ?? 0n),
    record: async ({ sessionId, sequence, outcome }: Progress) => {
      this.reachable(undefined);
      this.outcomes.push(`${sessionId}/${sequence} ${outcome}`);
      this.last.set(sessionId, sequence);
    },
    sending: async () => this.reachable(undefined),
    prune: async () => {},
  };
  readonly accounting = new Accounting(
    {
      bus: {
        consume: async ({ handler }) => {
          this.handler = handler;
        },
      },
      client: {
        exchange: async (_, made) => {
          const [input] = typeof made === 'function' ? made() : made;
          this.log.push(`send ${String(input?.value)}`);
          return (await this.answer()) as ExchangeResult;
        },
      },
      store: this.store,
      record: ({ session, sequence, kind }) =>
        kind === SessionEvent_Kind.UNSPECIFIED
          ? undefined
          : [attribute(attributes.acctSessionId, `${session?.sessionId}/${sequence}`)],
      metrics: aaaMetrics(new Registry()),
      log: silentLog(),
      clock: systemClock,
      maxPending: 10,
      shedAtPending: 6,
    },
    0,
  );

  private reachable<T>(value: T): T {
    if (this.storeAway) {
      this.refusals++;
      throw new Error('database away');
    }
    return value;
  }

  deliver(sessionId: string, sequence: number, options: { kind?: SessionEvent_Kind; deliveries?: number } = {}): void {
    const kind = options.kind ?? SessionEvent_Kind.INTERIM;
    const event = SessionEvent.fromPartial({ kind, sequence: BigInt(sequence), session: { sessionId } });
    this.deliverBytes(SessionEvent.encode(event).finish(), `${sessionId}/${sequence}`, options.deliveries ?? 1);
  }

  deliverBytes(payload: Uint8Array, label: string, deliveries = 1): void {
    const event: IncomingEvent = {
      subject: label,
      payload,
      deliveries,
      ack: () => this.log.push(`ack ${label}`),
      retry: () => this.log.push(`retry ${label}`),
      working: () => {},
    };
    this.handler(event);
  }

  async settled(lines: number): Promise<string[]> {
    await waitFor('log', () => this.log.length >= lines);
    return this.log;
  }
}

async function bench(run: (b: Bench) => Promise<void>): Promise<void> {
  const b = new Bench();
  await b.accounting.start();
  await run(b).finally(() => b.accounting.stop());
}

describe('Accounting', () => {
  it('acknowledges after the answer, one event of a session at a time and in order', () =>
    bench(async (b) => {
      let release = () => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      b.answer = () => gate.then(() => ({ kind: 'acknowledged' }));
      b.deliver('a', 1);
      b.deliver('a', 2);
      await b.settled(1);
      b.deliver('b', 1);
      expect(await b.settled(2)).toEqual(['send a/1', 'send b/1']);
      release();
      await b.settled(6);
      const order = (session: string) => b.log.filter((line) => line.includes(session));
      expect(order('a/')).toEqual(['send a/1', 'ack a/1', 'send a/2', 'ack a/2']);
    }));

  it(
    'acknowledges what cannot be read, so that it never comes again: 100,000 damaged events',
    () =>
      bench(async (b) => {
        const event = SessionEvent.fromPartial({
          kind: SessionEvent_Kind.UP,
          sequence: 1n,
          session: { sessionId: 'a' },
        });
        const good = SessionEvent.encode(event).finish();
        let count = 0;
        for (const payload of mutations(good, 100_000)) b.deliverBytes(payload, `damaged ${count++}`);
        b.deliver('whole', 1);
        await waitFor('the whole one', () => b.log.includes('ack whole/1'));
        await waitFor(
          'an answer to each',
          () => b.log.filter((line) => /^(ack|retry)/.test(line)).length > count,
          40_000,
        );
      }),
    60_000,
  );

  it('does not send again what was written down', () =>
    bench(async (b) => {
      b.last.set('a', 2n);
      b.deliver('a', 1);
      b.deliver('a', 2);
      b.deliver('a', 3);
      expect(await b.settled(4)).toEqual(['ack a/1', 'ack a/2', 'send a/3', 'ack a/3']);
    }));

  it('hands back an event that is ahead of its predecessor, and sends it when that never comes', () =>
    bench(async (b) => {
      b.deliver('a', 2);
      b.deliver('a', 1, { deliveries: 2 });
      b.deliver('a', 2, { deliveries: 2 });
      expect(await b.settled(5)).toEqual(['retry a/2', 'send a/1', 'ack a/1', 'send a/2', 'ack a/2']);
      b.deliver('c', 5, { deliveries: 240 });
      expect((await b.settled(7)).slice(5)).toEqual(['send c/5', 'ack c/5']);
    }));

  it('tries again while no server answers, later events waiting behind', () =>
    bench(async (b) => {
      let answers = 0;
      b.answer = async () => ({ kind: ++answers < 3 ? 'timeout' : 'acknowledged' });
      b.deliver('a', 1);
      b.deliver('a', 2);
      expect(await b.settled(6)).toEqual(['send a/1', 'send a/1', 'send a/1', 'ack a/1', 'send a/2', 'ack a/2']);
    }));

  it('waits for the database before sending', () =>
    bench(async (b) => {
      b.storeAway = true;
      b.deliver('a', 1);
      b.deliver('b', 1, { kind: SessionEvent_Kind.UNSPECIFIED });
      await waitFor('refusals', () => b.refusals >= 2);
      expect(b.log).toEqual([]);
      b.storeAway = false;
      expect([...(await b.settled(3))].sort()).toEqual(['ack a/1', 'ack b/1', 'send a/1']);
      expect(b.last.get('b')).toBe(1n);
    }));

  it('writes down later what a server acknowledged while the database was away, without sending it again', () =>
    bench(async (b) => {
      b.answer = async () => {
        b.storeAway = true;
        return { kind: 'acknowledged' };
      };
      b.deliver('a', 1);
      await waitFor('a refusal', () => b.refusals >= 1);
      b.storeAway = false;
      expect(await b.settled(2)).toEqual(['send a/1', 'ack a/1']);
    }));

  it('drops what cannot be read and what cannot be sent, so that they do not block the rest', () =>
    bench(async (b) => {
      b.deliverBytes(Buffer.from([0xff, 0xff]), 'junk');
      b.deliverBytes(new Uint8Array(), 'empty');
      b.answer = () => Promise.reject(new RangeError('User-Name: too long'));
      b.deliver('a', 1);
      expect(await b.settled(4)).toEqual(['ack junk', 'ack empty', 'send a/1', 'ack a/1']);
    }));

  it('sheds interims that a later record makes superfluous under overload, never a Start, a change or a Stop', () =>
    bench(async (b) => {
      b.answer = async () => ({ kind: 'timeout' });
      b.deliver('a', 1, { kind: SessionEvent_Kind.UP });
      await b.settled(1);
      b.deliver('a', 2);
      b.deliver('a', 3, { kind: SessionEvent_Kind.CHANGED });
      for (let sequence = 4; sequence <= 11; sequence++) b.deliver('a', sequence);
      b.deliver('a', 12, { kind: SessionEvent_Kind.DOWN });
      b.answer = async () => ({ kind: 'acknowledged' });
      await waitFor('all settled', () => b.outcomes.length === 12, 40_000);
      const shed = b.outcomes.filter((line) => line.endsWith('shed')).map((line) => line.split(/[/ ]/)[1]);
      expect(shed).toEqual(['2', '4', '5', '6', '7']);
      expect(b.outcomes.map((line) => line.split(/[/ ]/)[1])).toEqual(Array.from({ length: 12 }, (_, i) => `${i + 1}`));
    }));

  it('hands back what is under way when stopped', () =>
    bench(async (b) => {
      b.answer = async () => ({ kind: 'timeout' });
      b.deliver('a', 1);
      await b.settled(1);
      await b.accounting.stop();
      expect(b.log.at(-1)).toBe('retry a/1');
    }));
});
