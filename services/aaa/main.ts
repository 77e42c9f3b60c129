import { SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import { systemClock } from '#lib/kernel/clock.js';
import { processConfig, readSecret } from '#lib/kernel/config.js';
import { EventBus, streams } from '#lib/kernel/jetstream.js';
import { type Component, run, StateHolder } from '#lib/kernel/lifecycle.js';
import { createLog } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import { OpsServer } from '#lib/kernel/ops-server.js';
import { PARTITIONS } from '#lib/kernel/partition.js';
import { portsFile } from '#lib/kernel/ports-file.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import { RpcServer } from '#lib/kernel/rpc-server.js';
import { Shares } from '#lib/kernel/shares.js';
import { causewayAttributes } from '#lib/radius/vendors/causeway.js';
import { accountingRecord } from './accounting-record.js';
import { PostgresAnswerStore } from './answer-store.js';
import { aaaApi } from './api.js';
import { policyRows } from './attribute-policy.js';
import { AccountingAudit } from './audit.js';
import { CoaHandler } from './coa.js';
import { coaListener } from './coa-listener.js';
import { CoaReader } from './coa-request.js';
import { configSchema } from './config.js';
import { Accounting, type AccountingDependencies } from './events.js';
import { Fallback } from './fallback.js';
import { LedgerQueries } from './ledger-queries.js';
import { aaaMetrics } from './metrics.js';
import { accountingMigration } from './migrations/001-accounting.js';
import { answerMigration } from './migrations/002-answer.js';
import { ledgerMigration } from './migrations/003-ledger.js';
import { NodeAccounting } from './node-accounting.js';
import { radiusClient } from './radius-client.js';
import { Authorizer } from './service.js';
import { PostgresAccountingStore } from './store.js';
import { SubscriberChanges } from './subscriber-changes.js';

/** Advisory locks of instances of aaa (this class) and of the partitions they account for (the next). */
const ACCOUNTING_LOCKS = 7_226_110;

const config = processConfig(configSchema, 'AAA_');
const log = createLog('aaa', { level: config.logLevel });
const registry = createRegistry('aaa');
const metrics = aaaMetrics(registry);
const state = new StateHolder();
const clock = systemClock;
const causeway = causewayAttributes(config.enterpriseNumber);
const rows = policyRows(causeway);

const auth = radiusClient('auth', config.auth, metrics, log);
const acct = radiusClient('acct', config.accounting, metrics, log);
const databaseUrl = config.databaseUrl ?? readSecret(config.databaseUrlFile ?? '');
const postgres = new Postgres({
  url: databaseUrl,
  schema: 'aaa',
  migrations: [accountingMigration, answerMigration, ledgerMigration],
});
const bus = new EventBus(config.nats, 'aaa', log, [streams.sessions]);
const accountingOf: AccountingDependencies = {
  bus,
  client: acct.client,
  store: new PostgresAccountingStore(postgres.knex),
  record: (event, nowMs) => accountingRecord(event, config, causeway, nowMs),
  metrics,
  log,
  clock,
  maxPending: config.accounting.maxPending,
  shedAtPending: config.accounting.shedAtPending,
};
const accounting = new Shares({
  databaseUrl,
  lockClass: ACCOUNTING_LOCKS,
  count: PARTITIONS,
  make: (partition) => new Accounting(accountingOf, partition),
  log,
});
metrics.accountingPartitions(() => accounting.size);
const authorizer = new Authorizer({
  config,
  password: config.password ?? readSecret(config.passwordFile ?? ''),
  causeway,
  rows,
  clients: { auth: auth.client, acct: acct.client },
  fallback: new Fallback({
    config: config.fallback,
    answers: new PostgresAnswerStore(postgres.knex),
    clock,
    log,
  }),
  metrics,
  log,
  clock,
});
const subscribers = new SubscriberServiceClient(config.subsManager, channelCredentials(config.tls), channelOptions);
const audit = new AccountingAudit({
  ledger: new LedgerQueries(postgres.knex),
  subscribers,
  timeoutMs: config.coa.timeoutMs,
  clock,
});
const node = new NodeAccounting({ config, knex: postgres.knex, client: acct.client, log, clock });
const changes = new SubscriberChanges(subscribers, config.coa.timeoutMs);
const handler = new CoaHandler({
  reader: new CoaReader(config, causeway, rows),
  subscribers: changes,
  metrics,
  log,
});
const coa = coaListener(config.coa, handler, metrics, log);
const channel: Component = {
  name: 'subs-manager-channel',
  start: async () => {},
  async stop() {
    changes.close();
    subscribers.close();
  },
};
const rpc = new RpcServer(config.grpc, state, [aaaApi(authorizer, audit, node)], config.tls);
const ops = new OpsServer(config.ops, state, registry);
const ports = portsFile(config.portsFile, () => ({
  grpc: rpc.port,
  ops: ops.port,
  coa: coa.listener.port,
}));
await run([ops, postgres, auth, acct, rpc, channel, bus, node, accounting, coa, ports], { log, state });
