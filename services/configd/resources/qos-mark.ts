import { z } from 'zod';
import { qosMarkDump, qosMarkEnableDisable } from '#lib/vpp/messages/qos.js';
import { retvals } from '#lib/vpp/retval.js';
import { noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';
import type { QosMapHandle } from './qos-map.js';
import { qosSourceName, qosSources } from './qos-record.js';
import { sequence } from './sequence.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** What is written: the DSCP, or the priority of the outer tag. */
  writes: z.enum(['dscp', 'pcp']),
  map: z.string().regex(/^qos-map\/.+$/),
});
export type QosMarkSpec = z.infer<typeof schema>;

const keyOf = (spec: Pick<QosMarkSpec, 'interface' | 'writes'>) => `qos-mark/${nameOf(spec.interface)}/${spec.writes}`;

const mapId = (ctx: KindContext, { map }: QosMarkSpec): number =>
  map === unknownMap ? 0 : ctx.handle<QosMapHandle>(map).id;
const unknownMap = 'qos-map/unknown';

const set = (ctx: KindContext, spec: QosMarkSpec, enable: boolean, accept: readonly number[] = []) =>
  ctx.vpp.call(
    qosMarkEnableDisable,
    {
      enable,
      mark: {
        sw_if_index: indexOf(ctx, spec.interface),
        map_id: mapId(ctx, spec),
        output_source: qosSources[spec.writes],
      },
    },
    accept,
  );

/** Writes a map's marks into what leaves by an interface (`qos_mark_enable_disable`). */
export const qosMark = resource<QosMarkSpec, null>({
  kind: 'qos-mark',
  schema,
  optional: [qosMarkEnableDisable, qosMarkDump],
  key: keyOf,
  needs: (spec) => (spec.map === unknownMap ? [spec.interface] : [spec.interface, spec.map]),
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const maps = new Map([...ctx.foundOf('qos-map')].map(([key, { handle }]) => [(handle as QosMapHandle).id, key]));
    const found = new Map<string, Found<QosMarkSpec, null>>();
    for (const { mark } of await ctx.vpp.dump(qosMarkDump, { sw_if_index: noInterface })) {
      const iface = interfaces.get(mark.sw_if_index);
      const writes = qosSourceName(mark.output_source);
      if (iface === undefined || writes === undefined) continue;
      const spec = { interface: iface, writes, map: maps.get(mark.map_id) ?? unknownMap };
      found.set(keyOf(spec), { spec, handle: null, ours: true });
    }
    return found;
  },
  /** Off first: VPP keeps the mark of a deleted interface, and on its reused index puts no feature on again (qos_mark.c). */
  async create(ctx, spec) {
    await sequence([
      {
        act: () => set(ctx, spec, false, [retvals.VALUE_EXIST, retvals.NO_MATCHING_INTERFACE]),
        revert: async () => {},
      },
      { act: () => set(ctx, spec, true), revert: async () => {} },
    ]);
    return null;
  },
  /** Without a moment unmarked. */
  updatable: (from) => from.map !== unknownMap,
  async update(ctx, _handle, _from, to) {
    await set(ctx, to, true);
    return null;
  },
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, false);
  },
});
