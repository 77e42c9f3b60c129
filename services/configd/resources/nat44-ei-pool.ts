import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { nat44EiAddDelAddressRange, nat44EiAddressDump } from '#lib/vpp/messages/nat44-ei-pools.js';
import { natPoolKind } from './nat-pool.js';
import { nat44EiKey } from './nat44-ei.js';

/** Outside addresses of NAT44-EI. */
export const nat44EiPool = natPoolKind({
  kind: 'nat44-ei-pool',
  plugin: nat44EiKey,
  optional: operationsOfPlugin('nat44_ei'),
  set: (vpp, { first, last, table }, is_add) =>
    vpp.call(nat44EiAddDelAddressRange, { first_ip_address: first, last_ip_address: last, vrf_id: table, is_add }),
  async list(vpp) {
    const rows = await vpp.dump(nat44EiAddressDump, {});
    return rows.map((row) => ({ address: row.ip_address, table: row.vrf_id, twiceNat: false }));
  },
});
