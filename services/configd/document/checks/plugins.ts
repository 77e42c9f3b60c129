import type { Plugin } from '#lib/vpp/messages/all.js';
import { type AnyInterface, type Model, writtenInterfaces } from '../model.js';
import { mistake, type Path, type Problem } from '../problem.js';

/** Where a document asks for what only a plugin of VPP does. */
interface Use {
  readonly plugin: Plugin;
  readonly path: Path;
}

const uses = (plugin: Plugin, wanted: boolean, path: Path): Use[] => (wanted ? [{ plugin, path }] : []);

function usesOfInterface({ config, path, type }: AnyInterface): Use[] {
  return [
    ...uses('mss_clamp', config.mssClamp !== undefined, [...path, 'mssClamp']),
    ...uses('vrrp', config.vrrp.length > 0, [...path, 'vrrp']),
    ...uses('flowprobe', config.flowprobe !== undefined, [...path, 'flowprobe']),
    ...(type === 'sub-interface'
      ? []
      : [
          ...uses('lldp', config.lldp !== undefined, [...path, 'lldp']),
          ...uses('lacp', config.bond?.mode === 'lacp', [...path, 'bond', 'mode']),
        ]),
  ];
}

const usesOfNode = ({ document }: Model): Use[] => [
  ...uses('flowprobe', document.flowprobe !== undefined, ['flowprobe']),
  ...uses('lldp', document.lldp !== undefined, ['lldp']),
  ...uses('nat44_ed', document.nat44Ed !== undefined, ['nat44Ed']),
  ...uses('nat44_ei', document.nat44Ei !== undefined, ['nat44Ei']),
  ...uses('det44', document.det44 !== undefined, ['det44']),
  ...uses('abf', Object.keys(document.pbr).length > 0, ['pbr']),
];

/** Files that are not called after what they bring. */
const files: Partial<Record<Plugin, string>> = { nat44_ed: 'nat' };

/** What a document uses of plugins that this VPP runs without. */
export function checkPlugins(model: Model, hasPlugin: (plugin: Plugin) => boolean): Problem[] {
  const all = [...[...writtenInterfaces(model)].flatMap(usesOfInterface), ...usesOfNode(model)];
  return all.flatMap(({ plugin, path }) => {
    if (hasPlugin(plugin)) return [];
    const message = `"${path.at(-1)}" needs VPP's plugin ${plugin}, which is not loaded: enable ${files[plugin] ?? plugin}_plugin.so in startup.conf, or leave it out`;
    return [mistake(path, message, true)];
  });
}
