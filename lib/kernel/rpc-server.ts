import { readFileSync } from 'node:fs';
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { TlsFiles } from './config.js';
import type { Component, StateHolder } from './lifecycle.js';
import { toServiceError } from './rpc-errors.js';

/** What a handler may know of its call. */
export interface CallContext {
  /** Aborts when the caller went away or its deadline passed. */
  signal: AbortSignal;
  peer: string;
}

/** Makes the signal for those who look at it: one for each call is a tenth of a call's cost. */
class UnaryContext implements CallContext {
  private abort: AbortController | undefined;

  constructor(private readonly call: ServerUnaryCall<unknown, unknown>) {}

  get signal(): AbortSignal {
    if (this.abort) return this.abort.signal;
    const abort = new AbortController();
    this.abort = abort;
    if (this.call.cancelled) abort.abort();
    this.call.on('cancelled', () => abort.abort());
    return abort.signal;
  }

  get peer(): string {
    return this.call.getPeer();
  }
}

/** A unary handler from an async function; thrown errors become statuses. */
export function unary<Q, A>(handler: (request: Q, context: CallContext) => Promise<A> | A): handleUnaryCall<Q, A> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handler(call.request, new UnaryContext(call)))
      .then(
        (answer) => callback(null, answer),
        (error) => callback(toServiceError(error)),
      );
  };
}

/** Writes with back-pressure: resolves when the stream takes more. False when the caller is gone. */
export async function writeAll<A>(call: ServerWritableStream<unknown, A>, items: AsyncIterable<A>): Promise<void> {
  for await (const item of items) {
    if (call.cancelled) return;
    if (call.write(item)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        call.off('drain', go);
        call.off('close', go);
        call.off('cancelled', go);
        resolve();
      };
      call.on('drain', go).on('close', go).on('cancelled', go);
    });
  }
}

/** A server-streaming handler from an async generator, which should end when `context.signal` aborts. */
export function serverStream<Q, A>(
  handler: (request: Q, context: CallContext) => AsyncIterable<A>,
): handleServerStreamingCall<Q, A> {
  return (call) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort());
    const items = async () => handler(call.request, { signal: abort.signal, peer: call.getPeer() });
    const written = items().then((found) => writeAll(call, found));
    written.then(
      () => call.end(),
      (error) => call.emit('error', Object.assign(new Error('call failed'), toServiceError(error))),
    );
  };
}

function credentials(tls: TlsFiles | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const pair = { cert_chain: readFileSync(tls.cert), private_key: readFileSync(tls.key) };
  return ServerCredentials.createSsl(tls.ca ? readFileSync(tls.ca) : null, [pair], tls.ca !== undefined);
}

/** One service definition with its handlers. */
export interface RpcService {
  definition: ServiceDefinition;
  handlers: UntypedServiceImplementation;
}

/** The gRPC server of a service, with `grpc.health.v1` that follows the service's state. */
export class RpcServer implements Component {
  readonly name = 'grpc';
  port = 0;
  private readonly server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 });

  constructor(
    private readonly listen: string,
    state: StateHolder,
    services: readonly RpcService[],
    private readonly tls?: TlsFiles,
  ) {
    for (const { definition, handlers } of services) this.server.addService(definition, handlers);
    const health = new HealthImplementation({ '': 'NOT_SERVING' });
    health.addToServer(this.server);
    state.observe((now) => health.setStatus('', now === 'ready' ? 'SERVING' : 'NOT_SERVING'));
  }

  async start(): Promise<void> {
    this.port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(this.listen, credentials(this.tls), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
  }

  /** Calls under way may finish for two seconds; streams that stay open are then cut. */
  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => {
        this.server.forceShutdown();
        resolve();
      }, 2000);
      this.server.tryShutdown(() => {
        clearTimeout(cut);
        resolve();
      });
    });
  }
}
