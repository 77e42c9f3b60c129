import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { nat44EiConfigFlags } from '#lib/vpp/messages/nat44-ei.js';
import { nat44EiAddDelStaticMapping, nat44EiStaticMappingDump } from '#lib/vpp/messages/nat44-ei-pools.js';
import { noInterface } from '#lib/vpp/types.js';
import { natStaticKind } from './nat-static.js';
import { nat44EiKey } from './nat44-ei.js';

const addressOnlyFlag = nat44EiConfigFlags.values.NAT44_EI_ADDR_ONLY_MAPPING;

/** Static mappings of NAT44-EI. */
export const nat44EiStatic = natStaticKind({
  kind: 'nat44-ei-static',
  plugin: nat44EiKey,
  optional: operationsOfPlugin('nat44_ei'),
  pools: 'nat44-ei-pool',
  set: (vpp, { addressOnly, ...mapping }, is_add) =>
    vpp.call(nat44EiAddDelStaticMapping, {
      ...mapping,
      is_add,
      flags: addressOnly ? addressOnlyFlag : 0,
      external_sw_if_index: noInterface,
    }),
  async list(vpp) {
    const rows = await vpp.dump(nat44EiStaticMappingDump, {});
    return rows.map((row) => ({ ...row, addressOnly: (row.flags & addressOnlyFlag) !== 0 }));
  },
});
