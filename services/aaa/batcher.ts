interface Waiting<K, V> {
  readonly item: K;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers single requests into batches: while one batch runs, the next fills up, and each waits `lingerMs` for company.
 * The work function gives one result per item, in order; when it rejects, all of its items do.
 */
export class Batcher<K, V> {
  private waiting: Waiting<K, V>[] = [];
  private running = false;

  constructor(
    private readonly work: (items: readonly K[]) => Promise<readonly V[]>,
    private readonly maxItems: number,
    private readonly lingerMs = 0,
  ) {}

  add(item: K): Promise<V> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.running) return;
      this.running = true;
      void this.run();
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      if (this.waiting.length < this.maxItems) await this.linger();
      await this.runOne(this.waiting.splice(0, this.maxItems));
    }
    this.running = false;
  }

  private linger(): Promise<void> {
    return new Promise((resolve) => {
      if (this.lingerMs > 0) setTimeout(resolve, this.lingerMs);
      else setImmediate(resolve);
    });
  }

  private async runOne(batch: readonly Waiting<K, V>[]): Promise<void> {
    try {
      const results = await this.work(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(results[i] as V);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
