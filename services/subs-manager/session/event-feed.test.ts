import { expect, it } from '@jest/globals';
import { SessionEvent } from '#gen/bng/v1/subs.js';
import { EventFeed } from './event-feed.js';

const event = (id: string) => SessionEvent.fromPartial({ id });

it('gives a watcher what it accepts, from now on, until it goes', async () => {
  const feed = new EventFeed();
  const abort = new AbortController();
  const seen: string[] = [];
  feed.publish(event('before'));
  const reading = (async () => {
    for await (const { id } of feed.watch(({ id }) => id !== 'other', abort.signal)) seen.push(id);
  })();
  for (const id of ['a', 'other', 'b']) feed.publish(event(id));
  await new Promise(setImmediate);
  feed.publish(event('c'));
  await new Promise(setImmediate);
  abort.abort();
  await reading;
  feed.publish(event('after'));
  expect(seen).toEqual(['a', 'b', 'c']);
});

it('cuts a watcher that is too slow', async () => {
  const feed = new EventFeed();
  const events = feed.watch(() => true, new AbortController().signal);
  const first = events.next();
  for (let n = 0; n <= 20_000; n++) feed.publish(event(String(n)));
  await expect(first).rejects.toMatchObject({ code: 'exhausted' });
});
