import { readFileSync } from 'node:fs';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import { RadiusClient } from '#lib/radius/client.js';
import type { TlsOptions } from '#lib/radius/tls-connection.js';
import { type ServersConfig, secretBytes } from './config.js';
import { type AaaMetrics, clientObserver, type RadiusRole } from './metrics.js';

function tlsOptions({
  ca,
  cert,
  key,
  serverName,
  pipeline,
}: NonNullable<ServersConfig['servers'][number]['tls']>): TlsOptions {
  const read = (file: string) => readFileSync(file, 'utf8');
  return { ca: read(ca), cert: read(cert), key: read(key), pipeline, ...(serverName !== undefined && { serverName }) };
}

/** The RADIUS client of one role, as a component of the service. */
export function radiusClient(
  role: RadiusRole,
  config: Readonly<ServersConfig>,
  metrics: AaaMetrics,
  log: Log,
): Component & { readonly client: RadiusClient } {
  const client = new RadiusClient({
    servers: config.servers.map(({ name, host, port, weight, maxOutstanding, tls, ...secret }) => ({
      name,
      host,
      port,
      secret: tls && !secret.secret && !secret.secretFile ? Buffer.from('radsec') : secretBytes(secret),
      ...(tls && { tls: tlsOptions(tls) }),
      ...(weight !== undefined && { weight }),
      ...(maxOutstanding !== undefined && { maxOutstanding }),
    })),
    timing: {
      initialMs: config.initialMs,
      maxMs: config.maxMs,
      transmissions: config.transmissions,
      adaptiveFloorMs: config.adaptiveFloorMs,
    },
    deadMs: config.deadMs,
    ...(config.probeMs > 0 && { probeMs: config.probeMs }),
    sourcePorts: config.sourcePorts,
    requireMessageAuthenticator: config.requireMessageAuthenticator ?? true,
    requireMessageAuthenticatorElsewhere: config.requireMessageAuthenticator ?? false,
    ...(config.sourceAddress !== undefined && { sourceAddress: config.sourceAddress }),
    observer: {
      ...clientObserver(metrics, role, (server, state) => log.warn({ role, server, state }, 'RADIUS server changed')),
      socketError: (error) => log.warn({ role, err: error }, 'RADIUS socket'),
    },
  });
  for (const { name } of config.servers) metrics.serverUp.set({ role, server: name }, 1);
  return { name: `radius-${role}`, client, start: () => client.start(), stop: () => client.stop() };
}
