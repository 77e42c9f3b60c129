import { StatusResponse } from '#gen/bng/v1/configd.js';
import type { StateHolder } from '#lib/kernel/lifecycle.js';
import type { Route } from '#lib/kernel/ops-server.js';
import type { RestoreProgress } from './reconcile/converge.js';
import type { Engine } from './reconcile/engine.js';
import type { ConfigService } from './service.js';
import type { Sessions } from './sessions.js';
import type { PendingConfirm, StoredConfig } from './snapshot.js';
import type { StoreLink } from './store-link.js';
import type { VppSupervisor } from './supervisor.js';
import { viewRoute } from './view-route.js';
import type { VppLife } from './vpp-life.js';

export interface StatusOptions {
  readonly state: StateHolder;
  readonly supervisor: VppSupervisor;
  readonly life: VppLife;
  readonly config: ConfigService;
  readonly engine: Pick<Engine, 'size'>;
  readonly sessions: Sessions;
  readonly link: StoreLink;
  /** What is not as it should be, in words. */
  degraded(): string[];
  readonly node: string;
  /** What becomes of drift. */
  readonly driftPolicy: 'repair' | 'report';
}

/** `GET /status`: what `bngctl status` asks for; numbers of 64 bits as texts. */
export const statusRoute = (status: () => StatusResponse): Route =>
  viewRoute('/status', () => StatusResponse.toJSON(status()));

/** One look at everything, for people. */
export function statusOf({
  state,
  supervisor,
  life,
  config,
  engine,
  sessions,
  link,
  degraded,
  node,
  driftPolicy,
}: StatusOptions): StatusResponse {
  const vpp = supervisor.status;
  return StatusResponse.fromPartial({
    state: progressText(state.state, vpp.progress),
    vppState: vpp.state,
    vppVersion: vpp.version,
    vppPid: vpp.pid,
    generation: BigInt(life.generation),
    configVersion: config.current?.version ?? 0n,
    configEtag: config.current?.etag ?? '',
    resources: engine.size,
    sessions: sessions.count,
    drift: vpp.drift,
    foreign: vpp.foreign,
    driftPolicy,
    ...(vpp.progress && { progress: vpp.progress }),
    lastAuditMs: BigInt(vpp.lastAuditMs),
    storeAvailable: link.available,
    degraded: degraded(),
    ...(config.current?.pending && { pendingConfirm: toPending(config.current, config.current.pending) }),
    node,
  });
}

const toPending = ({ version }: StoredConfig, { deadlineMs, before, user }: PendingConfirm) => ({
  version,
  deadlineMs: BigInt(deadlineMs),
  revertTo: before?.version ?? 0n,
  user,
});

const progressText = (state: string, progress: RestoreProgress | undefined): string =>
  state === 'restoring' && progress ? `${state} (${progress.phase} ${progress.done}/${progress.total})` : state;
