import { fibSourceDump } from '#lib/vpp/messages/fib.js';
import { ipRouteV2Dump } from '#lib/vpp/messages/ip.js';
import type { Found, ReadContext } from '../reconcile/resource.js';
import { keyByIndex } from './interface-common.js';
import { vrfName } from './names.js';
import type { RouteSpec } from './route.js';
import { decodePaths, type PathNames } from './route-paths.js';
import { vrfByTable } from './vrf.js';

/** Number of the source that API clients' routes have. */
const usualApiSource = 8;

/** Number of a FIB source by VPP's name for it; the sources are asked for once per pass. */
export async function fibSource(ctx: ReadContext, name: 'API' | 'CLI'): Promise<number | undefined> {
  const sources = await ctx.shared('fib_source_dump', () => ctx.vpp.dump(fibSourceDump, {}));
  return sources.find(({ src }) => src.name === name)?.src.id;
}

/**
 * Routes set through the API in the default table and in our VRFs. Ours are those in a table of ours, those over an interface
 * of ours, and those somebody wants; others were put there by somebody else.
 */
export async function readRoutes(
  ctx: ReadContext,
  wanted: ReadonlyMap<string, RouteSpec>,
): Promise<Map<string, Found<RouteSpec, null>>> {
  const src = (await fibSource(ctx, 'API')) ?? usualApiSource;
  const interfaces = keyByIndex(ctx);
  const vrfs = vrfByTable(ctx);
  const found = new Map<string, Found<RouteSpec, null>>();
  const readTable = async (table_id: number, is_ip6: boolean) => {
    const vrf = vrfs.get(table_id);
    const names: PathNames = {
      tableId: table_id,
      interfaceKey: (index) => interfaces.get(index),
      vrf: (id) => (id === 0 ? 'default' : vrfs.get(id)),
    };
    for (const { route } of await ctx.vpp.dump(ipRouteV2Dump, { src, table: { table_id, is_ip6, name: '' } })) {
      const key = `route/${vrfName(vrf)}/${route.prefix}`;
      const spec = { prefix: route.prefix, ...(vrf === undefined ? {} : { vrf }), ...decodePaths(route.paths, names) };
      const onOurs = route.paths.some((path) => interfaces.has(path.sw_if_index));
      found.set(key, { spec, handle: null, ours: table_id !== 0 || onOurs || wanted.has(key) });
    }
  };
  await Promise.all([...vrfs.keys()].flatMap((table) => [readTable(table, false), readTable(table, true)]));
  return found;
}
