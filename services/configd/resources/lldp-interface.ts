import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import { swInterfaceDump } from '#lib/vpp/messages/interface.js';
import { swInterfaceSetLldp } from '#lib/vpp/messages/lldp.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { type KindContext, resource } from '../reconcile/resource.js';
import { ip4Text } from './fields.js';
import { indexOf } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';
import { sequence } from './sequence.js';

const schema = z.strictObject({
  /** A port. */
  interface: interfaceKey,
  portDescription: z.string().max(255).optional(),
  managementIp4: ip4Text.optional(),
  managementIp6: z.ipv6().optional(),
});
export type LldpInterfaceSpec = z.infer<typeof schema>;
export interface LldpInterfaceHandle {
  readonly hardwareIndex: SwIfIndex;
}

/**
 * `sw_interface_set_lldp` takes its `sw_if_index` for an index of hardware (lldp_api.c), which differs from the first
 * sub-interface on: LLDP would begin on another port. Only the CLI tells it.
 */
async function hardwareIndex(ctx: KindContext, iface: string): Promise<SwIfIndex> {
  const sw_if_index = indexOf(ctx, iface);
  const all = await ctx.vpp.dump(swInterfaceDump, { sw_if_index, name_filter_valid: false, name_filter: '' });
  const name = all.find((one) => one.sw_if_index === sw_if_index)?.interface_name ?? '';
  const { reply } = await ctx.vpp.ask(cliInband, { cmd: `show hardware-interfaces brief ${name}` });
  const index = hardwareIndexIn(reply, name);
  if (index === undefined) throw new BngError('dataplane', `VPP does not tell the hardware index of ${name}`);
  await assertTaken(ctx, swIfIndex(index), name);
  return swIfIndex(index);
}

/** VPP looks the hardware index up as a `sw_if_index` before it takes it: where no interface has that number it refuses. */
async function assertTaken(ctx: KindContext, sw_if_index: SwIfIndex, name: string): Promise<void> {
  const all = await ctx.vpp.dump(swInterfaceDump, { sw_if_index, name_filter_valid: false, name_filter: '' });
  if (ctx.vpp.takesNotes || all.some((one) => one.sw_if_index === sw_if_index)) return;
  const why = `it takes the hardware index ${sw_if_index} for an interface, and none has that number now`;
  throw new BngError('failed_precondition', `VPP refuses LLDP on ${name}: ${why}; a restart of VPP numbers them anew`);
}

/** Second column of the line that begins with the name. */
export function hardwareIndexIn(text: string, name: string): number | undefined {
  for (const line of text.split('\n')) {
    const [first, second = ''] = line.trim().split(/\s+/);
    if (first === name && /^\d+$/.test(second)) return Number(second);
  }
  return undefined;
}

const set = (ctx: KindContext, hardware: SwIfIndex, enable: boolean, spec?: LldpInterfaceSpec) =>
  ctx.vpp.call(swInterfaceSetLldp, {
    sw_if_index: hardware,
    mgmt_ip4: spec?.managementIp4 ?? '0.0.0.0',
    mgmt_ip6: spec?.managementIp6 ?? '::',
    mgmt_oid: new Uint8Array(128),
    enable,
    port_desc: spec?.portDescription ?? '',
  });

/**
 * LLDP on a port (`sw_interface_set_lldp`). Asserted again after each reconnection, never read: `lldp_dump` copies what a
 * neighbour calls itself, up to 255 bytes, into 64 (lldp_api.c), so that a neighbour could kill VPP.
 */
export const lldpInterface = resource<LldpInterfaceSpec, LldpInterfaceHandle>({
  kind: 'lldp-interface',
  schema,
  optional: [swInterfaceSetLldp],
  key: (spec) => `lldp-interface/${nameOf(spec.interface)}`,
  needs: (spec) => [spec.interface],
  /** Off first: what is on already keeps its description and addresses. */
  async create(ctx, spec) {
    const hardware = await hardwareIndex(ctx, spec.interface);
    await sequence([
      { act: () => set(ctx, hardware, false), revert: async () => {} },
      { act: () => set(ctx, hardware, true, spec), revert: async () => {} },
    ]);
    return { hardwareIndex: hardware };
  },
  async remove(ctx, handle, spec) {
    const hardware = handle?.hardwareIndex ?? (await hardwareIndex(ctx, spec.interface));
    await set(ctx, hardware, false);
  },
});
