import { bool, enumeration, string, u32 } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { interfaceIndex, macAddress } from '../types.js';
import { ackCall, interfaceCall } from './patterns.js';

export const bondMode = enumeration('bond_mode', u32, {
  BOND_API_MODE_ROUND_ROBIN: 1,
  BOND_API_MODE_ACTIVE_BACKUP: 2,
  BOND_API_MODE_XOR: 3,
  BOND_API_MODE_BROADCAST: 4,
  BOND_API_MODE_LACP: 5,
});
export const bondLbAlgo = enumeration('bond_lb_algo', u32, {
  BOND_API_LB_ALGO_L2: 0,
  BOND_API_LB_ALGO_L34: 1,
  BOND_API_LB_ALGO_L23: 2,
  BOND_API_LB_ALGO_RR: 3,
  BOND_API_LB_ALGO_BC: 4,
  BOND_API_LB_ALGO_AB: 5,
});

/** `id` `anyIndex`: VPP chooses; -147 INSTANCE_IN_USE when taken. The interface is `BondEthernet<id>`. Round robin, broadcast and active-backup read back their own `lb`. */
export const bondCreate2 = interfaceCall('bond_create2', '912fda76', {
  mode: bondMode,
  lb: bondLbAlgo,
  numa_only: bool,
  enable_gso: bool,
  use_custom_mac: bool,
  mac_address: macAddress,
  id: u32,
});
/** Lets its members go and removes its sub-interfaces; a repeat is -2. */
export const bondDelete = ackCall('bond_delete', 'f9e6675e', { sw_if_index: interfaceIndex });
/** A repeat is -81 VALUE_EXIST. VPP accepts an interface that has sub-interfaces: the caller does not. Passive and timeout matter to LACP only. */
export const bondAddMember = ackCall('bond_add_member', 'e7d14948', {
  sw_if_index: interfaceIndex,
  bond_sw_if_index: interfaceIndex,
  is_passive: bool,
  is_long_timeout: bool,
});
/** -71 INVALID_INTERFACE when it is no member. */
export const bondDetachMember = ackCall('bond_detach_member', 'f9e6675e', { sw_if_index: interfaceIndex });
/** Greater is preferred, for active-backup. -71 INVALID_INTERFACE when it is no member. */
export const swInterfaceSetBondWeight = ackCall('sw_interface_set_bond_weight', 'deb510a0', {
  sw_if_index: interfaceIndex,
  weight: u32,
});
/** `noInterface` dumps all. */
export const swBondInterfaceDump = dump(
  request('sw_bond_interface_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('sw_bond_interface_details', '9428a69c', {
    sw_if_index: interfaceIndex,
    id: u32,
    mode: bondMode,
    lb: bondLbAlgo,
    numa_only: bool,
    active_members: u32,
    members: u32,
    interface_name: string(64),
  }),
);
/** Members of one bond, by its `sw_if_index`. */
export const swMemberInterfaceDump = dump(
  request('sw_member_interface_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('sw_member_interface_details', '3c4a0e23', {
    sw_if_index: interfaceIndex,
    interface_name: string(64),
    is_passive: bool,
    is_long_timeout: bool,
    is_local_numa: bool,
    weight: u32,
  }),
);
