import { BngError } from '#lib/kernel/errors.js';
import { isConnectionLoss, isOutOfSpace } from '#lib/kernel/postgres.js';

interface Waiting<T> {
  item: T;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Many small commits as few large ones: what arrives while a transaction is under way goes into the next one.
 * `submit` resolves only when its item is committed. Items commit in the order they came.
 */
export class GroupCommit<T> {
  private queue: Waiting<T>[] = [];
  private running: Promise<void> | undefined;

  constructor(
    /** Commits all items or none. */
    private readonly commit: (items: readonly T[]) => Promise<void>,
    private readonly maxItems = 500,
  ) {}

  get waiting(): number {
    return this.queue.length;
  }

  /**
   * Rejects with `unavailable` when the store is away (it may still have committed), with `exhausted` when it has no space,
   * else with the store's refusal.
   */
  submit(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ item, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async run(): Promise<void> {
    await new Promise(setImmediate);
    while (this.queue.length > 0) await this.commitBatch(this.queue.splice(0, this.maxItems));
    this.running = undefined;
  }

  /** A batch that is refused is tried again item by item, so that one bad item fails alone. */
  private async commitBatch(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      await this.commit(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (isConnectionLoss(error)) {
        for (const { reject } of batch) reject(new BngError('unavailable', 'PostgreSQL is away', {}, error));
      } else if (isOutOfSpace(error)) {
        for (const { reject } of batch) reject(new BngError('exhausted', 'PostgreSQL has no space left', {}, error));
      } else if (batch.length === 1) batch[0]?.reject(error);
      else for (const waiting of batch) await this.commitBatch([waiting]);
    }
  }
}
