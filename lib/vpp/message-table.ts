import { VppClientError } from './client-error.js';
import type { AnyMessage, Operation } from './message.js';
import { messagesOf } from './messages/all.js';
import type { OperationIds } from './pending.js';

/** The messages of one running VPP: `name_crc` to the id it gave them. */
export class MessageTable {
  private readonly ids: Map<string, number>;
  private readonly operations = new Map<Operation, OperationIds>();

  constructor(entries: readonly { index: number; name: string }[]) {
    this.ids = new Map(entries.map(({ index, name }) => [name, index]));
  }

  get size(): number {
    return this.ids.size;
  }

  idOf(message: AnyMessage): number | undefined {
    return this.ids.get(message.key);
  }

  /** -1 for a message the operation does not have, or VPP does not offer. */
  idsOf(operation: Operation): OperationIds {
    const known = this.operations.get(operation);
    if (known) return known;
    const { reply, details } = operation as { reply?: AnyMessage; details?: AnyMessage };
    const idOrNone = (message: AnyMessage | undefined) => (message && this.idOf(message)) ?? -1;
    const ids = { request: this.idOf(operation.request), reply: idOrNone(reply), details: idOrNone(details) };
    this.operations.set(operation, ids);
    return ids;
  }

  /** Whether this VPP offers every message of an operation with our layout. */
  offers(operation: Operation): boolean {
    return messagesOf(operation).every((message) => this.ids.has(message.key));
  }

  /** Throws one `incompatible` error that names every message VPP lacks or lays out otherwise. */
  require(operations: readonly Operation[], events: readonly AnyMessage[]): void {
    const wanted = [...operations.flatMap(messagesOf), ...events];
    const lacking = wanted.filter((message) => !this.ids.has(message.key));
    if (lacking.length === 0) return;
    const crcs = this.crcsByName();
    const problems = lacking.map(({ name, crc }) => {
      const offered = crcs.get(name);
      return offered === undefined ? `${name} is missing` : `${name} is ${offered}, ${crc} expected`;
    });
    throw new VppClientError('incompatible', `VPP speaks another API: ${[...new Set(problems)].join('; ')}`, false);
  }

  private crcsByName(): Map<string, string> {
    return new Map([...this.ids.keys()].map((key) => [key.slice(0, -9), key.slice(-8)]));
  }
}
