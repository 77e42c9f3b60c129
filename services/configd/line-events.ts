import type { LineEvent } from '#gen/bng/v1/configd.js';
import type { LineBook, LineChange } from './resources/lines.js';

/** The lines' part that a watch needs. */
export type Lines = Pick<LineBook, 'all' | 'subscribe'>;

/**
 * All lines, `snapshot_done`, then changes, until `signal` aborts. When anything may have changed, or VPP lives anew, a snapshot
 * begins again; `remove` of lines missing in it is not sent, nor are changes of a new life before its snapshot. A reader that falls behind gets a new snapshot instead of the backlog.
 */
export async function* lineEvents(
  lines: Lines,
  generation: () => bigint,
  signal: AbortSignal,
): AsyncGenerator<LineEvent> {
  const queue = new ChangeQueue();
  const unsubscribe = lines.subscribe((change) => queue.push(change));
  const stop = () => queue.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    queue.push({ kind: 'reset' });
    let told = generation();
    for (let change = await queue.next(); change && !signal.aborted; change = await queue.next()) {
      if (change.kind === 'reset') {
        told = generation();
        yield* snapshot(lines, told);
      } else if (told === generation()) yield changeEvent(change, told);
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', stop);
  }
}

function* snapshot(lines: Lines, generation: bigint): Generator<LineEvent> {
  for (const line of lines.all()) yield { generation, event: { $case: 'upsert', value: line } };
  yield { generation, event: { $case: 'snapshotDone', value: true } };
}

function changeEvent(change: Exclude<LineChange, { kind: 'reset' }>, generation: bigint): LineEvent {
  if (change.kind === 'upsert') return { generation, event: { $case: 'upsert', value: change.line } };
  return { generation, event: { $case: 'remove', value: change.line.swIfIndex } };
}

/** Changes waiting for a reader; more than this and a snapshot is shorter. */
const backlogLimit = 20_000;

class ChangeQueue {
  private changes: LineChange[] = [];
  private closed = false;
  private wake: () => void = () => {};

  push(change: LineChange): void {
    if (change.kind === 'reset' || this.changes.length >= backlogLimit) this.changes = [{ kind: 'reset' }];
    else this.changes.push(change);
    this.wake();
  }

  close(): void {
    this.closed = true;
    this.wake();
  }

  async next(): Promise<LineChange | undefined> {
    while (this.changes.length === 0 && !this.closed)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    return this.closed ? undefined : this.changes.shift();
  }
}
