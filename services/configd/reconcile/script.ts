import type { Call } from '#lib/vpp/message.js';
import type { Dataplane } from '../dataplane.js';

/** One request that changes state. */
export interface ScriptRequest {
  // biome-ignore lint/suspicious/noExplicitAny: requests of every kind meet in one list; `request` checks each
  readonly op: Call<any, any>;
  readonly value: unknown;
}

/** A request of a script, its fields checked. */
export const request = <Q, A extends { retval: number }>(op: Call<Q, A>, value: Q): ScriptRequest => ({ op, value });

/**
 * A step as plain data, for kinds of which there are thousands: its requests are sent one behind the other without waiting, and
 * take no promise each. When one is refused, `back` is sent, whatever became of the others, and the step fails with that refusal.
 */
export type Script<H> = {
  readonly requests: readonly ScriptRequest[];
  /** Takes back what the requests that were not refused did; each must bear that there is nothing to take back. */
  readonly back?: readonly ScriptRequest[];
} & (
  | { readonly handle: H }
  /** What follows the last reply. */
  | { readonly next: (reply: never) => Script<H> }
);

/** A script that begins with one request and goes on with what its reply says. */
export const following = <Q, A extends { retval: number }, H>(
  op: Call<Q, A>,
  value: Q,
  next: (reply: A) => Script<H>,
): Script<H> => ({ requests: [{ op, value }], next });

export const isScript = (step: unknown): step is Script<unknown> =>
  typeof step === 'object' && step !== null && 'requests' in step;

/** Sends a script; exactly one of `done` and `failed` is called, once all its requests are answered. */
export function runScript<H>(
  vpp: Dataplane,
  script: Script<H>,
  done: (handle: H) => void,
  failed: (error: unknown) => void,
): void {
  const { requests, back = [] } = script;
  let left = requests.length;
  let last: unknown;
  let refusal: { error: unknown } | undefined;
  const end = () => {
    if (refusal) takeBack(vpp, back, () => failed(refusal?.error));
    else if ('handle' in script) done(script.handle);
    else goOn(() => runScript(vpp, script.next(last as never), done, failed), failed);
  };
  const answered = (reply: unknown) => {
    last = reply;
    if (--left === 0) end();
  };
  const refused = (error: unknown) => {
    refusal ??= { error };
    if (--left === 0) end();
  };
  if (left === 0) end();
  for (const { op, value } of requests) send(vpp, op, value, answered, refused);
}

/** A continuation that throws fails its step, not the connection that brought the reply. */
function goOn(next: () => void, failed: (error: unknown) => void): void {
  try {
    next();
  } catch (error) {
    failed(error);
  }
}

function takeBack(vpp: Dataplane, back: readonly ScriptRequest[], done: () => void): void {
  let left = back.length;
  if (left === 0) done();
  const one = () => {
    if (--left === 0) done();
  };
  for (const { op, value } of back) send(vpp, op, value, one, one);
}

/** A request by callback, on a dataplane that only makes promises too. */
function send(
  vpp: Dataplane,
  op: ScriptRequest['op'],
  value: unknown,
  answered: (reply: unknown) => void,
  refused: (error: unknown) => void,
): void {
  if (vpp.send) vpp.send(op, value, answered, refused);
  else vpp.call(op, value).then(answered, refused);
}
