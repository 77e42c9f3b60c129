import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import { subsMetrics } from '../metrics.js';
import { Drops } from './drops.js';
import { type Arrival, type InFlight, Intake } from './intake.js';
import { LineLimits, RateLimit } from './limits.js';
import { Refusals } from './refusals.js';

/** A client's message by its number; `copy` tells the repeats of one apart. */
interface Message extends Arrival {
  copy: string;
}

let nowMs = 0;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
let drops: Drops;
/** Those being worked for, in the order they began; each ends when its function is called. */
let begun: { entry: InFlight<Message>; end: () => void }[];
let intake: Intake<Message>;
/** Lines of the timeline. */
let noted: string[];

function arrive(client: number, copy = ''): void {
  intake.receive({ payload: Buffer.from(JSON.stringify({ client, copy })), address: '127.0.0.1', port: 68 });
}
const clients = () => begun.map(({ entry }) => entry.message.identity.mac);
const settled = () => new Promise((resolve) => setImmediate(resolve));
const endFirst = async () => {
  begun.shift()?.end();
  await settled();
};

beforeEach(() => {
  nowMs = 0;
  drops = new Drops();
  begun = [];
  noted = [];
  intake = new Intake<Message>({
    prefix: '',
    read({ payload }) {
      const { client, copy } = JSON.parse(Buffer.from(payload).toString());
      const line = `line-${client}`;
      const message = { type: 'discover', line: { name: line }, group: { sessionsPerLine: 1 }, place: line, copy };
      return { ok: true, value: { ...message, identity: { mac: String(client) } } };
    },
    serve: (entry) => new Promise((end) => begun.push({ entry, end })),
    rate: new RateLimit(50, clock),
    limits: new LineLimits(1, 3, clock),
    drops,
    refusals: new Refusals(drops, { refused: (note) => noted.push(`${note.mac} ${note.outcome}`) }, clock),
    maxInFlight: 2,
    maxWaiting: 10,
    staleMs: 5000,
    clock,
    log: silentLog(),
    metrics: subsMetrics(createRegistry('test')),
  });
  intake.accept();
});

describe('the intake', () => {
  it('serves as many at once as it may, then the oldest of those that wait', async () => {
    for (const client of [1, 2, 3, 4, 5]) arrive(client);
    expect(clients()).toEqual(['1', '2']);
    await endFirst();
    expect(clients()).toEqual(['2', '3']);
    await endFirst();
    await endFirst();
    expect(clients()).toEqual(['4', '5']);
    expect([intake.inFlight, intake.queued]).toEqual([2, 0]);
  });

  it('keeps the turn of a client that repeats itself, and answers its latest copy', async () => {
    for (const client of [1, 2, 3, 4]) arrive(client);
    arrive(3, 'second');
    arrive(1, 'second');
    expect(drops.byReason.get('coalesced')).toBe(2);
    await endFirst();
    expect(begun.map(({ entry: { message } }) => [message.identity.mac, message.copy])).toEqual([
      ['2', ''],
      ['3', 'second'],
    ]);
  });

  it('passes over who has given up, not over who was heard again', async () => {
    for (const client of [1, 2, 3, 4]) arrive(client);
    nowMs = 4000;
    arrive(4);
    nowMs = 6000;
    await endFirst();
    expect(clients()).toEqual(['2', '4']);
    expect(drops.byReason.get('stale')).toBe(1);
  });

  it('lets no more wait than it may', () => {
    for (let client = 1; client <= 13; client++) arrive(client);
    expect(intake.queued).toBe(10);
    expect(drops.byReason.get('overload')).toBe(1);
  });

  it('limits a line, then all of the protocol', () => {
    for (let n = 0; n < 5; n++) arrive(1);
    expect(drops.byReason.get('line_rate')).toBe(2);
    expect(noted).toEqual(['1 line_rate']);
    for (let client = 2; client <= 60; client++) arrive(client);
    expect(drops.byReason.get('protocol_rate')).toBe(12);
    nowMs = 1000;
    arrive(1);
    expect(drops.byReason.get('protocol_rate')).toBe(12);
    expect(noted.filter((one) => one.endsWith('protocol_rate'))).toHaveLength(12);
  });

  it('takes nothing when it is closed, and waits for what it took, also for what waits', async () => {
    for (const client of [1, 2, 3]) arrive(client);
    let closed = false;
    const close = intake.close(20_000).then(() => {
      closed = true;
    });
    arrive(9);
    expect(drops.byReason.get('not_ready')).toBe(1);
    await endFirst();
    await endFirst();
    expect(closed).toBe(false);
    await endFirst();
    await close;
    expect(closed).toBe(true);
  });
});
