import { z } from 'zod';
import { swInterfaceSetPromisc } from '#lib/vpp/messages/interface.js';
import { retvals } from '#lib/vpp/retval.js';
import { type KindContext, resource } from '../reconcile/resource.js';
import { indexOf } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';

const schema = z.strictObject({ interface: interfaceKey });
export type PromiscuousSpec = z.infer<typeof schema>;

/** -1 of ports without a filter of their own (af_packet, bonds): VPP takes frames for every MAC there, and says so all the same. */
const set = (ctx: KindContext, spec: PromiscuousSpec, promisc_on: boolean) =>
  ctx.vpp.call(swInterfaceSetPromisc, { sw_if_index: indexOf(ctx, spec.interface), promisc_on }, [retvals.UNSPECIFIED]);

/**
 * A port that takes frames for every MAC address (`sw_interface_set_promisc`). Neither a dump nor the CLI of VPP shows it,
 * so it is asserted again after each reconnection; a repeat is harmless.
 */
export const promiscuous = resource<PromiscuousSpec, null>({
  kind: 'promiscuous',
  schema,
  optional: [swInterfaceSetPromisc],
  key: (spec) => `promiscuous/${nameOf(spec.interface)}`,
  needs: (spec) => [spec.interface],
  async create(ctx, spec) {
    await set(ctx, spec, true);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, false);
  },
});
