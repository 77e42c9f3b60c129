import type { Call, Dump, Stream } from './message.js';
import { controlPing } from './messages/memclnt.js';
import type { CallOptions, Page } from './pending.js';
import type { Session } from './session.js';

export function callOn<Q, A>(session: Session, operation: Call<Q, A>, value: Q, options?: CallOptions): Promise<A> {
  return new Promise<A>((resolve, reject) => {
    session.ask(operation, value, resolve, reject, options);
  });
}

const ignore = () => {};

export function dumpOn<Q, D>(session: Session, operation: Dump<Q, D>, value: Q): Promise<D[]> {
  return new Promise<D[]>((resolve, reject) => {
    const dump = session.ask(operation, value, resolve, reject);
    session.ask(controlPing, {}, ignore, ignore, undefined, dump);
  });
}

/** Follows the cursor: -165 EAGAIN says that there is more. */
export async function streamOn<Q extends { cursor: number }, D, A extends { retval: number; cursor: number }>(
  session: Session,
  operation: Stream<Q, D, A>,
  value: Q,
): Promise<D[]> {
  const all: D[] = [];
  for (let cursor = value.cursor; ; ) {
    const page = await new Promise<Page>((resolve, reject) => {
      session.ask(operation, { ...value, cursor }, resolve, reject);
    });
    for (const item of page.items as D[]) all.push(item);
    const reply = page.reply as A;
    if (reply.retval === 0) return all;
    cursor = reply.cursor;
  }
}
