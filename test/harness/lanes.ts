import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A dataplane that system tests can run on. */
export interface Lane {
  name: string;
  kind: 'sim' | 'vpp';
  available: boolean;
  /** Why it is not available. */
  why: string;
  /** The VPP program of the real lane. */
  vppBin: string;
}

const executable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** `VPP_BIN`, or `vpp` on PATH; undefined when there is none. */
export function findVpp(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const candidates = env.VPP_BIN
    ? [env.VPP_BIN]
    : (env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'vpp'));
  return candidates.find(executable);
}

const vpp = findVpp();
const root = process.getuid?.() === 0;

/** The sim, always; a real VPP when there is one and we may make network namespaces. */
export const lanes: Lane[] = [
  { name: 'vpp-sim', kind: 'sim', available: true, why: '', vppBin: '' },
  {
    name: 'real VPP',
    kind: 'vpp',
    available: vpp !== undefined && root,
    why: vpp === undefined ? 'no VPP: set VPP_BIN or put vpp on PATH' : 'the real VPP lane needs root',
    vppBin: vpp ?? '',
  },
];
