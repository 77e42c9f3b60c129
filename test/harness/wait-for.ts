/** Thrown by a probe: waiting is of no use any more. */
export class GivenUp extends Error {}

/**
 * Asks `probe` until it returns something other than undefined or false, for at most `timeoutMs`.
 * A throwing probe counts as "not yet", `GivenUp` excepted; its last error is named when time runs out.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      if (error instanceof GivenUp) throw error;
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms${last ? ` (${String(last)})` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
