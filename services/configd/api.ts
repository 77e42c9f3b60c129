import {
  type Bond,
  type ConfigFile,
  type ConfigServiceServer,
  ConfigServiceService,
  type NextHopsResponse,
  type SessionBundle,
  type SessionCounters,
  type StatusResponse,
} from '#gen/bng/v1/configd.js';
import { BngError } from '#lib/kernel/errors.js';
import { type RpcService, serverStream, unary } from '#lib/kernel/rpc-server.js';
import type { AclHits } from './acls/acl-hits.js';
import { aclAnswer, aclsAnswer } from './acls/acl-views.js';
import type { Confirmation } from './confirmation.js';
import type { DataplaneAudit } from './dataplane-audit.js';
import { documentJsonSchema } from './document/json-schema.js';
import { historyDefault, historyLimit } from './history-limits.js';
import { type Lines, lineEvents } from './line-events.js';
import type { ConfigService } from './service.js';
import { type SessionOwners, sameName } from './session-owners.js';
import { applySessions } from './session-stream.js';
import type { Sessions } from './sessions.js';
import { toApplied, toDetails, toEntry, toPlanned } from './wire.js';

export interface ApiOptions {
  readonly config: ConfigService;
  readonly confirmation: Pick<Confirmation, 'confirm'>;
  readonly sessions: Sessions;
  readonly owners: Pick<SessionOwners, 'claim'>;
  readonly audit: Pick<DataplaneAudit, 'run'>;
  readonly lines: Lines;
  readonly counters: (sessionIds: readonly string[]) => Promise<SessionCounters[]>;
  readonly generation: () => bigint;
  readonly status: () => StatusResponse;
  readonly bonds: () => readonly Bond[];
  readonly aclHits: AclHits;
  readonly nextHops: () => NextHopsResponse;
  /** Session commands of one stream that are worked on at once. */
  readonly concurrency: number;
}

/** ConfigService on the operator's configuration and the sessions. */
export function configApi(options: ApiOptions): RpcService {
  const handlers: ConfigServiceServer = { ...configHandlers(options), ...sessionHandlers(options) };
  return { definition: ConfigServiceService, handlers };
}

/** The files of a request, or its one nameless text. */
const filesOf = ({ yaml, files }: { yaml: string; files: readonly ConfigFile[] }): readonly ConfigFile[] => {
  if (files.length === 0) return [{ name: '', text: yaml }];
  if (yaml !== '') throw new BngError('invalid_argument', 'either yaml or files', { field: 'files' });
  return files;
};

function configHandlers({ config, confirmation, status, bonds, aclHits, nextHops }: ApiOptions) {
  return {
    apply: unary(async (request, { peer }) => {
      return toApplied(await config.apply({ ...request, peer, files: filesOf(request) }));
    }),
    getConfig: unary(async ({ version }) => config.get(version)),
    plan: unary(async (request) => {
      const isDrift = request.yaml === '' && request.files.length === 0;
      return toPlanned(isDrift ? await config.drift() : await config.plan(filesOf(request), request));
    }),
    history: unary(async ({ limit }) => {
      const rows = await config.history(Math.min(limit || historyDefault, historyLimit));
      return { entries: rows.map(toEntry) };
    }),
    historyShow: unary(async ({ version }) => toDetails(await config.show(version))),
    rollback: unary(async (request, { peer }) => toApplied(await config.rollback({ ...request, peer }))),
    confirm: unary(async ({ version, user }) => ({ version: await confirmation.confirm(version, user) })),
    schema: unary(() => ({ json: JSON.stringify(documentJsonSchema()) })),
    status: unary(() => status()),
    bonds: unary(() => ({ bonds: [...bonds()] })),
    acls: unary(() => aclsAnswer(aclHits)),
    showAcl: unary((request) => aclAnswer(aclHits, request)),
    nextHops: unary(() => nextHops()),
  } satisfies Partial<ConfigServiceServer>;
}

function sessionHandlers({ sessions, owners, audit, lines, counters, generation, concurrency }: ApiOptions) {
  const succeeded = (sessionId: string, { vppMs }: { vppMs: number }) => ({
    requestId: 0n,
    sessionId,
    ok: true,
    code: '',
    error: '',
    vppMs,
  });
  return {
    applySession: unary(async ({ session }) => {
      if (!session) throw new BngError('invalid_argument', 'session is missing', { field: 'session' });
      return succeeded(session.sessionId, await sessions.apply(session));
    }),
    removeSession: unary(async ({ sessionId }) => succeeded(sessionId, await sessions.remove(sessionId))),
    applySessions: applySessions(sessions, concurrency),
    listSessions: serverStream(({ owner }) => owned(sessions, owner)),
    auditDataplane: unary(({ repair }) => audit.run(repair)),
    sessionCounters: unary(async ({ sessionIds }) => ({
      generation: generation(),
      sessions: await counters(sessionIds),
    })),
    watchLines: serverStream(({ owner, holder }, { signal }) =>
      claimed(owners, owner, holder, () => lineEvents(lines, generation, signal)),
    ),
  } satisfies Partial<ConfigServiceServer>;
}

/** Lines for whom their sessions are, for as long as the stream lasts. */
async function* claimed<T>(
  owners: ApiOptions['owners'],
  owner: string,
  holder: string,
  events: () => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const release = owners.claim(owner, holder);
  try {
    yield* events();
  } finally {
    release();
  }
}

async function* owned(sessions: Sessions, owner: string): AsyncGenerator<SessionBundle> {
  for (const session of [...sessions.held()]) if (owner === '' || sameName(session.owner, owner)) yield session;
}
