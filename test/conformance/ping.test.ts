import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import * as ping from '#lib/vpp/messages/ping.js';
import { waitFor } from '../harness/wait-for.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { retvalOf } from './requests.js';
import { SERVER } from './service-link.js';

onEachLane('ping', (lane) => {
  let it: Subject;
  const seen: Infer<typeof ping.pingFinishedEvent>[] = [];
  beforeAll(async () => {
    it = await startSubject(lane);
    it.client.on(ping.pingFinishedEvent, (event) => seen.push(event));
    await it.serviceLink();
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  /** Counts of the event that ends the pings. */
  async function counts(address: string, repeat: number, interval: number) {
    const before = seen.length;
    expect(await retvalOf(it.client, ping.wantPingFinishedEvents, { address, repeat, interval })).toBe(0);
    await waitFor('the end of the pings', () => seen.length > before);
    const { request_count, reply_count } = seen[before] ?? {};
    return { requests: request_count, replies: reply_count };
  }

  test('a host that answers', async () => {
    expect(await counts(SERVER, 2, 0.2)).toEqual({ requests: 2, replies: 2 });
  });

  test('a host that does not', async () => {
    expect(await counts('10.255.0.77', 2, 0.2)).toEqual({ requests: 2, replies: 0 });
  });

  test('an address without a route', async () => {
    expect(await counts('198.51.100.1', 2, 0.2)).toEqual({ requests: 0, replies: 0 });
  });
});
