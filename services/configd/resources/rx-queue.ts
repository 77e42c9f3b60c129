import { z } from 'zod';
import {
  rxMode,
  swInterfaceRxPlacementDump,
  swInterfaceSetRxMode,
  swInterfaceSetRxPlacement,
} from '#lib/vpp/messages/interface-rx.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { type InterfaceHandle, indexOf } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';
import { type Reversible, sequence } from './sequence.js';

const { RX_MODE_API_POLLING, RX_MODE_API_INTERRUPT, RX_MODE_API_ADAPTIVE, RX_MODE_API_DEFAULT } = rxMode.values;
const modes = { polling: RX_MODE_API_POLLING, interrupt: RX_MODE_API_INTERRUPT, adaptive: RX_MODE_API_ADAPTIVE };

const schema = z.strictObject({
  /** A port. */
  interface: interfaceKey,
  queue: z.int().min(0).max(65535),
  /** Absent: as VPP chose. */
  mode: z.enum(['polling', 'interrupt', 'adaptive']).optional(),
  /** `main`, or a worker from 0. Absent: where VPP put it. */
  worker: z.union([z.literal('main'), z.int().min(0).max(1023)]).optional(),
});
export type RxQueueSpec = z.infer<typeof schema>;

const setMode = (ctx: KindContext, spec: RxQueueSpec, mode: number) =>
  ctx.vpp.call(swInterfaceSetRxMode, {
    sw_if_index: indexOf(ctx, spec.interface),
    queue_id_valid: true,
    queue_id: spec.queue,
    mode,
  });

const place = (ctx: KindContext, spec: RxQueueSpec, worker: NonNullable<RxQueueSpec['worker']>) =>
  ctx.vpp.call(swInterfaceSetRxPlacement, {
    sw_if_index: indexOf(ctx, spec.interface),
    queue_id: spec.queue,
    worker_id: worker === 'main' ? 0 : worker,
    is_main: worker === 'main',
  });

function put(ctx: KindContext, spec: RxQueueSpec): Promise<void> {
  const steps: Reversible[] = [];
  const { worker, mode } = spec;
  const noRevert = async () => {};
  if (worker !== undefined) steps.push({ act: () => place(ctx, spec, worker), revert: noRevert });
  if (mode !== undefined)
    steps.push({ act: () => setMode(ctx, spec, modes[mode]), revert: () => setMode(ctx, spec, RX_MODE_API_DEFAULT) });
  return sequence(steps);
}

const modeOf = (value: number): RxQueueSpec['mode'] =>
  (Object.keys(modes) as (keyof typeof modes)[]).find((name) => modes[name] === value);

/**
 * How and where a receive queue of a port is served (`sw_interface_set_rx_mode`, `sw_interface_set_rx_placement`).
 * VPP always has some answer for every queue, so only wanted ones are read, and a removed one keeps its place.
 */
export const rxQueue = resource<RxQueueSpec, null>({
  kind: 'rx-queue',
  schema,
  optional: [swInterfaceRxPlacementDump, swInterfaceSetRxMode, swInterfaceSetRxPlacement],
  key: (spec) => `rx-queue/${nameOf(spec.interface)}/${spec.queue}`,
  needs: (spec) => [spec.interface],
  async read(ctx, wanted) {
    const found = new Map<string, Found<RxQueueSpec, null>>();
    for (const [key, spec] of wanted) {
      const sw_if_index = (ctx.found(spec.interface)?.handle as InterfaceHandle | undefined)?.swIfIndex;
      if (sw_if_index === undefined) continue;
      const rows = await ctx.vpp.dump(swInterfaceRxPlacementDump, { sw_if_index });
      const row = rows.find(({ queue_id }) => queue_id === spec.queue);
      if (!row) continue;
      const mode = modeOf(row.mode);
      const actual = {
        interface: spec.interface,
        queue: spec.queue,
        ...(spec.mode !== undefined && mode !== undefined && { mode }),
        ...(spec.worker !== undefined && { worker: row.worker_id === 0 ? ('main' as const) : row.worker_id - 1 }),
      };
      found.set(key, { spec: actual, handle: null, ours: true });
    }
    return found;
  },
  async create(ctx, spec) {
    await put(ctx, spec);
    return null;
  },
  async update(ctx, _handle, from, to) {
    if (from.mode !== undefined && to.mode === undefined) await setMode(ctx, to, RX_MODE_API_DEFAULT);
    await put(ctx, to);
    return null;
  },
  async remove(ctx, _handle, spec) {
    if (spec.mode !== undefined) await setMode(ctx, spec, RX_MODE_API_DEFAULT);
  },
});
