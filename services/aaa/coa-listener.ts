import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import { splitHostPort } from '#lib/kernel/ops-server.js';
import { Code } from '#lib/radius/codes.js';
import { RadiusListener } from '#lib/radius/listener.js';
import type { CoaHandler } from './coa.js';
import { type AaaConfig, secretBytes } from './config.js';
import { type AaaMetrics, coaObserver } from './metrics.js';

/** The UDP server for CoA and Disconnect requests, as a component of the service. */
export function coaListener(
  config: AaaConfig['coa'],
  handler: Pick<CoaHandler, 'handle' | 'stale'>,
  metrics: AaaMetrics,
  log: Log,
): Component & { readonly listener: RadiusListener } {
  const { host, port } = splitHostPort(config.listen);
  const listener = new RadiusListener({
    address: host,
    port,
    clients: config.clients.map(({ name, prefix, requireMessageAuthenticator, ...secret }) => ({
      name,
      prefix,
      requireMessageAuthenticator,
      secret: secretBytes(secret),
    })),
    codes: [Code.coaRequest, Code.disconnectRequest],
    handle: (request) => handler.handle(request),
    timestampWindowMs: config.timestampWindowS * 1000,
    requireTimestamp: config.requireTimestamp,
    observer: {
      ...coaObserver(metrics, (reason, from) => log.debug({ reason, from }, 'CoA datagram dropped')),
      stale: (request, from) => handler.stale(request, from),
      handlerFailed: (error) => log.error({ err: error }, 'CoA handler'),
    },
  });
  return {
    name: 'coa',
    listener,
    start: () => listener.start(),
    drain: () => listener.drain(),
    stop: () => listener.stop(),
  };
}
