import { z } from 'zod';
import { qosRecordDump, qosRecordEnableDisable, qosSource } from '#lib/vpp/messages/qos.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';

/** Where a mark is: in the IP header (DSCP), or in the outer tag (802.1p). */
export const qosSources = {
  dscp: qosSource.values.QOS_API_SOURCE_IP,
  pcp: qosSource.values.QOS_API_SOURCE_VLAN,
} as const;
export const qosSourceName = (value: number): keyof typeof qosSources | undefined =>
  (['dscp', 'pcp'] as const).find((name) => qosSources[name] === value);

const schema = z.strictObject({ interface: interfaceKey, source: z.enum(['dscp', 'pcp']) });
export type QosRecordSpec = z.infer<typeof schema>;

const keyOf = (spec: QosRecordSpec) => `qos-record/${nameOf(spec.interface)}/${spec.source}`;

const set = (ctx: KindContext, spec: QosRecordSpec, enable: boolean) =>
  ctx.vpp.call(qosRecordEnableDisable, {
    enable,
    record: { sw_if_index: indexOf(ctx, spec.interface), input_source: qosSources[spec.source] },
  });

/** Remembers the mark that packets come with on an interface (`qos_record_enable_disable`), for a map to write another. */
export const qosRecord = resource<QosRecordSpec, null>({
  kind: 'qos-record',
  schema,
  optional: [qosRecordEnableDisable, qosRecordDump],
  key: keyOf,
  needs: (spec) => [spec.interface],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const found = new Map<string, Found<QosRecordSpec, null>>();
    for (const { record } of await ctx.vpp.dump(qosRecordDump, {})) {
      const iface = interfaces.get(record.sw_if_index);
      const source = qosSourceName(record.input_source);
      if (iface === undefined || source === undefined) continue;
      const spec = { interface: iface, source };
      found.set(keyOf(spec), { spec, handle: null, ours: true });
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
