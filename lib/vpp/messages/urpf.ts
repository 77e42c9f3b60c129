import { bool, enumeration, u8, u32 } from '../codec.js';
import { dump, reply, request } from '../message.js';
import { addressFamily, interfaceIndex } from '../types.js';
import { ackCall } from './patterns.js';

export const urpfMode = enumeration('urpf_mode', u8, {
  URPF_API_MODE_OFF: 0,
  URPF_API_MODE_LOOSE: 1,
  URPF_API_MODE_STRICT: 2,
});

/** On a reused index the same mode again has no effect: set OFF, then the mode. `table_id` `anyIndex`: the interface's. */
export const urpfUpdateV2 = ackCall('urpf_update_v2', 'b873d028', {
  is_input: bool,
  mode: urpfMode,
  af: addressFamily,
  sw_if_index: interfaceIndex,
  table_id: u32,
});
/** Lists a mode only while on, and wrongly after the index was reused. */
export const urpfInterfaceDump = dump(
  request('urpf_interface_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('urpf_interface_details', 'f94b5374', {
    sw_if_index: interfaceIndex,
    is_input: bool,
    mode: urpfMode,
    af: addressFamily,
    table_id: u32,
  }),
);
