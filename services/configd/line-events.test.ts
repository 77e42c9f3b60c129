import { expect, it } from '@jest/globals';
import { Line } from '#gen/bng/v1/common.js';
import type { LineEvent } from '#gen/bng/v1/configd.js';
import { lineEvents } from './line-events.js';
import type { LineChange } from './resources/lines.js';

const line = (name: string, swIfIndex: number) => Line.fromPartial({ name, swIfIndex });

/** A line book made by hand, and a reader of its events. */
function watched(all: Line[]) {
  const listeners = new Set<(change: LineChange) => void>();
  const abort = new AbortController();
  const life = { generation: 1n };
  const book = {
    all: () => all,
    subscribe(listener: (change: LineChange) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const events = lineEvents(book, () => life.generation, abort.signal);
  return {
    life,
    listeners,
    abort,
    change: (change: LineChange) => listeners.forEach((listener) => void listener(change)),
    async next(count: number): Promise<string[]> {
      const read: string[] = [];
      while (read.length < count) read.push(text((await events.next()).value));
      return read;
    },
    done: async () => (await events.next()).done,
  };
}

const text = (event: LineEvent | undefined): string => {
  const value = event?.event?.value;
  return `${event?.generation} ${event?.event?.$case} ${typeof value === 'object' ? value.name : value}`;
};

it('begins with all lines, then tells changes', async () => {
  const watch = watched([line('a.1', 1), line('a.2', 2)]);
  expect(await watch.next(3)).toEqual(['1 upsert a.1', '1 upsert a.2', '1 snapshotDone true']);
  watch.change({ kind: 'upsert', line: line('a.3', 3) });
  watch.change({ kind: 'remove', line: line('a.1', 1) });
  expect(await watch.next(2)).toEqual(['1 upsert a.3', '1 remove 1']);
});

it('begins again with a new life of VPP, and tells nothing of it before', async () => {
  const watch = watched([line('a.1', 1)]);
  await watch.next(2);
  watch.life.generation = 2n;
  watch.change({ kind: 'upsert', line: line('a.1', 9) });
  const next = watch.next(2);
  watch.change({ kind: 'reset' });
  expect(await next).toEqual(['2 upsert a.1', '2 snapshotDone true']);
});

it('gives a slow reader a new snapshot instead of an endless backlog', async () => {
  const watch = watched([line('a.1', 1)]);
  await watch.next(2);
  for (let n = 0; n < 20_001; n++) watch.change({ kind: 'upsert', line: line('a.1', n) });
  expect(await watch.next(2)).toEqual(['1 upsert a.1', '1 snapshotDone true']);
});

it('ends with its reader and leaves nothing behind', async () => {
  const watch = watched([]);
  await watch.next(1);
  const end = watch.done();
  watch.abort.abort();
  expect(await end).toBe(true);
  expect(watch.listeners.size).toBe(0);
});
