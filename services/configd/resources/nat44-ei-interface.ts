import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { nat44EiConfigFlags } from '#lib/vpp/messages/nat44-ei.js';
import {
  nat44EiAddDelOutputInterface,
  nat44EiInterfaceAddDelFeature,
  nat44EiInterfaceDump,
  nat44EiOutputInterfaceGet,
} from '#lib/vpp/messages/nat44-ei-pools.js';
import { natInterfaceKind } from './nat-interface.js';
import { nat44EiKey } from './nat44-ei.js';

/** The other way round than NAT44-ED has them; the wrong one is taken and translates nothing (cookbook 2, 0.9). */
const flags = {
  inside: nat44EiConfigFlags.values.NAT44_EI_IF_INSIDE,
  outside: nat44EiConfigFlags.values.NAT44_EI_IF_OUTSIDE,
} as const;

/** Inside, outside and output interfaces of NAT44-EI. */
export const nat44EiInterface = natInterfaceKind({
  kind: 'nat44-ei-interface',
  plugin: nat44EiKey,
  optional: operationsOfPlugin('nat44_ei'),
  set: (vpp, sw_if_index, role, is_add) =>
    role === 'output'
      ? vpp.call(nat44EiAddDelOutputInterface, { is_add, sw_if_index })
      : vpp.call(nat44EiInterfaceAddDelFeature, { is_add, flags: flags[role], sw_if_index }),
  async list({ vpp }) {
    const rows = await vpp.dump(nat44EiInterfaceDump, {});
    const outputs = await vpp.stream(nat44EiOutputInterfaceGet, { cursor: 0 });
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
