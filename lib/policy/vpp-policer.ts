import type { PolicerAction, PolicerParameters, PolicerType } from './policer.js';

const types = { '1r2c': 0, '2r3c-2698': 2 } as const satisfies Record<PolicerType, number>;
const actions = { drop: 0, transmit: 1 } as const satisfies Record<PolicerAction, number>;

const action = (name: PolicerAction) => ({ type: actions[name], dscp: 0 });

/** The fields of VPP's policer_config: rate type KBPS, rounding to the closest, colour-blind. */
export const toVppPolicer = (policer: PolicerParameters) => ({
  cir: policer.cirKbps,
  eir: policer.eirKbps,
  cb: BigInt(policer.cbBytes),
  eb: BigInt(policer.ebBytes),
  rate_type: 0,
  round_type: 0,
  type: types[policer.type],
  color_aware: false,
  conform_action: action(policer.conformAction),
  exceed_action: action(policer.exceedAction),
  violate_action: action(policer.violateAction),
});
export type VppPolicerFields = ReturnType<typeof toVppPolicer>;
