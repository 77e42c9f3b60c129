import type {
  DisconnectSubscriberRequest,
  RefusedRequest,
  SubscriberCommand,
  SubscriberCommandResult,
  SubscriberServiceClient,
  UpdateSubscriberRequest,
} from '#gen/bng/v1/subs.js';
import { codedError } from '#lib/kernel/errors.js';
import { RequestStream } from '#lib/kernel/request-stream.js';

/** What aaa asks of subs-manager, all on one lasting stream. */
export class SubscriberChanges {
  private readonly stream: RequestStream<SubscriberCommand, SubscriberCommandResult>;

  constructor(client: Pick<SubscriberServiceClient, 'change'>, timeoutMs: number) {
    this.stream = new RequestStream(() => client.change(), { peer: 'subs-manager', timeoutMs });
  }

  /** Resolves when VPP has confirmed; rejects with the error of subs-manager, `unavailable` or `timeout`. */
  update(request: UpdateSubscriberRequest): Promise<void> {
    return this.send({ $case: 'update', value: request });
  }

  /** The same for the end of a session. */
  disconnect(request: DisconnectSubscriberRequest): Promise<void> {
    return this.send({ $case: 'disconnect', value: request });
  }

  /** A request that was refused here, for the timeline of the sessions it named. Nobody waits for it, and it may be lost. */
  refused(request: RefusedRequest): void {
    this.send({ $case: 'refused', value: request }).catch(() => {});
  }

  private async send(command: SubscriberCommand['command']): Promise<void> {
    const { ok, code, error } = await this.stream.send((requestId) => ({ requestId, command }));
    if (!ok) throw codedError(code, error);
  }

  close(): void {
    this.stream.close();
  }
}
