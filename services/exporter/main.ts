import { ConfigServiceClient } from '#gen/bng/v1/configd.js';
import { SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import { processConfig } from '#lib/kernel/config.js';
import { type Component, run, StateHolder } from '#lib/kernel/lifecycle.js';
import { createLog } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import { OpsServer } from '#lib/kernel/ops-server.js';
import { portsFile } from '#lib/kernel/ports-file.js';
import { channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import { RpcServer } from '#lib/kernel/rpc-server.js';
import { metricsRoute } from './api.js';
import { configSchema } from './config.js';
import { Dataplane } from './dataplane.js';
import { Exporter } from './service.js';

const config = processConfig(configSchema, 'EXPORTER_');
const log = createLog('exporter', { level: config.logLevel });
const registry = createRegistry('exporter');
const state = new StateHolder();
const credentials = channelCredentials(config.tls);
const configd = config.configd ? new ConfigServiceClient(config.configd, credentials, channelOptions) : undefined;
const subscribers = config.subsManager
  ? new SubscriberServiceClient(config.subsManager, credentials, channelOptions)
  : undefined;
const dataplane = config.vppStatsSocket ? new Dataplane(config.vppStatsSocket) : undefined;
const exporter = new Exporter({
  targets: config.targets,
  controlPlane: { configd, subscribers },
  dataplane,
  own: () => registry.metrics(),
  timeoutMs: config.scrapeTimeoutMs,
});
const sources: Component = {
  name: 'sources',
  async start() {},
  async stop() {
    configd?.close();
    subscribers?.close();
    dataplane?.close();
  },
};
const rpc = new RpcServer(config.grpc, state, [], config.tls);
const ops = new OpsServer(config.ops, state, registry, [metricsRoute(exporter)]);
const ports = portsFile(config.portsFile, () => ({ grpc: rpc.port, ops: ops.port }));
await run([sources, rpc, ops, ports], { log, state });
