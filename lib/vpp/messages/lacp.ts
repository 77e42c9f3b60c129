import { string, u8, u16, u32 } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { interfaceIndex, macAddress } from '../types.js';

/** Both ends of every LACP member. The states are bits of IEEE 802.1AX 6.4.2.3: 1 activity, 2 short timeout, 4 aggregation, 8 synchronised, 16 collecting, 32 distributing, 64 defaulted, 128 expired. */
export const swInterfaceLacpDump = dump(
  request('sw_interface_lacp_dump', '51077d14', {}),
  reply('sw_interface_lacp_details', 'd9a83d2f', {
    sw_if_index: interfaceIndex,
    interface_name: string(64),
    rx_state: u32,
    tx_state: u32,
    mux_state: u32,
    ptx_state: u32,
    bond_interface_name: string(64),
    actor_system_priority: u16,
    actor_system: macAddress,
    actor_key: u16,
    actor_port_priority: u16,
    actor_port_number: u16,
    actor_state: u8,
    partner_system_priority: u16,
    partner_system: macAddress,
    partner_key: u16,
    partner_port_priority: u16,
    partner_port_number: u16,
    partner_state: u8,
  }),
);
