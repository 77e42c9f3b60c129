import * as messages from '#lib/vpp/messages/policer.js';
import type { Policer } from '../tables/policers.js';
import { fitting, type Handler, onAck, onCall, onDump } from './handler.js';

const ALL = 0xffffffff;
const ONE_RATE_TYPES = 1;

function details({ name, config }: Policer) {
  const limit = (bytes: bigint) => Number(bytes > 0xffffffffn ? 0xffffffffn : bytes);
  return {
    ...config,
    name,
    single_rate: config.type <= ONE_RATE_TYPES,
    scale: 0,
    cir_tokens_per_period: 1,
    pir_tokens_per_period: 1,
    current_limit: limit(config.cb),
    current_bucket: limit(config.cb),
    extended_limit: limit(config.eb),
    extended_bucket: limit(config.eb),
    last_update_time: 0n,
  };
}

export const policerHandlers: readonly Handler[] = [
  onCall(messages.policerAdd, ({ name, infos }, { dataplane }) => {
    const { retval, index } = dataplane.policers.add(fitting(name, 64), infos);
    return { retval, policer_index: index };
  }),
  onAck(messages.policerUpdate, ({ policer_index, infos }, { dataplane }) =>
    dataplane.policers.update(policer_index, infos),
  ),
  onAck(messages.policerDel, ({ policer_index }, { dataplane }) => dataplane.policers.remove(policer_index)),
  onAck(messages.policerReset, ({ policer_index }, { dataplane }) => dataplane.policers.reset(policer_index)),
  onAck(messages.policerInputV2, ({ policer_index, sw_if_index, apply }, { dataplane }) =>
    dataplane.policers.apply('input', policer_index, sw_if_index, apply),
  ),
  onAck(messages.policerOutputV2, ({ policer_index, sw_if_index, apply }, { dataplane }) =>
    dataplane.policers.apply('output', policer_index, sw_if_index, apply),
  ),
  onDump(messages.policerDumpV2, ({ policer_index }, { dataplane }) =>
    dataplane.policers.list(policer_index === ALL ? undefined : policer_index).map(details),
  ),
];
