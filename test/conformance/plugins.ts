import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe } from '@jest/globals';
import type { Lane } from '../harness/lanes.js';
import { onEachLane } from './lane.js';

const archs = ['x86_64-linux-gnu', 'aarch64-linux-gnu', ''];

/** Where the lane's VPP looks for plugins, as test/harness/real-vpp.ts tells it. */
function foldersOf({ vppBin }: Lane): string[] {
  const given = process.env.VPP_PLUGIN_PATH;
  return given ? [given] : archs.map((arch) => join(dirname(vppBin), '..', 'lib', arch, 'vpp_plugins'));
}

/** Like `onEachLane`, and skipped by name on a VPP that was built without the plugin. */
export function onEachLaneWith(plugin: string, area: string, suite: (lane: Lane) => void): void {
  onEachLane(area, (lane) => {
    const there =
      lane.kind === 'sim' || foldersOf(lane).some((folder) => existsSync(join(folder, `${plugin}_plugin.so`)));
    const run = there ? describe : describe.skip;
    run(there ? plugin : `${plugin} (not in this VPP)`, () => suite(lane));
  });
}
