import { z } from 'zod';
import {
  flowprobeDirection,
  flowprobeInterfaceAddDel,
  flowprobeInterfaceDump,
  flowprobeWhich,
} from '#lib/vpp/messages/flowprobe.js';
import { noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { flowprobeKey } from './flowprobe.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** One kind of traffic for each interface. */
  traffic: z.enum(['ip4', 'ip6', 'l2']),
  direction: z.enum(['in', 'out', 'both']),
});
export type FlowprobeInterfaceSpec = z.infer<typeof schema>;

const kinds = {
  ip4: flowprobeWhich.values.FLOWPROBE_WHICH_IP4,
  ip6: flowprobeWhich.values.FLOWPROBE_WHICH_IP6,
  l2: flowprobeWhich.values.FLOWPROBE_WHICH_L2,
};
const directions = {
  in: flowprobeDirection.values.FLOWPROBE_DIRECTION_RX,
  out: flowprobeDirection.values.FLOWPROBE_DIRECTION_TX,
  both: flowprobeDirection.values.FLOWPROBE_DIRECTION_BOTH,
};

function nameBy<K extends string>(values: Record<K, number>, value: number): K {
  const names = Object.keys(values) as K[];
  return names.find((name) => values[name] === value) ?? (names[0] as K);
}

const keyOf = (iface: string) => `flowprobe-interface/${nameOf(iface)}`;

const set = (ctx: KindContext, spec: FlowprobeInterfaceSpec, is_add: boolean) =>
  ctx.vpp.call(flowprobeInterfaceAddDel, {
    is_add,
    which: kinds[spec.traffic],
    direction: directions[spec.direction],
    sw_if_index: indexOf(ctx, spec.interface),
  });

/** An interface whose flows are told to the collector (`flowprobe_interface_add_del`). */
export const flowprobeInterface = resource<FlowprobeInterfaceSpec, null>({
  kind: 'flowprobe-interface',
  schema,
  optional: [flowprobeInterfaceAddDel, flowprobeInterfaceDump],
  key: (spec) => keyOf(spec.interface),
  needs: (spec) => [spec.interface, flowprobeKey],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<FlowprobeInterfaceSpec, null>>();
    for (const row of await ctx.vpp.dump(flowprobeInterfaceDump, { sw_if_index: noInterface })) {
      const iface = interfaces.get(row.sw_if_index);
      if (iface === undefined) continue;
      const spec = {
        interface: iface,
        traffic: nameBy(kinds, row.which),
        direction: nameBy(directions, row.direction),
      };
      found.set(keyOf(iface), { spec, handle: null, ours: true });
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
