import { bool, enumeration, u32 } from '../codec.js';
import { dump, request } from '../message.js';
import { interfaceIndex } from '../types.js';
import { ackCall } from './patterns.js';

export const rxMode = enumeration('rx_mode', u32, {
  RX_MODE_API_UNKNOWN: 0,
  RX_MODE_API_POLLING: 1,
  RX_MODE_API_INTERRUPT: 2,
  RX_MODE_API_ADAPTIVE: 3,
  RX_MODE_API_DEFAULT: 4,
});

export const swInterfaceSetRxMode = ackCall('sw_interface_set_rx_mode', 'b04d1cfe', {
  sw_if_index: interfaceIndex,
  queue_id_valid: bool,
  queue_id: u32,
  mode: rxMode,
});
/** Hardware interfaces only. Workers count from 0; `is_main` takes the queue to the main thread. */
export const swInterfaceSetRxPlacement = ackCall('sw_interface_set_rx_placement', 'db65f3c9', {
  sw_if_index: interfaceIndex,
  queue_id: u32,
  worker_id: u32,
  is_main: bool,
});
/** One detail per receive queue; `worker_id` 0 is the main thread here. The details have a client index, always 0, before their context. */
export const swInterfaceRxPlacementDump = dump(
  request('sw_interface_rx_placement_dump', 'f9e6675e', { sw_if_index: interfaceIndex }),
  request('sw_interface_rx_placement_details', '9e44a7ce', {
    sw_if_index: interfaceIndex,
    queue_id: u32,
    worker_id: u32,
    mode: rxMode,
  }),
);
