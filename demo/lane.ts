import { existsSync } from 'node:fs';
import type { Dataplane } from '../test/harness/dataplane.js';
import type { Lane } from '../test/harness/lanes.js';

const lane = (name: string, kind: Lane['kind']): Lane => ({ name, kind, available: true, why: '', vppBin: '' });

export interface DemoDataplane {
  lane: Lane;
  /** The VPP that `VPP_API_SOCKET` names; undefined for the sim. */
  dataplane: Dataplane | undefined;
}

/** The sim, or the VPP at `VPP_API_SOCKET` (with `VPP_STATS_SOCKET` beside it) on veth pairs that the demo makes. */
export async function demoDataplane(env: NodeJS.ProcessEnv): Promise<DemoDataplane> {
  const apiSocket = env.VPP_API_SOCKET;
  if (!apiSocket) return { lane: lane('vpp-sim', 'sim'), dataplane: undefined };
  if (!existsSync(apiSocket)) throw new Error(`VPP_API_SOCKET: ${apiSocket} does not exist`);
  const statsSocket = env.VPP_STATS_SOCKET ?? apiSocket.replace(/api\.sock$/, 'stats.sock');
  const { attachVppDataplane } = await import('../test/harness/vpp-dataplane.js');
  return { lane: lane('VPP', 'vpp'), dataplane: await attachVppDataplane({ apiSocket, statsSocket }) };
}
