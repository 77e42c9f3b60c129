import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { BngError } from './errors.js';

/** How a request ended, as its answer says it: without a value, the code and text of the error. */
export type Ended<T> = { readonly value?: T; readonly code: string; readonly error: string };

/** Runs the work of one request; never rejects. */
export async function ended<T>(work: () => Promise<T>): Promise<Ended<T>> {
  try {
    return { value: await work(), code: '', error: '' };
  } catch (thrown) {
    const { code, message } = BngError.from(thrown);
    return { code, error: message };
  }
}

/**
 * A handler of a bidirectional stream of requests: they are worked on side by side, at most `concurrency` of one stream, and
 * answers leave as they come. `begin` gives each stream its work, which never rejects: a failure is an answer.
 */
export function answerStream<Q, A>(
  begin: () => (request: Q) => Promise<A>,
  concurrency: number,
): handleBidiStreamingCall<Q, A> {
  return (call) => new AnswerStream(call, begin(), concurrency).run();
}

/** One stream: stops reading while enough is under way or the far side does not take answers. */
class AnswerStream<Q, A> {
  private underWay = 0;
  private isFull = false;
  private hasEnded = false;

  constructor(
    private readonly call: ServerDuplexStream<Q, A>,
    private readonly work: (request: Q) => Promise<A>,
    private readonly concurrency: number,
  ) {}

  run(): void {
    this.call.on('data', (request: Q) => this.take(request));
    this.call.on('drain', () => {
      this.isFull = false;
      this.proceed();
    });
    this.call.on('end', () => {
      this.hasEnded = true;
      this.proceed();
    });
    this.call.on('error', () => {});
  }

  private take(request: Q): void {
    this.underWay++;
    if (this.underWay >= this.concurrency) this.call.pause();
    void this.work(request).then((answer) => {
      this.underWay--;
      if (!this.call.cancelled && !this.call.write(answer)) this.isFull = true;
      if (this.isFull) this.call.pause();
      this.proceed();
    });
  }

  private proceed(): void {
    if (this.hasEnded && this.underWay === 0) this.call.end();
    else if (!this.isFull && this.underWay < this.concurrency) this.call.resume();
  }
}
