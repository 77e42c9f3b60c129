import { sleep } from '#lib/kernel/clock.js';
import type { Serial } from '../session/serial.js';
import type { SessionId } from '../session/session-id.js';

/** How long sessions that are being worked for are waited for. */
const PATIENCE_MS = 5000;

/**
 * Runs `work` while nobody else works on these sessions. Those that are busy for longer than a few seconds (being ended
 * while VPP is away) are left out: what is said of them would not hold. `work` must not use the sessions' series itself.
 */
export async function holdSessions<T>(
  serial: Serial<SessionId>,
  ids: readonly SessionId[],
  work: (held: ReadonlySet<SessionId>) => Promise<T>,
): Promise<T> {
  const held = new Set<SessionId>();
  const late = new AbortController();
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const entered = ids.map(
    (id) =>
      new Promise<void>((enter) => {
        const stay = async () => {
          if (late.signal.aborted) return;
          held.add(id);
          enter();
          await released;
        };
        serial.run(id, stay).catch(() => {});
      }),
  );
  const patience = new AbortController();
  try {
    await Promise.race([Promise.all(entered), sleep(PATIENCE_MS, patience.signal)]);
    late.abort();
    return await work(held);
  } finally {
    patience.abort();
    release();
  }
}
