import type { Sizes } from '../conf/sizing.js';
import { type Machine, readMachine } from '../machine/machine.js';
import type { Tree } from '../machine/tree.js';
import type { VppSettings } from '../settings/schema.js';
import { checkCores } from './cores.js';
import { checkDevices } from './devices.js';
import { type Finding, fault, warning } from './finding.js';
import { checkMemory } from './memory.js';

/** Holds the settings against the machine; errors first. */
export function checkMachine(settings: VppSettings, sizes: Sizes, tree: Tree): Finding[] {
  const machine = readMachine(tree);
  const findings = [
    ...checkCores(settings, machine),
    ...checkMemory(settings, sizes, machine),
    ...checkDevices(settings, machine, tree),
    ...checkGroup(settings, machine),
    ...checkPlugins(settings, tree),
  ];
  const rank = ({ severity }: Finding) => (severity === 'error' ? 0 : 1);
  return findings.sort((a, b) => rank(a) - rank(b));
}

/** VPP ends at once when it does not know the group. */
function checkGroup({ sockets: { group } }: VppSettings, machine: Machine): Finding[] {
  if (group === undefined || machine.groups.has(group)) return [];
  return [fault('sockets.group', `there is no group "${group}"`, `groupadd --system ${group}`)];
}

const pluginFolders = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((arch) => `/usr/lib/${arch}/vpp_plugins`);

/** VPP silently ignores what is said about a plugin it does not have. */
function checkPlugins({ plugins, dpdk }: VppSettings, tree: Tree): Finding[] {
  const folder = [plugins.folder, ...pluginFolders].find((path) => path !== undefined && tree.exists(path));
  if (folder === undefined) return [];
  const wanted = [...plugins.enable, ...(dpdk.devices.length > 0 ? ['dpdk'] : [])];
  return wanted
    .filter((name) => !tree.exists(`${folder}/${name}_plugin.so`))
    .map((name) =>
      name === 'dpdk'
        ? fault('dpdk.devices', `${folder} has no dpdk_plugin.so`, 'install the package vpp-plugin-dpdk')
        : warning('plugins.enable', `${folder} has no ${name}_plugin.so`, 'correct the name, or install its package'),
    );
}
