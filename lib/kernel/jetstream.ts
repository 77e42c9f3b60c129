import {
  AckPolicy,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { connect, type NatsConnection, nanos } from '@nats-io/transport-node';
import { backoffMs, sleep } from './clock.js';
import { BngError } from './errors.js';
import type { Component } from './lifecycle.js';
import type { Log } from './log.js';

export interface StreamSpec {
  name: string;
  subjects: string[];
  /** How long events stay for late consumers. */
  maxAgeMs: number;
  /** Repeats of a message id within this window are dropped by the server. */
  duplicateWindowMs: number;
}

/** Streams of the product. Whoever starts first creates them; the definition is the same everywhere. */
export const streams = {
  sessions: {
    name: 'SESSIONS',
    subjects: ['bng.session.>'],
    maxAgeMs: 14 * 24 * 3600_000,
    duplicateWindowMs: 10 * 60_000,
  },
  facts: {
    name: 'FACTS',
    subjects: ['bng.config.>', 'bng.dataplane.>', 'bng.nexthop.>'],
    maxAgeMs: 7 * 24 * 3600_000,
    duplicateWindowMs: 10 * 60_000,
  },
} as const satisfies Record<string, StreamSpec>;

export interface OutgoingEvent {
  /** Message id: repeats with the same id are stored once. */
  id: string;
  subject: string;
  payload: Uint8Array;
}

export interface IncomingEvent {
  subject: string;
  payload: Uint8Array;
  /** 1 at first delivery. */
  deliveries: number;
  ack(): void;
  /** Deliver again after `delayMs`. */
  retry(delayMs: number): void;
  /** Tell the server that work goes on, so that it does not deliver again yet. */
  working(): void;
}

export interface ConsumeOptions {
  stream: StreamSpec;
  /** Name of the durable consumer: position survives restarts; instances with the same name share the work. */
  durable: string;
  /** One filter, wildcards allowed (several need NATS 2.10). */
  subject: string;
  /** Delivered again when neither acked nor marked as working for this long. */
  ackWaitMs: number;
  /** Unacknowledged at once at most. */
  maxPending: number;
  handler(event: IncomingEvent): void;
  /** Ends this consumption alone. */
  signal?: AbortSignal;
}

/** NATS JetStream: publishing with confirmation and durable consumption. Reconnects for ever. */
export class EventBus implements Component {
  readonly name = 'nats';
  private connection: NatsConnection | undefined;
  private client: JetStreamClient | undefined;
  private readonly consumers = new Map<ConsumeOptions, ConsumerMessages>();
  private readonly abort = new AbortController();

  constructor(
    private readonly url: string,
    private readonly clientName: string,
    private readonly log: Log,
    private readonly specs: readonly StreamSpec[],
  ) {}

  get connected(): boolean {
    return this.connection !== undefined && !this.connection.isClosed();
  }

  /** Resolves when the streams exist; waits for NATS as long as it takes. */
  async start(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        return await this.open();
      } catch (error) {
        this.log.warn({ err: error }, 'NATS is not reachable yet');
        await this.connection?.close().catch(() => {});
        this.connection = undefined;
        await sleep(backoffMs(attempt, 100, 2000), signal);
      }
    }
    throw new BngError('cancelled', 'stopped before NATS was reached');
  }

  private async open(): Promise<void> {
    const connection = await connect({
      servers: this.url.split(','),
      name: this.clientName,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      timeout: 3000,
      // A stack trace for each event published costs more than the event.
      noAsyncTraces: true,
    });
    this.connection = connection;
    const manager = await jetstreamManager(connection);
    for (const spec of this.specs) await this.ensureStream(manager, spec);
    this.client = jetstream(connection);
  }

  private async ensureStream(manager: JetStreamManager, spec: StreamSpec): Promise<void> {
    const config = {
      name: spec.name,
      subjects: spec.subjects,
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      max_age: nanos(spec.maxAgeMs),
      duplicate_window: nanos(spec.duplicateWindowMs),
    };
    try {
      await manager.streams.add(config);
    } catch {
      await manager.streams.update(spec.name, config);
    }
  }

  /** Resolves when the stream has stored the event (or had it already). Rejects with `unavailable`. */
  async publish(event: OutgoingEvent): Promise<void> {
    if (!this.client) throw new BngError('unavailable', 'NATS is not connected');
    try {
      await this.client.publish(event.subject, event.payload, { msgID: event.id, timeout: 5000 });
    } catch (error) {
      throw new BngError('unavailable', `event not stored: ${event.subject}`, {}, error);
    }
  }

  /** Delivers events to the handler until `stop`. Survives loss of the server; the consumer is created when missing. */
  async consume(options: ConsumeOptions): Promise<void> {
    const messages = await this.openConsumer(options);
    options.signal?.addEventListener('abort', () => this.end(options), { once: true });
    this.pump(messages, options).catch((error) => this.log.error({ err: error }, 'consumer ended'));
  }

  private async openConsumer(options: ConsumeOptions): Promise<ConsumerMessages> {
    if (!this.connection || !this.client) throw new BngError('unavailable', 'NATS is not connected');
    const manager = await jetstreamManager(this.connection);
    await manager.consumers.add(options.stream.name, {
      durable_name: options.durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      filter_subject: options.subject,
      ack_wait: nanos(options.ackWaitMs),
      max_ack_pending: options.maxPending,
      max_deliver: -1,
    });
    const consumer = await this.client.consumers.get(options.stream.name, options.durable);
    const messages = await consumer.consume({ max_messages: Math.min(options.maxPending, 500) });
    this.consumers.set(options, messages);
    return messages;
  }

  private end(options: ConsumeOptions): void {
    const messages = this.consumers.get(options);
    this.consumers.delete(options);
    messages?.close().catch(() => {});
  }

  private async pump(first: ConsumerMessages, options: ConsumeOptions): Promise<void> {
    let messages = first;
    const ended = () => this.abort.signal.aborted || options.signal?.aborted === true;
    for (let attempt = 0; !ended(); ) {
      for await (const message of messages) {
        attempt = 0;
        options.handler(toEvent(message));
      }
      this.consumers.delete(options);
      if (ended()) return;
      await sleep(backoffMs(attempt++, 100, 2000), this.abort.signal);
      const next = await this.openConsumer(options).catch(() => undefined);
      if (next) messages = next;
      if (ended()) this.end(options);
    }
  }

  /** Stops delivery; what was handed out can still be acknowledged. */
  async drain(): Promise<void> {
    this.abort.abort();
    for (const messages of this.consumers.values()) await messages.close().catch(() => {});
    this.consumers.clear();
  }

  async stop(): Promise<void> {
    await this.drain();
    await this.connection?.drain().catch(() => {});
  }
}

function toEvent(message: JsMsg): IncomingEvent {
  return {
    subject: message.subject,
    payload: message.data,
    deliveries: message.info.deliveryCount,
    ack: () => message.ack(),
    retry: (delayMs) => message.nak(delayMs),
    working: () => message.working(),
  };
}
