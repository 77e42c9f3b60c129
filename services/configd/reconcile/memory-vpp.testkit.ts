import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import { silentLog } from '#lib/kernel/log.js';
import type { Dataplane } from '../dataplane.js';
import type { Overlay } from './desired.js';
import { Engine, type EngineHooks } from './engine.js';
import { type AnyKind, type Found, type Resource, resource } from './resource.js';

const spec = z.strictObject({
  name: z.string(),
  needs: z.array(z.string()).default([]),
  value: z.number().default(0),
  /** A change of it cannot be made in place. */
  shape: z.number().default(0),
});
export type ThingSpec = z.infer<typeof spec>;

/** A dataplane of things by key, with a journal, that can fail or vanish at the n-th operation. */
export class MemoryVpp {
  readonly objects = new Map<string, { spec: ThingSpec; handle: number; ours: boolean }>();
  readonly journal: string[] = [];
  private operations = 0;
  private failAt = new Map<number, BngError>();
  private silentAt = new Set<number>();
  private nextHandle = 1;
  active = 0;
  mostActive = 0;

  /** The n-th state change from now (1, 2 ...) throws this. */
  fail(nth: number, error = new BngError('dataplane', 'refused', { retval: -1 })): void {
    this.failAt.set(this.operations + nth, error);
  }

  /** The n-th state change from now is made, but its answer never comes. */
  silence(nth: number): void {
    this.silentAt.add(this.operations + nth);
  }

  /** Contents without handles: what an undo must bring back. */
  contents(): Record<string, ThingSpec> {
    return Object.fromEntries([...this.objects].sort().map(([key, object]) => [key, object.spec]));
  }

  async change(text: string, apply: () => void): Promise<void> {
    this.operations++;
    const error = this.failAt.get(this.operations);
    const silent = this.silentAt.has(this.operations);
    this.active++;
    this.mostActive = Math.max(this.mostActive, this.active);
    await Promise.resolve();
    this.active--;
    if (error) throw error;
    this.journal.push(text);
    apply();
    if (silent) throw new BngError('dataplane', 'no reply', { outcomeUnknown: true });
  }

  put(key: string, value: ThingSpec, ours = true): number {
    const handle = this.nextHandle++;
    this.objects.set(key, { spec: value, handle, ours });
    return handle;
  }
}

export interface ThingKindOptions {
  readonly readable?: boolean;
  readonly evicts?: boolean;
  readonly updates?: boolean;
}

/** A kind whose objects live in a MemoryVpp. A use of something that is not there, or a removal of something in use, throws. */
export function thingKind(vpp: MemoryVpp, kind: string, options: ThingKindOptions = {}) {
  const { readable = true, evicts = false, updates = true } = options;
  const keyOf = (one: ThingSpec) => `${kind}/${one.name}`;
  const assertThere = (needs: readonly string[]) => {
    for (const need of needs) if (!vpp.objects.has(need)) throw new BngError('internal', `${need} is missing in VPP`);
  };
  const assertUnused = (key: string) => {
    for (const [user, object] of vpp.objects)
      if (object.spec.needs.includes(key)) throw new BngError('internal', `${key} is used by ${user}`);
  };
  return resource<ThingSpec, number, z.input<typeof spec>>({
    kind,
    schema: spec,
    key: keyOf,
    needs: (one) => one.needs,
    evicts,
    ...(readable && {
      read: async () => {
        const mine = [...vpp.objects].filter(([key]) => key.startsWith(`${kind}/`));
        return new Map<string, Found<ThingSpec, number>>(mine);
      },
    }),
    async create(_ctx, one) {
      let handle = 0;
      await vpp.change(`+${keyOf(one)}`, () => {
        assertThere(one.needs);
        handle = vpp.put(keyOf(one), one);
      });
      return handle;
    },
    ...(updates && {
      updatable: (from: ThingSpec, to: ThingSpec) => from.shape === to.shape,
      async update(_ctx: unknown, handle: number, _from: ThingSpec, to: ThingSpec) {
        await vpp.change(`~${keyOf(to)}`, () => {
          assertThere(to.needs);
          vpp.objects.set(keyOf(to), { spec: to, handle, ours: true });
        });
        return handle;
      },
    }),
    async remove(_ctx, _handle, one) {
      await vpp.change(`-${keyOf(one)}`, () => {
        assertUnused(keyOf(one));
        vpp.objects.delete(keyOf(one));
      });
    },
  });
}

const nowhere: Dataplane = {
  call: () => Promise.reject(new Error('not used')),
  ask: () => Promise.reject(new Error('not used')),
  dump: () => Promise.reject(new Error('not used')),
  stream: () => Promise.reject(new Error('not used')),
  offers: () => true,
};

/** An engine over kinds `port` (evicts), `line` (evicts), `table`, `user`, and `ghost` that cannot be read. */
export function memoryEngine(vpp = new MemoryVpp(), hooks: EngineHooks = {}, overlay: Overlay = (wanted) => wanted) {
  const port = thingKind(vpp, 'port', { evicts: true });
  const line = thingKind(vpp, 'line', { evicts: true });
  const table = thingKind(vpp, 'table', { updates: false });
  const user = thingKind(vpp, 'user');
  const ghost = thingKind(vpp, 'ghost', { readable: false });
  const kinds: AnyKind[] = [port, line, table, user, ghost];
  const engine = new Engine({ dataplane: nowhere, kinds, log: silentLog(), hooks, overlay });
  return { vpp, engine, port, line, table, user, ghost };
}

export const keysOf = (resources: readonly Resource[]): string[] => resources.map((one) => one.key);
