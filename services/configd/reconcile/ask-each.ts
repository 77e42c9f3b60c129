import type { Call } from '#lib/vpp/message.js';
import type { Dataplane } from '../dataplane.js';

/** Enough to keep the client's window full; all of a large table at once would fill the memory. */
const asksAtOnce = 1024;

/**
 * Asks one thing of many objects, in the order of `values`, with one promise for all of them; `answered` gets each reply with
 * the position of its request. Rejects with the first failure.
 */
export function askEach<Q, A extends { retval: number }>(
  vpp: Dataplane,
  op: Call<Q, A>,
  values: Iterable<Q>,
  answered: (reply: A, position: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = values[Symbol.iterator]();
    let position = 0;
    let active = 0;
    let ended = false;
    let filling = false;
    const fill = () => {
      if (filling) return;
      filling = true;
      while (!ended && active < asksAtOnce) {
        const next = left.next();
        if (next.done) ended = true;
        else start(next.value, position++);
      }
      filling = false;
      if (ended && active === 0) resolve();
    };
    const failed = (error: unknown) => {
      ended = true;
      reject(error);
    };
    const start = (value: Q, at: number) => {
      active++;
      const done = (reply: A) => {
        active--;
        try {
          answered(reply, at);
          fill();
        } catch (error) {
          failed(error);
        }
      };
      if (vpp.send) vpp.send(op, value, done, failed);
      else vpp.ask(op, value).then(done, failed);
    };
    fill();
  });
}
