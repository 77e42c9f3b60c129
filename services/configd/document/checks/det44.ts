import { det44Ports } from '../../resources/det44-map.js';
import { type Model, writtenInterfaces } from '../model.js';
import { type Prefix, parsePrefix } from '../prefix.js';
import { advice, mistake, type Path, type Problem, pathText } from '../problem.js';

/** Memory that VPP takes for one inside address: 1000 sessions. */
const bytesPerHost = 24_000;
const adviceBytes = 512 * 1024 * 1024;
const maxBytes = 64 * 1024 * 1024 * 1024;

/** Maps that VPP dies of or takes without doing what they say, and interfaces that it cannot serve. */
export function checkDet44(model: Model): Problem[] {
  const { det44 } = model.document;
  if (!det44) return [];
  const maps = det44.maps.map((map, index) => ({
    path: ['det44', 'maps', index] as Path,
    inside: parsePrefix(map.inside),
    outside: parsePrefix(map.outside),
    text: map.inside,
  }));
  return [...maps.flatMap(checkMap), ...checkInsides(maps), ...checkMemory(maps), ...checkInterfaces(model)];
}

interface MapAt {
  readonly path: Path;
  readonly inside: Prefix | undefined;
  readonly outside: Prefix | undefined;
  readonly text: string;
}

function checkMap({ path, inside, outside }: MapAt): Problem[] {
  if (!inside || !outside) return [];
  for (const [key, prefix] of Object.entries({ inside, outside }))
    if (prefix.family === 6) return [mistake([...path, key], 'DET44 maps IPv4 addresses')];
  const share = 2 ** (outside.length - inside.length);
  if (share < 1) {
    const message = `an inside /${inside.length} has fewer addresses than an outside /${outside.length}, and VPP dies of it; write at most /${inside.length} inside and at least as long outside`;
    return [mistake(path, message)];
  }
  if (share > det44Ports)
    return [mistake(path, `${share} inside addresses share one outside address, which has ${det44Ports} ports`)];
  const ports = Math.floor(det44Ports / share);
  if (ports >= 256) return [];
  return [advice(path, `each inside address has ${ports} ports only`)];
}

function checkInsides(maps: readonly MapAt[]): Problem[] {
  return maps.flatMap((one, index) => {
    const other = maps.slice(0, index).find((earlier) => meets(earlier.inside, one.inside));
    if (!other) return [];
    const message = `${one.text} meets ${other.text} (${pathText(other.path)}); an inside address stands in one map`;
    return [mistake([...one.path, 'inside'], message)];
  });
}

const meets = (a: Prefix | undefined, b: Prefix | undefined): boolean =>
  a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last;

function checkMemory(maps: readonly MapAt[]): Problem[] {
  const hosts = maps.reduce((sum, { inside }) => sum + (inside ? 2 ** (32 - inside.length) : 0), 0);
  const bytes = hosts * bytesPerHost;
  const text = `${hosts} inside addresses take ${(bytes / 1024 ** 3).toFixed(1)} GB of VPP's main heap`;
  if (bytes > maxBytes) return [mistake(['det44', 'maps'], `${text}, and VPP dies when it has not so much`)];
  return bytes > adviceBytes ? [advice(['det44', 'maps'], `${text}; see that it has them`)] : [];
}

/** One outside interface: of several, VPP forgets the addresses of all when one leaves. VRFs are those of the plugin. */
function checkInterfaces(model: Model): Problem[] {
  const { det44 } = model.document;
  let outside: string | undefined;
  return [...writtenInterfaces(model)].flatMap((item) => {
    const side = item.config.det44;
    if (!det44 || side === undefined) return [];
    const path: Path = [...item.path, 'det44'];
    const wanted = side === 'inside' ? det44.insideVrf : det44.outsideVrf;
    if (item.config.vrf !== wanted)
      return [
        mistake(path, `"${item.name}" is in VRF ${item.config.vrf}, the ${side} of DET44 is in VRF ${wanted}`, true),
      ];
    if (side === 'inside') return [];
    const first = outside;
    outside = first ?? item.name;
    if (first === undefined) return [];
    return [mistake(path, `"${first}" is outside already; DET44 of VPP serves one outside interface`, true)];
  });
}
