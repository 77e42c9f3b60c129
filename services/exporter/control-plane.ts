import type { ConfigServiceClient, StatusResponse } from '#gen/bng/v1/configd.js';
import type { SubscriberServiceClient, SubscriberStatsResponse } from '#gen/bng/v1/subs.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type Family, family } from './exposition.js';

/** Where facts come from that only a gRPC call tells. */
export interface ControlPlane {
  configd?: ConfigServiceClient | undefined;
  subscribers?: SubscriberServiceClient | undefined;
}

const STATES = ['authorizing', 'offered', 'active', 'terminating', 'rejected'];

/**
 * Sessions by state and the state of VPP; everything else is in the services' own /metrics.
 * A subs-manager that does not answer leaves its family out; without an answer of configd `bng_vpp_up` is 0.
 */
export async function controlPlaneFamilies(services: ControlPlane, timeoutMs: number): Promise<Family[]> {
  const { configd, subscribers } = services;
  const [stats, status] = await Promise.all([
    subscribers && callUnary(subscribers.stats.bind(subscribers), {}, { timeoutMs }).catch(() => undefined),
    configd && callUnary(configd.status.bind(configd), {}, { timeoutMs }).catch(() => undefined),
  ]);
  return [
    ...(stats ? [sessionFamily(stats)] : []),
    ...(configd ? [vppUp(status)] : []),
    ...(status ? [vppGeneration(status)] : []),
  ];
}

function sessionFamily({ sessionsByState }: SubscriberStatsResponse): Family {
  const states = [...new Set([...STATES, ...Object.keys(sessionsByState)])];
  const rows = states.map((state) => [{ state }, sessionsByState[state] ?? 0] as const);
  return family('gauge', 'bng_sessions', 'Subscriber sessions by state', rows);
}

const vppUp = (status: StatusResponse | undefined): Family =>
  family('gauge', 'bng_vpp_up', 'Whether configd is connected to VPP (1) or not (0)', [
    [{}, Number(status?.vppState === 'ready')],
  ]);

const vppGeneration = ({ generation }: StatusResponse): Family =>
  family('gauge', 'bng_vpp_generation', 'VPP restarts seen by configd', [[{}, generation]]);
