import { type FibPath, fibPathNhProto, fibPathType, noInterface, path, pathVia } from '#lib/vpp/types.js';
import type { KindContext } from '../reconcile/resource.js';
import { isIp6 } from './fields.js';
import { indexOf } from './interface-common.js';
import type { Paths, RoutePath, RouteSpec } from './route.js';
import { tableOf } from './vrf.js';

const protos = fibPathNhProto.values;
const types = fibPathType.values;
const { FIB_API_PATH_TYPE_DROP: silent, FIB_API_PATH_TYPE_ICMP_UNREACH, FIB_API_PATH_TYPE_ICMP_PROHIBIT } = types;
const answers = { unreachable: FIB_API_PATH_TYPE_ICMP_UNREACH, prohibit: FIB_API_PATH_TYPE_ICMP_PROHIBIT } as const;

/** Paths as VPP takes them. A next hop without an interface is looked up in the route's own table unless said otherwise. */
export function encodePaths(ctx: KindContext, spec: Paths & Pick<RouteSpec, 'prefix' | 'vrf'>): FibPath[] {
  const proto = isIp6(spec.prefix) ? protos.FIB_API_PATH_NH_PROTO_IP6 : protos.FIB_API_PATH_NH_PROTO_IP4;
  if (spec.drop) return [path({ proto, type: spec.icmp === undefined ? silent : answers[spec.icmp] })];
  return spec.paths.map((one) => {
    const { weight, preference, via } = one;
    const common = { proto, weight, preference, ...(via === undefined ? {} : { via }) };
    if (one.interface !== undefined) return path({ ...common, sw_if_index: indexOf(ctx, one.interface) });
    const vrf = one.lookupIn ?? spec.vrf;
    return path({ ...common, table_id: tableOf(ctx, vrf === 'default' ? undefined : vrf) });
  });
}

/** What decoding needs to know: keys behind VPP's numbers, and the route's own table. */
export interface PathNames {
  readonly tableId: number;
  interfaceKey(index: number): string | undefined;
  /** `default` for table 0. */
  vrf(tableId: number): string | undefined;
}

/** Undoes `encodePaths`; what has no key reads as one that nobody wants (`sub-interface/#7`). */
export function decodePaths(paths: readonly FibPath[], names: PathNames): Paths {
  const [special] = paths.filter(({ type }) => type === silent || Object.values<number>(answers).includes(type));
  if (!special) return { drop: false, paths: paths.map((one) => decodePath(one, names)) };
  const [icmp] = (['unreachable', 'prohibit'] as const).filter((word) => answers[word] === special.type);
  return { drop: true, paths: [], ...(icmp && { icmp }) };
}

function decodePath(one: FibPath, names: PathNames): RoutePath {
  const via = pathVia(one);
  const common = { weight: one.weight, preference: one.preference, ...(via === undefined ? {} : { via }) };
  if (one.sw_if_index !== noInterface)
    return { ...common, interface: names.interfaceKey(one.sw_if_index) ?? `sub-interface/#${one.sw_if_index}` };
  if (via !== undefined && one.table_id === names.tableId) return common;
  return { ...common, lookupIn: names.vrf(one.table_id) ?? `vrf/#${one.table_id}` };
}
