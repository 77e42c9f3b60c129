import { readFileSync } from 'node:fs';
import {
  type CallOptions,
  type ChannelCredentials,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import type { TlsFiles } from './config.js';
import { fromServiceError } from './rpc-errors.js';

export function channelCredentials(tls?: TlsFiles): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  return credentials.createSsl(tls.ca ? readFileSync(tls.ca) : null, readFileSync(tls.key), readFileSync(tls.cert));
}

/** Channel options of every client: quick reconnects, large plans. */
export const channelOptions = {
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

type UnaryMethod<Q, A> = (
  request: Q,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: A) => void,
) => { cancel(): void };

export interface UnaryOptions {
  /** 5 s when absent. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Wait for the channel instead of failing at once while the far side is away (within the timeout). */
  waitForReady?: boolean;
}

/**
 * One unary call of a generated client as a promise: `callUnary(client.apply.bind(client), request)`.
 * Rejects with the BngError that the far side threw.
 */
export function callUnary<Q, A>(method: UnaryMethod<Q, A>, request: Q, options: UnaryOptions = {}): Promise<A> {
  return new Promise((resolve, reject) => {
    const metadata = new Metadata(options.waitForReady ? { waitForReady: true } : {});
    const deadline = Date.now() + (options.timeoutMs ?? 5_000);
    const onAbort = () => call.cancel();
    const call = method(request, metadata, { deadline }, (error, response) => {
      options.signal?.removeEventListener('abort', onAbort);
      if (error) reject(fromServiceError(error));
      else resolve(response);
    });
    options.signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A server stream as an async iterable; breaking out cancels the call. */
export async function* readStream<A>(stream: ClientReadableStream<A>): AsyncGenerator<A> {
  try {
    for await (const item of stream) yield item as A;
  } catch (error) {
    throw fromServiceError(error);
  } finally {
    stream.cancel();
  }
}
