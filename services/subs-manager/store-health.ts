import { isConnectionLoss, isOutOfSpace } from '#lib/kernel/postgres.js';

/** Why nothing can be stored, in words for people. */
export const storeFaults = {
  away: 'PostgreSQL is away: no new sessions, those there are go on',
  full: 'PostgreSQL has no space left: no new sessions, those there are go on',
} as const;
export type StoreFault = keyof typeof storeFaults;

/** What the last transaction said of PostgreSQL. */
export class StoreHealth {
  private current: StoreFault | undefined;

  /** Undefined: it took the last transaction, or refused it for a reason of its own. */
  get fault(): StoreFault | undefined {
    return this.current;
  }

  /** Runs a transaction and learns from how it ends. */
  async watch<T>(transaction: () => Promise<T>): Promise<T> {
    try {
      const result = await transaction();
      this.current = undefined;
      return result;
    } catch (error) {
      if (isOutOfSpace(error)) this.current = 'full';
      else if (isConnectionLoss(error)) this.current = 'away';
      else this.current = undefined;
      throw error;
    }
  }
}
