import { z } from 'zod';
import { lldpConfig } from '#lib/vpp/messages/lldp.js';
import type { Dataplane } from '../dataplane.js';
import { resource } from '../reconcile/resource.js';

const schema = z.strictObject({
  /** What neighbours see; VPP cannot forget it, only change it. */
  systemName: z.string().min(1).max(255),
  txIntervalS: z.int().min(1).max(3600),
  /** Neighbours remember for so many intervals. */
  txHold: z.int().min(1).max(100),
});
export type LldpSpec = z.infer<typeof schema>;

export const lldpKey = 'lldp/global';
/** VPP's own. */
export const lldpDefaults = { txIntervalS: 30, txHold: 4 } as const;

const put = (vpp: Dataplane, { systemName, txIntervalS, txHold }: LldpSpec) =>
  vpp.call(lldpConfig, { tx_hold: txHold, tx_interval: txIntervalS, system_name: systemName });

/** Name and timers of LLDP (`lldp_config`). No dump shows them: asserted again after each reconnection. */
export const lldp = resource<LldpSpec, null>({
  kind: 'lldp',
  schema,
  optional: [lldpConfig],
  key: () => lldpKey,
  needs: () => [],
  async create({ vpp }, spec) {
    await put(vpp, spec);
    return null;
  },
  async update({ vpp }, _handle, _from, to) {
    await put(vpp, to);
    return null;
  },
  async remove({ vpp }, _handle, { systemName }) {
    await put(vpp, { systemName, ...lldpDefaults });
  },
});
