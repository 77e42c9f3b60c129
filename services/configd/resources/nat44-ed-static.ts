import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { natConfigFlags } from '#lib/vpp/messages/nat-types.js';
import { nat44AddDelStaticMappingV2, nat44StaticMappingDump } from '#lib/vpp/messages/nat44-ed-pools.js';
import { noInterface } from '#lib/vpp/types.js';
import { natStaticKind } from './nat-static.js';
import { nat44EdKey } from './nat44-ed.js';

const addressOnlyFlag = natConfigFlags.values.NAT_IS_ADDR_ONLY;

/** Static mappings of NAT44-ED. */
export const nat44EdStatic = natStaticKind({
  kind: 'nat44-ed-static',
  plugin: nat44EdKey,
  optional: operationsOfPlugin('nat44_ed'),
  set: (vpp, { addressOnly, ...mapping }, is_add) =>
    vpp.call(nat44AddDelStaticMappingV2, {
      ...mapping,
      is_add,
      match_pool: false,
      flags: addressOnly ? addressOnlyFlag : 0,
      pool_ip_address: '0.0.0.0',
      external_sw_if_index: noInterface,
    }),
  async list(vpp) {
    const rows = await vpp.dump(nat44StaticMappingDump, {});
    return rows.map((row) => ({ ...row, addressOnly: (row.flags & addressOnlyFlag) !== 0 }));
  },
});
