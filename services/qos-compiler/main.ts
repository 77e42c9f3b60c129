import { processConfig, readSecret } from '#lib/kernel/config.js';
import { run, StateHolder } from '#lib/kernel/lifecycle.js';
import { createLog } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import { OpsServer } from '#lib/kernel/ops-server.js';
import { portsFile } from '#lib/kernel/ports-file.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { RpcServer } from '#lib/kernel/rpc-server.js';
import { qosApi } from './api.js';
import { configSchema } from './config.js';
import { qosMetrics } from './metrics.js';
import { profilesMigration } from './migrations/001-profiles.js';
import { QosCatalogue } from './service.js';
import { PostgresProfileStore } from './store.js';

const config = processConfig(configSchema, 'QOS_COMPILER_');
const log = createLog('qos-compiler', { level: config.logLevel });
const registry = createRegistry('qos-compiler');
const state = new StateHolder();
const postgres = new Postgres({
  url: config.databaseUrl ?? readSecret(config.databaseUrlFile ?? ''),
  schema: 'qos_compiler',
  migrations: [profilesMigration],
});
const store = new PostgresProfileStore(postgres.knex);
const catalogue = new QosCatalogue(store, qosMetrics(registry, store));
const rpc = new RpcServer(config.grpc, state, [qosApi(catalogue)], config.tls);
const ops = new OpsServer(config.ops, state, registry);
const ports = portsFile(config.portsFile, () => ({ grpc: rpc.port, ops: ops.port }));
await run([postgres, rpc, ops, ports], { log, state });
