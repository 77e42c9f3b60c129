import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { natConfigFlags } from '#lib/vpp/messages/nat-types.js';
import { nat44AddDelAddressRange, nat44AddressDump } from '#lib/vpp/messages/nat44-ed-pools.js';
import { natPoolKind } from './nat-pool.js';
import { nat44EdKey } from './nat44-ed.js';

const twice = natConfigFlags.values.NAT_IS_TWICE_NAT;

/** Outside addresses of NAT44-ED. */
export const nat44EdPool = natPoolKind({
  kind: 'nat44-ed-pool',
  plugin: nat44EdKey,
  optional: operationsOfPlugin('nat44_ed'),
  set: (vpp, { first, last, table, twiceNat }, is_add) =>
    vpp.call(nat44AddDelAddressRange, {
      first_ip_address: first,
      last_ip_address: last,
      vrf_id: table,
      is_add,
      flags: twiceNat ? twice : 0,
    }),
  async list(vpp) {
    const rows = await vpp.dump(nat44AddressDump, {});
    return rows.map((row) => ({
      address: row.ip_address,
      table: row.vrf_id,
      twiceNat: (row.flags & twice) !== 0,
    }));
  },
});
