import { VppClientError } from './client-error.js';
import type { AnyMessage, Operation } from './message.js';
import { retvals, VppError } from './retval.js';

export interface CallOptions {
  /** Retvals that are as good as 0 here: `[-81]` where "already there" is fine. The reply is handed back as it is. */
  readonly accept?: readonly number[];
  /** Hands back the reply whatever its retval. */
  readonly raw?: boolean;
  /** Waits so long for a connection instead of failing at once. */
  readonly waitReadyMs?: number;
}

/** The ids one VPP gave to an operation's messages; -1 where the operation has no such message. */
export interface OperationIds {
  /** Undefined when VPP does not offer the operation. */
  readonly request: number | undefined;
  readonly reply: number;
  readonly details: number;
}

/** What a stream's page is settled with. */
export interface Page {
  readonly reply: unknown;
  readonly items: unknown[];
}

const eagain: CallOptions = { accept: [retvals.EAGAIN] };

/** A request from the moment it is asked for until it is answered, lost or given up. Settles once. */
export class Pending {
  settled = false;
  /** `performance.now()` when it was written to the socket. */
  sentAtMs = 0;
  /** The first part of the answer that did not decode. */
  broken: string | undefined;
  private items: unknown[] | undefined;

  constructor(
    readonly operation: Operation,
    readonly value: unknown,
    readonly ids: OperationIds,
    private readonly resolve: (answer: never) => void,
    private readonly reject: (error: Error) => void,
    private readonly options: CallOptions | undefined,
    /** The dump that ends with this ping. */
    readonly endOf: Pending | undefined,
  ) {}

  get message(): AnyMessage {
    return this.operation.request;
  }

  /** Adds one details message. */
  collect(item: unknown): void {
    this.items ??= [];
    this.items.push(item);
  }

  /** Settles with what has arrived. */
  complete(reply: unknown): void {
    this.settled = true;
    const failure = this.failure(reply);
    if (failure) this.reject(failure);
    else this.resolve(this.answer(reply) as never);
  }

  fail(error: Error): void {
    this.settled = true;
    this.reject(error);
  }

  private answer(reply: unknown): unknown {
    switch (this.operation.pattern) {
      case 'call':
        return reply;
      case 'dump':
        return this.items ?? [];
      case 'stream':
        return { reply, items: this.items ?? [] } satisfies Page;
    }
  }

  /** Any retval but 0 is one, positive ones too. */
  private failure(reply: unknown): Error | undefined {
    if (this.broken !== undefined) return new VppClientError('decode', this.broken, true);
    const retval = (reply as { retval?: number } | undefined)?.retval;
    if (retval === undefined || retval === 0) return undefined;
    const { accept, raw } = this.operation.pattern === 'stream' ? eagain : (this.options ?? {});
    return raw || accept?.includes(retval) ? undefined : new VppError(this.message.name, retval, reply);
  }
}
