import { AaaServiceService, AuditAccountingResponse, type RadiusServersResponse } from '#gen/bng/v1/aaa.js';
import {
  AclsResponse,
  ApplyResponse,
  BondsResponse,
  ConfigServiceService,
  type ConfirmResponse,
  type HistoryResponse,
  type HistoryShowResponse,
  NextHopsResponse,
  PlanResponse,
  type RollbackRequest,
  SchemaResponse,
  ShowAclResponse,
  StatusResponse,
} from '#gen/bng/v1/configd.js';
import {
  AuditAddressesResponse,
  AuditResponse,
  type DeepPartial,
  DisconnectSubscriberResponse,
  ListSubscribersResponse,
  Session,
  SubscriberServiceService,
  SubscriberStatsResponse,
  UpdateSubscriberResponse,
  WhyResponse,
} from '#gen/bng/v1/subs.js';
import {
  BulkJob,
  ExportChunk,
  FindResponse,
  ListBulkResponse,
  PreviewBulkResponse,
  RateSample,
  SubscriberToolsServiceService,
  TopResponse,
} from '#gen/bng/v1/subs_tools.js';
import { BngError } from '#lib/kernel/errors.js';
import { StateHolder } from '#lib/kernel/lifecycle.js';
import { RpcServer, type RpcService, serverStream, unary } from '#lib/kernel/rpc-server.js';
import type { ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import { runCli } from './program.js';
import { environmentName, type ServiceName } from './settings.js';

type Handler = (request: never) => unknown;

/** What the fakes answer, by method; a method without an entry is UNIMPLEMENTED. */
export interface Answers {
  apply?: (request: {
    yaml: string;
    dryRun: boolean;
    files: { name: string; text: string }[];
  }) => Partial<ApplyResponse>;
  plan?: (request: { yaml: string }) => Partial<PlanResponse>;
  schema?: () => SchemaResponse;
  status?: () => Partial<StatusResponse>;
  bonds?: () => BondsResponse;
  acls?: () => Partial<AclsResponse>;
  showAcl?: (request: Record<string, unknown>) => Partial<ShowAclResponse>;
  history?: (request: { limit: number }) => HistoryResponse;
  historyShow?: (request: { version: bigint }) => HistoryShowResponse;
  rollback?: (request: Partial<RollbackRequest>) => Partial<ApplyResponse>;
  confirm?: (request: { version: bigint; user: string }) => ConfirmResponse;
  nextHops?: () => NextHopsResponse;
  list?: (request: Record<string, unknown>) => Partial<ListSubscribersResponse>;
  get?: (request: { key: string }) => Session;
  update?: (request: Record<string, unknown>) => Partial<UpdateSubscriberResponse>;
  disconnect?: (request: Record<string, unknown>) => Partial<DisconnectSubscriberResponse>;
  stats?: () => Partial<SubscriberStatsResponse>;
  auditAddresses?: (request: { repair: boolean }) => Partial<AuditAddressesResponse>;
  audit?: (request: { repair: boolean }) => DeepPartial<AuditResponse>;
  why?: (request: { key: string }) => Partial<WhyResponse>;
  watchRate?: (request: { key: string }) => DeepPartial<RateSample>[];
  top?: (request: Record<string, unknown>) => DeepPartial<TopResponse>;
  export?: (request: Record<string, unknown>) => { data: Buffer }[];
  previewBulk?: (request: Record<string, unknown>) => DeepPartial<PreviewBulkResponse>;
  startBulk?: (request: Record<string, unknown>) => DeepPartial<BulkJob>;
  getBulk?: (request: { id: string }) => DeepPartial<BulkJob>;
  listBulk?: () => DeepPartial<ListBulkResponse>;
  cancelBulk?: (request: { id: string }) => DeepPartial<BulkJob>;
  find?: (request: { text: string; limit: number }) => DeepPartial<FindResponse>;
  servers?: () => RadiusServersResponse;
  accountingOff?: () => object;
  auditAccounting?: (request: Record<string, unknown>) => DeepPartial<AuditAccountingResponse>;
}

export interface Outcome {
  code: ExitCode;
  out: string;
  err: string;
}

export interface Fakes {
  /** Requests as they arrived, `[method, request]`. */
  calls: [string, unknown][];
  run(args: string[], io?: Partial<Io>): Promise<Outcome>;
  stop(): Promise<void>;
}

type Defaults = Record<string, (answer: never) => unknown>;
const complete = {
  apply: (answer: Partial<ApplyResponse>) => ApplyResponse.fromPartial(answer),
  plan: (answer: Partial<PlanResponse>) => PlanResponse.fromPartial(answer),
  schema: (answer: SchemaResponse) => SchemaResponse.fromPartial(answer),
  status: (answer: Partial<StatusResponse>) => StatusResponse.fromPartial(answer),
  bonds: (answer: BondsResponse) => BondsResponse.fromPartial(answer),
  acls: (answer: Partial<AclsResponse>) => AclsResponse.fromPartial(answer),
  showAcl: (answer: Partial<ShowAclResponse>) => ShowAclResponse.fromPartial(answer),
  history: (answer: HistoryResponse) => answer,
  historyShow: (answer: HistoryShowResponse) => answer,
  rollback: (answer: Partial<ApplyResponse>) => ApplyResponse.fromPartial(answer),
  confirm: (answer: ConfirmResponse) => answer,
  nextHops: (answer: NextHopsResponse) => NextHopsResponse.fromPartial(answer),
  list: (answer: Partial<ListSubscribersResponse>) => ListSubscribersResponse.fromPartial(answer),
  get: (answer: Session) => answer,
  update: (answer: Partial<UpdateSubscriberResponse>) => UpdateSubscriberResponse.fromPartial(answer),
  disconnect: (answer: Partial<DisconnectSubscriberResponse>) => DisconnectSubscriberResponse.fromPartial(answer),
  stats: (answer: Partial<SubscriberStatsResponse>) => SubscriberStatsResponse.fromPartial(answer),
  auditAddresses: (answer: Partial<AuditAddressesResponse>) => AuditAddressesResponse.fromPartial(answer),
  audit: (answer: DeepPartial<AuditResponse>) => AuditResponse.fromPartial(answer),
  why: (answer: Partial<WhyResponse>) => WhyResponse.fromPartial(answer),
  watchRate: (samples: DeepPartial<RateSample>[]) => samples.map((sample) => RateSample.fromPartial(sample)),
  top: (answer: DeepPartial<TopResponse>) => TopResponse.fromPartial(answer),
  export: (chunks: { data: Buffer }[]) => chunks.map((chunk) => ExportChunk.fromPartial(chunk)),
  previewBulk: (answer: DeepPartial<PreviewBulkResponse>) => PreviewBulkResponse.fromPartial(answer),
  startBulk: (answer: DeepPartial<BulkJob>) => BulkJob.fromPartial(answer),
  getBulk: (answer: DeepPartial<BulkJob>) => BulkJob.fromPartial(answer),
  listBulk: (answer: DeepPartial<ListBulkResponse>) => ListBulkResponse.fromPartial(answer),
  cancelBulk: (answer: DeepPartial<BulkJob>) => BulkJob.fromPartial(answer),
  find: (answer: DeepPartial<FindResponse>) => FindResponse.fromPartial(answer),
  servers: (answer: RadiusServersResponse) => answer,
  accountingOff: () => ({}),
  auditAccounting: (answer: DeepPartial<AuditAccountingResponse>) => AuditAccountingResponse.fromPartial(answer),
} as unknown as Defaults;

/** configd, subs-manager and aaa on loopback with the given answers. */
export async function startFakes(answers: Answers): Promise<Fakes> {
  const calls: [string, unknown][] = [];
  const handlers = (definition: RpcService['definition']): RpcService => ({
    definition,
    handlers: Object.fromEntries(
      Object.keys(definition)
        .filter((method) => method in complete)
        .map((method) => [method, handlerOf(definition[method]?.responseStream === true, answers, method, calls)]),
    ),
  });
  const definitions = {
    configd: [ConfigServiceService],
    'subs-manager': [SubscriberServiceService, SubscriberToolsServiceService],
    aaa: [AaaServiceService],
  };
  const state = new StateHolder();
  state.set('ready');
  const servers = new Map<ServiceName, RpcServer>();
  for (const [name, services] of Object.entries(definitions)) {
    const server = new RpcServer('127.0.0.1:0', state, services.map(handlers));
    await server.start();
    servers.set(name as ServiceName, server);
  }
  const env = Object.fromEntries([...servers].map(([name, { port }]) => [environmentName(name), `127.0.0.1:${port}`]));
  return {
    calls,
    run: (args, io = {}) => runCaptured(args, { ...io, env: { ...env, ...io.env } }),
    stop: async () => void (await Promise.all([...servers.values()].map((server) => server.stop()))),
  };
}

/** A stream gives the items of its answer, which is an array. */
function handlerOf(streams: boolean, answers: Answers, method: string, calls: [string, unknown][]) {
  if (!streams) return unary((request: unknown) => reply(answers, method, request, calls));
  return serverStream(async function* (request: unknown) {
    yield* reply(answers, method, request, calls) as unknown[];
  });
}

function reply(answers: Answers, method: string, request: unknown, calls: [string, unknown][]): unknown {
  calls.push([method, request]);
  const handler = answers[method as keyof Answers] as Handler | undefined;
  if (!handler) throw new BngError('unimplemented', method);
  return complete[method]?.(handler(request as never) as never);
}

/** The CLI with captured output; files are given as `read`. */
export async function runCaptured(args: string[], io: Partial<Io> = {}): Promise<Outcome> {
  const outcome = { out: '', err: '' };
  const code = await runCli(args, {
    out: (text) => {
      outcome.out += text;
    },
    err: (text) => {
      outcome.err += text;
    },
    colour: false,
    env: {},
    home: '/nonexistent',
    login: () => 'root',
    nowMs: () => 1_000_000_000,
    read: async (path) => {
      throw new Error(`no such file: ${path}`);
    },
    entries: async () => undefined,
    ...io,
  });
  return { code, ...outcome };
}

/** A subscriber as tests want to see one. */
export const sampleSession = (changes: DeepPartial<Session> = {}): Session =>
  Session.fromPartial<DeepPartial<Session>>({
    sessionId: '65f0-1',
    state: 3,
    userName: 'access.100.7',
    ipv4: '100.64.0.9',
    identity: {
      mac: '02:00:5e:10:00:01',
      circuitId: Buffer.from('eth 0/1'),
      remoteId: Buffer.from([0, 255]),
      line: { name: 'access.100.7', outerVlan: 100, innerVlan: 7, vrf: 'default' },
    },
    policy: { downloadBps: 100_000_000n, uploadBps: 20_000_000n, sessionTimeoutS: 86_400 },
    counters: { inputOctets: 1_500_000n, outputOctets: 2_000_000_000n, inputPackets: 1200n, outputPackets: 1500n },
    createdMs: 999_000_000n,
    startedMs: 999_690_000n,
    ...changes,
  });
