import { bool, enumeration, i32, u8, u32 } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { interfaceIndex } from '../types.js';
import { ackCall } from './patterns.js';

export const flowprobeRecordFlags = enumeration('flowprobe_record_flags', u8, {
  FLOWPROBE_RECORD_FLAG_L2: 1,
  FLOWPROBE_RECORD_FLAG_L3: 2,
  FLOWPROBE_RECORD_FLAG_L4: 4,
});
export const flowprobeWhich = enumeration('flowprobe_which', u8, {
  FLOWPROBE_WHICH_IP4: 0,
  FLOWPROBE_WHICH_IP6: 1,
  FLOWPROBE_WHICH_L2: 2,
});
export const flowprobeDirection = enumeration('flowprobe_direction', u8, {
  FLOWPROBE_DIRECTION_RX: 0,
  FLOWPROBE_DIRECTION_TX: 1,
  FLOWPROBE_DIRECTION_BOTH: 2,
});

/** Timers in seconds. Before the first interface, and -126 UNSUPPORTED while one is on. */
export const flowprobeSetParams = ackCall('flowprobe_set_params', 'baa46c09', {
  record_flags: flowprobeRecordFlags,
  active_timer: u32,
  passive_timer: u32,
});
export const flowprobeGetParams = call(
  request('flowprobe_get_params', '51077d14', {}),
  reply('flowprobe_get_params_reply', 'f350d621', {
    retval: i32,
    record_flags: flowprobeRecordFlags,
    active_timer: u32,
    passive_timer: u32,
  }),
);
/** One kind of traffic per interface: a repeat or another is -116; -100 before `flowprobe_set_params`. */
export const flowprobeInterfaceAddDel = ackCall('flowprobe_interface_add_del', '3420739c', {
  is_add: bool,
  which: flowprobeWhich,
  direction: flowprobeDirection,
  sw_if_index: interfaceIndex,
});
export const flowprobeInterfaceDump = dump(
  request('flowprobe_interface_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  reply('flowprobe_interface_details', '427d77e0', {
    which: flowprobeWhich,
    direction: flowprobeDirection,
    sw_if_index: interfaceIndex,
  }),
);
