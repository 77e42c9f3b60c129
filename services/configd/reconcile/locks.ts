/** Many shared holders or one exclusive one; an exclusive one that waits goes before shared ones that come later. */
export class Gate {
  private shared = 0;
  private exclusive = false;
  private readonly waiting: { exclusive: boolean; enter: () => void }[] = [];

  async withShared<T>(run: () => Promise<T>): Promise<T> {
    await this.enter(false);
    try {
      return await run();
    } finally {
      this.shared--;
      this.admit();
    }
  }

  async withExclusive<T>(run: () => Promise<T>): Promise<T> {
    await this.enter(true);
    try {
      return await run();
    } finally {
      this.exclusive = false;
      this.admit();
    }
  }

  private enter(exclusive: boolean): Promise<void> {
    return new Promise((enter) => {
      this.waiting.push({ exclusive, enter });
      this.admit();
    });
  }

  private admit(): void {
    for (let next = this.waiting[0]; next && this.admissible(next.exclusive); next = this.waiting[0]) {
      this.waiting.shift();
      if (next.exclusive) this.exclusive = true;
      else this.shared++;
      next.enter();
    }
  }

  private admissible(exclusive: boolean): boolean {
    return !this.exclusive && !(exclusive && this.shared > 0);
  }
}

/** One holder a key, first come first served. All keys of one holder are taken together, so that nobody waits in a circle. */
export class KeyLocks {
  private readonly tails = new Map<string, Promise<void>>();

  async with<T>(keys: Iterable<string>, run: () => Promise<T>): Promise<T> {
    const mine = [...new Set(keys)];
    const before = mine.map((key) => this.tails.get(key)).filter((tail) => tail !== undefined);
    let release: () => void = () => {};
    const tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const key of mine) this.tails.set(key, tail);
    await Promise.all(before);
    try {
      return await run();
    } finally {
      for (const key of mine) if (this.tails.get(key) === tail) this.tails.delete(key);
      release();
    }
  }
}
