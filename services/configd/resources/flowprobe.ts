import { z } from 'zod';
import { flowprobeGetParams, flowprobeRecordFlags, flowprobeSetParams } from '#lib/vpp/messages/flowprobe.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, resource } from '../reconcile/resource.js';

const schema = z.strictObject({
  /** What a record tells of a flow: MAC addresses, IP addresses, ports. */
  record: z.strictObject({ l2: z.boolean(), l3: z.boolean(), l4: z.boolean() }),
  /**
   * A flow that goes on is told of so often. Never 0, every packet by itself: VPP makes the tables for one of both ways, once in
   * its life, and dies of the first packet that it counts the other way.
   */
  activeS: z.int().min(1).max(0xfffffffe),
  /** A silent flow is forgotten after so long; 0 or at least `activeS`. */
  passiveS: z.int().min(0).max(0xfffffffe),
});
export type FlowprobeSpec = z.infer<typeof schema>;

export const flowprobeKey = 'flowprobe/params';
const {
  FLOWPROBE_RECORD_FLAG_L2: l2,
  FLOWPROBE_RECORD_FLAG_L3: l3,
  FLOWPROBE_RECORD_FLAG_L4: l4,
} = flowprobeRecordFlags.values;

const put = (vpp: Dataplane, record_flags: number, active_timer: number, passive_timer: number) =>
  vpp.call(flowprobeSetParams, { record_flags, active_timer, passive_timer });

const flagsOf = ({ record }: FlowprobeSpec) => (record.l2 ? l2 : 0) | (record.l3 ? l3 : 0) | (record.l4 ? l4 : 0);

/**
 * What flowprobe records (`flowprobe_set_params`). VPP takes it only while no interface is watched, so that a change takes all
 * of them off and puts them on again.
 */
export const flowprobe = resource<FlowprobeSpec, null>({
  kind: 'flowprobe',
  schema,
  optional: [flowprobeSetParams, flowprobeGetParams],
  key: () => flowprobeKey,
  needs: () => [],
  async read({ vpp }, wanted) {
    const found = new Map<string, Found<FlowprobeSpec, null>>();
    const { record_flags, active_timer, passive_timer } = await vpp.ask(flowprobeGetParams, {});
    if (record_flags === 0) return found;
    const record = { l2: (record_flags & l2) !== 0, l3: (record_flags & l3) !== 0, l4: (record_flags & l4) !== 0 };
    const spec = { record, activeS: active_timer, passiveS: passive_timer };
    return found.set(flowprobeKey, { spec, handle: null, ours: wanted.has(flowprobeKey) });
  },
  async create({ vpp }, spec) {
    await put(vpp, flagsOf(spec), spec.activeS, spec.passiveS);
    return null;
  },
  async remove({ vpp }) {
    await put(vpp, 0, 0, 0);
  },
});
