import { bool, string } from '../codec.js';
import { interfaceIndex } from '../types.js';
import { ackCall } from './patterns.js';

/** Puts a node on an interface's path once more, or takes it off once: VPP counts. Unknown names are -7. */
export const featureEnableDisable = ackCall('feature_enable_disable', '7531c862', {
  sw_if_index: interfaceIndex,
  enable: bool,
  arc_name: string(64),
  feature_name: string(64),
});
