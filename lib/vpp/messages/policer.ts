import { bool, enumeration, i32, string, struct, u8, u32, u64 } from '../codec.js';
import { call, dump, reply, request } from '../message.js';
import { interfaceIndex } from '../types.js';
import { ack, ackCall } from './patterns.js';

export const policerRateType = enumeration('sse2_qos_rate_type', u8, {
  SSE2_QOS_RATE_API_KBPS: 0,
  SSE2_QOS_RATE_API_PPS: 1,
  SSE2_QOS_RATE_API_INVALID: 2,
});
export const policerRoundType = enumeration('sse2_qos_round_type', u8, {
  SSE2_QOS_ROUND_API_TO_CLOSEST: 0,
  SSE2_QOS_ROUND_API_TO_UP: 1,
  SSE2_QOS_ROUND_API_TO_DOWN: 2,
  SSE2_QOS_ROUND_API_INVALID: 3,
});
export const policerType = enumeration('sse2_qos_policer_type', u8, {
  SSE2_QOS_POLICER_TYPE_API_1R2C: 0,
  SSE2_QOS_POLICER_TYPE_API_1R3C_RFC_2697: 1,
  SSE2_QOS_POLICER_TYPE_API_2R3C_RFC_2698: 2,
  SSE2_QOS_POLICER_TYPE_API_2R3C_RFC_4115: 3,
  SSE2_QOS_POLICER_TYPE_API_2R3C_RFC_MEF5CF1: 4,
  SSE2_QOS_POLICER_TYPE_API_MAX: 5,
});
export const policerActionType = enumeration('sse2_qos_action_type', u8, {
  SSE2_QOS_ACTION_API_DROP: 0,
  SSE2_QOS_ACTION_API_TRANSMIT: 1,
  SSE2_QOS_ACTION_API_MARK_AND_TRANSMIT: 2,
});
export const policerAction = struct('sse2_qos_action', { type: policerActionType, dscp: u8 });

/** `cir` and `eir` in kbit/s and `cb` and `eb` in bytes when `rate_type` is KBPS; packets/s and milliseconds when PPS. */
export const policerConfig = struct('policer_config', {
  cir: u32,
  eir: u32,
  cb: u64,
  eb: u64,
  rate_type: policerRateType,
  round_type: policerRoundType,
  type: policerType,
  color_aware: bool,
  conform_action: policerAction,
  exceed_action: policerAction,
  violate_action: policerAction,
});

/** -81 VALUE_EXIST when the name is taken, -7 INVALID_VALUE for a rate or burst of 0. */
export const policerAdd = call(
  request('policer_add', '4d949e35', { name: string(64), infos: policerConfig }),
  reply('policer_add_reply', 'a177cef2', { retval: i32, policer_index: u32 }),
);
/** In place and live; -6 NO_SUCH_ENTRY when absent. */
export const policerUpdate = ackCall('policer_update', 'fd039ef0', { policer_index: u32, infos: policerConfig });
/** 0 even while applied: the interface then keeps the freed index. Un-apply first. */
export const policerDel = ackCall('policer_del', '7ff7912e', { policer_index: u32 });
export const policerReset = ackCall('policer_reset', '7ff7912e', { policer_index: u32 });
/**
 * Not idempotent: applied twice, each packet is charged twice. No dump shows it.
 * VPP 26.06 answers under the id of `policer_input_reply`, not of `policer_input_v2_reply` (policer_api.c).
 */
export const policerInputV2 = call(
  request('policer_input_v2', '8388eb84', { policer_index: u32, sw_if_index: interfaceIndex, apply: bool }),
  ack('policer_input'),
);
/** As `policer_input_v2`; answered under the id of `policer_output_reply`. */
export const policerOutputV2 = call(
  request('policer_output_v2', '8388eb84', { policer_index: u32, sw_if_index: interfaceIndex, apply: bool }),
  ack('policer_output'),
);
/** `anyIndex` dumps all, in index order; the index itself is not in the details, only the name. */
export const policerDumpV2 = dump(
  request('policer_dump_v2', '7ff7912e', { policer_index: u32 }),
  reply('policer_details', '72d0e248', {
    name: string(64),
    cir: u32,
    eir: u32,
    cb: u64,
    eb: u64,
    rate_type: policerRateType,
    round_type: policerRoundType,
    type: policerType,
    conform_action: policerAction,
    exceed_action: policerAction,
    violate_action: policerAction,
    single_rate: bool,
    color_aware: bool,
    scale: u32,
    cir_tokens_per_period: u32,
    pir_tokens_per_period: u32,
    current_limit: u32,
    current_bucket: u32,
    extended_limit: u32,
    extended_bucket: u32,
    last_update_time: u64,
  }),
);
