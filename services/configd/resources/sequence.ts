/** One message of several that make one change, and what takes it back. */
export interface Reversible {
  act(): Promise<unknown>;
  revert(): Promise<unknown>;
}

/** Acts one after the other; when one fails, those before it are reverted, last first, and the failure is thrown. */
export async function sequence(steps: readonly Reversible[]): Promise<void> {
  const done: Reversible[] = [];
  for (const step of steps) {
    try {
      await step.act();
    } catch (error) {
      for (const one of done.reverse()) await one.revert().catch(() => undefined);
      throw error;
    }
    done.push(step);
  }
}
