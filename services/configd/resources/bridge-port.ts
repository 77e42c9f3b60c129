import { z } from 'zod';
import { l2PortType, swInterfaceSetL2Bridge } from '#lib/vpp/messages/l2.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { type BridgeDomainHandle, bridgeDomainTable, domainById } from './bridge-domain.js';
import { macText } from './fields.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';

const schema = z
  .strictObject({
    interface: interfaceKey,
    domain: z.string().regex(/^bridge-domain\/[A-Za-z0-9_-]+$/),
    /** Members of the same group other than 0 do not talk to each other. */
    splitHorizon: z.int().min(0).max(255).default(0),
    /** Of the loopback that routes for the domain, with its MAC: VPP keeps the MAC it had on joining. */
    bvi: macText.optional(),
  })
  .refine((port) => port.interface.startsWith('loopback/') === (port.bvi !== undefined), {
    message: 'a loopback is the BVI of its domain, and nothing else is',
  });
export type BridgePortSpec = z.infer<typeof schema>;

const { L2_API_PORT_TYPE_NORMAL: normal, L2_API_PORT_TYPE_BVI: bvi } = l2PortType.values;

const set = (ctx: KindContext, spec: BridgePortSpec, enable: boolean) =>
  ctx.vpp.call(swInterfaceSetL2Bridge, {
    rx_sw_if_index: indexOf(ctx, spec.interface),
    bd_id: ctx.handle<BridgeDomainHandle>(spec.domain).id,
    port_type: spec.bvi === undefined ? normal : bvi,
    shg: spec.splitHorizon,
    enable,
  });

async function join(ctx: KindContext, spec: BridgePortSpec): Promise<null> {
  await set(ctx, spec, true);
  return null;
}

/** A member of a bridge domain (`sw_interface_set_l2_bridge`). Its tag rewrite and the static MACs on it go with it. */
export const bridgePort = resource<BridgePortSpec, null, z.input<typeof schema>>({
  kind: 'bridge-port',
  schema,
  key: (spec) => `bridge-port/${nameOf(spec.interface)}`,
  needs: (spec) => [spec.interface, spec.domain],
  async read(ctx, wanted) {
    const domains = domainById(ctx);
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<BridgePortSpec, null>>();
    for (const row of await bridgeDomainTable(ctx)) {
      const domain = domains.get(row.bd_id) ?? `bridge-domain/id-${row.bd_id}`;
      for (const { sw_if_index, shg } of row.sw_if_details) {
        const iface = interfaces.get(sw_if_index);
        if (iface === undefined) continue;
        const key = `bridge-port/${nameOf(iface)}`;
        const routes = sw_if_index === row.bvi_sw_if_index;
        const mac = wanted.get(key)?.bvi ?? (ctx.found(iface)?.spec as { mac?: string } | undefined)?.mac;
        const spec = { interface: iface, domain, splitHorizon: shg, ...(routes && mac !== undefined && { bvi: mac }) };
        found.set(key, { spec, handle: null, ours: true });
      }
    }
    return found;
  },
  create: join,
  updatable: (from, to) => from.domain === to.domain && from.bvi === undefined && to.bvi === undefined,
  update: (ctx, _handle, _from, to) => join(ctx, to),
  async remove(ctx, _handle, spec) {
    const index = indexOf(ctx, spec.interface);
    await ctx.vpp.call(swInterfaceSetL2Bridge, {
      rx_sw_if_index: index,
      bd_id: 0,
      port_type: normal,
      shg: 0,
      enable: false,
    });
  },
});
