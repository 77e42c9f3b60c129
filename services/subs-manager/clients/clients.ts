import { AaaServiceClient } from '#gen/bng/v1/aaa.js';
import { ConfigServiceClient } from '#gen/bng/v1/configd.js';
import { QosServiceClient } from '#gen/bng/v1/qos.js';
import type { Clock } from '#lib/kernel/clock.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import { channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import type { SubsManagerConfig } from '../config.js';
import { Authorizer } from './aaa.js';
import { Dataplane } from './configd.js';
import { Profiles } from './profiles.js';

/** The other services as this one sees them. Channels connect when first used and reconnect for ever. */
export function createClients(config: SubsManagerConfig, clock: Clock) {
  const credentials = channelCredentials(config.tls);
  const configd = new ConfigServiceClient(config.configd, credentials, channelOptions);
  const aaa = new AaaServiceClient(targetOf(config.aaa), credentials, { ...channelOptions, ...inTurn });
  const qos = config.qos === undefined ? undefined : new QosServiceClient(config.qos, credentials, channelOptions);
  const dataplane = new Dataplane(configd, config.configdTimeoutS * 1000);
  const authorizer = new Authorizer(aaa, config.aaaTimeoutS * 1000);
  const component: Component = {
    name: 'clients',
    async start() {},
    async stop() {
      for (const client of [dataplane, authorizer, qos]) client?.close();
    },
  };
  return {
    dataplane,
    authorizer,
    profiles: new Profiles(qos, clock),
    component,
  };
}
export type Clients = ReturnType<typeof createClients>;

/** Several addresses of one service, as grpc-js takes them. */
const targetOf = (addresses: string): string => (addresses.includes(',') ? `ipv4:${addresses}` : addresses);

const inTurn = { 'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }) };
