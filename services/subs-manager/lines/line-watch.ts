import type { Line } from '#gen/bng/v1/common.js';
import type { LineEvent } from '#gen/bng/v1/configd.js';
import { backoffMs, sleep } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Log } from '#lib/kernel/log.js';
import type { LineIndex } from './line-index.js';

/** Who has something to do when lines change. */
export interface LineListener {
  /** configd was reached again and all lines are known; it may have lost what it held. */
  reconnected(): void;
  /** A line was made or changed; a new life of VPP with the same lines is no news. */
  appeared(line: Line): void;
}

/** Keeps the line index fed from configd, over every loss of it. */
export class LineWatch {
  private readonly abort = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private refused = '';
  private firstSnapshot: () => void = () => {};
  private readonly complete = new Promise<void>((resolve) => {
    this.firstSnapshot = resolve;
  });

  constructor(
    private readonly watch: (signal: AbortSignal) => AsyncIterable<LineEvent>,
    private readonly index: LineIndex,
    private readonly log: Log,
    private readonly listener: LineListener,
  ) {}

  /** Who has the sessions of these lines instead, with another database; empty: nobody, as far as configd knows. */
  get refusedFor(): string {
    return this.refused;
  }

  /** Resolves when all lines are known for the first time. */
  async start(signal: AbortSignal): Promise<void> {
    this.loop = this.run();
    const aborted = new Promise<never>((_, reject) => {
      const fail = () => reject(new BngError('cancelled', 'stopped before configd told its lines'));
      if (signal.aborted) fail();
      signal.addEventListener('abort', fail, { once: true });
    });
    await Promise.race([this.complete, aborted]);
  }

  private async run(): Promise<void> {
    const { signal } = this.abort;
    for (let attempt = 0, streams = 0; !signal.aborted; attempt++) {
      try {
        this.index.begin();
        let told = false;
        for await (const event of this.watch(signal)) {
          attempt = 0;
          this.refused = '';
          const line = event.event?.$case === 'upsert' ? event.event.value : undefined;
          const news = told && line !== undefined && this.index.isNews(line);
          const complete = this.index.apply(event);
          if (news) this.listener.appeared(line);
          if (!complete || told) continue;
          told = true;
          this.snapshotDone(streams++ > 0);
        }
      } catch (error) {
        if (!signal.aborted) this.failed(BngError.from(error));
      }
      this.index.lost();
      await sleep(backoffMs(attempt, 100, 2000), signal);
    }
  }

  private failed(error: BngError): void {
    const holder = error.code === 'conflict' ? error.message : '';
    if (holder === '') this.log.warn({ err: error }, 'configd is away: no new attachments');
    else if (holder !== this.refused)
      this.log.error({ holder }, 'refused: the sessions of these lines are with another subs-manager');
    this.refused = holder;
  }

  private snapshotDone(again: boolean): void {
    this.log.info({ lines: this.index.size, again }, 'lines known');
    if (again) this.listener.reconnected();
    else this.firstSnapshot();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.loop;
  }
}
