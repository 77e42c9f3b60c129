import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { natConfigFlags } from '#lib/vpp/messages/nat-types.js';
import {
  nat44EdAddDelOutputInterface,
  nat44EdOutputInterfaceGet,
  nat44InterfaceAddDelFeature,
  nat44InterfaceDump,
} from '#lib/vpp/messages/nat44-ed-pools.js';
import { natInterfaceKind } from './nat-interface.js';
import { nat44EdKey } from './nat44-ed.js';

/** The other way round than NAT44-EI has them. */
const flags = { inside: natConfigFlags.values.NAT_IS_INSIDE, outside: natConfigFlags.values.NAT_IS_OUTSIDE } as const;

/** Inside, outside and output interfaces of NAT44-ED. */
export const nat44EdInterface = natInterfaceKind({
  kind: 'nat44-ed-interface',
  plugin: nat44EdKey,
  optional: operationsOfPlugin('nat44_ed'),
  set: (vpp, sw_if_index, role, is_add) =>
    role === 'output'
      ? vpp.call(nat44EdAddDelOutputInterface, { is_add, sw_if_index })
      : vpp.call(nat44InterfaceAddDelFeature, { is_add, flags: flags[role], sw_if_index }),
  async list({ vpp }) {
    const rows = await vpp.dump(nat44InterfaceDump, {});
    const outputs = await vpp.stream(nat44EdOutputInterfaceGet, { cursor: 0 });
    const sides = ['inside', 'outside'] as const;
    return [
      ...rows.map((row) => ({
        sw_if_index: row.sw_if_index,
        roles: sides.filter((side) => (row.flags & flags[side]) !== 0),
      })),
      ...outputs.map(({ sw_if_index }) => ({ sw_if_index, roles: ['output' as const] })),
    ];
  },
});
