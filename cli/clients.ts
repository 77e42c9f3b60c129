import { type Client, makeGenericClientConstructor, type ServiceDefinition } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { AaaServiceClient } from '#gen/bng/v1/aaa.js';
import { ConfigServiceClient } from '#gen/bng/v1/configd.js';
import { SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import { SubscriberToolsServiceClient } from '#gen/bng/v1/subs_tools.js';
import { callUnary, channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import type { ServiceName, Settings } from './settings.js';

const HealthClient = makeGenericClientConstructor(
  healthService as unknown as ServiceDefinition,
  'grpc.health.v1.Health',
);
type HealthCheck = Parameters<typeof callUnary<{ service: string }, { status: string }>>[0];

/** gRPC clients of one command, opened when first used. */
export class Clients {
  private readonly open: Client[] = [];

  constructor(private readonly settings: Settings) {}

  configd(): ConfigServiceClient {
    return this.keep(new ConfigServiceClient(...this.channel('configd')));
  }

  subscribers(): SubscriberServiceClient {
    return this.keep(new SubscriberServiceClient(...this.channel('subs-manager')));
  }

  subscriberTools(): SubscriberToolsServiceClient {
    return this.keep(new SubscriberToolsServiceClient(...this.channel('subs-manager')));
  }

  aaa(): AaaServiceClient {
    return this.keep(new AaaServiceClient(...this.channel('aaa')));
  }

  /** True when the service says over grpc.health.v1 that it serves. */
  async serving(service: ServiceName, timeoutMs: number): Promise<boolean> {
    const client = this.keep(new HealthClient(...this.channel(service)));
    const check = (client.check as HealthCheck).bind(client);
    const { status } = await callUnary(check, { service: '' }, { timeoutMs });
    return status === 'SERVING';
  }

  close(): void {
    for (const client of this.open) client.close();
  }

  private keep<C extends Client>(client: C): C {
    this.open.push(client);
    return client;
  }

  private channel(service: ServiceName) {
    return [this.settings.endpoints[service], channelCredentials(this.settings.tls), channelOptions] as const;
  }
}
