import { z } from 'zod';
import { qosSource, qosStoreDump, qosStoreEnableDisable } from '#lib/vpp/messages/qos.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';

const schema = z.strictObject({ interface: interfaceKey, dscp: z.int().min(0).max(63) });
export type QosStoreSpec = z.infer<typeof schema>;

const keyOf = (iface: string) => `qos-store/${nameOf(iface)}`;
/** VPP stores for IP only, and keeps the whole traffic class: the DSCP is its upper six bits. */
const source = qosSource.values.QOS_API_SOURCE_IP;

const set = (ctx: KindContext, spec: QosStoreSpec, enable: boolean) =>
  ctx.vpp.call(qosStoreEnableDisable, {
    enable,
    store: { sw_if_index: indexOf(ctx, spec.interface), input_source: source, value: spec.dscp << 2 },
  });

/** Takes every packet of an interface as if it had come with one DSCP (`qos_store_enable_disable`); another one is made anew. */
export const qosStore = resource<QosStoreSpec, null>({
  kind: 'qos-store',
  schema,
  optional: [qosStoreEnableDisable, qosStoreDump],
  key: (spec) => keyOf(spec.interface),
  needs: (spec) => [spec.interface],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<QosStoreSpec, null>>();
    for (const { store } of await ctx.vpp.dump(qosStoreDump, {})) {
      const iface = interfaces.get(store.sw_if_index);
      if (iface === undefined || store.input_source !== source) continue;
      found.set(keyOf(iface), { spec: { interface: iface, dscp: store.value >> 2 }, handle: null, ours: true });
    }
    return found;
  },
  async create(ctx, spec) {
    await set(ctx, spec, true);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, false);
  },
});
