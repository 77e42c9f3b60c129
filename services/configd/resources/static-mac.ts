import { z } from 'zod';
import { l2FibTableDump, l2fibAddDel } from '#lib/vpp/messages/l2.js';
import { noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import { type BridgeDomainHandle, domainById } from './bridge-domain.js';
import { macText } from './fields.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';

const schema = z.strictObject({
  domain: z.string().regex(/^bridge-domain\/[A-Za-z0-9_-]+$/),
  mac: macText,
  /** The member it is behind; absent: frames to it are dropped. */
  interface: interfaceKey.optional(),
});
export type StaticMacSpec = z.infer<typeof schema>;

const keyOf = (spec: Pick<StaticMacSpec, 'domain' | 'mac'>) => `static-mac/${nameOf(spec.domain)}/${spec.mac}`;

const set = (ctx: KindContext, spec: StaticMacSpec, is_add: boolean) =>
  ctx.vpp.call(l2fibAddDel, {
    mac: spec.mac,
    bd_id: ctx.handle<BridgeDomainHandle>(spec.domain).id,
    sw_if_index: spec.interface === undefined ? noInterface : indexOf(ctx, spec.interface),
    is_add,
    static_mac: true,
    filter_mac: spec.interface === undefined,
    bvi_mac: false,
  });

async function readDomain(ctx: ReadContext, id: number, domain: string): Promise<StaticMacSpec[]> {
  const interfaces = keyByIndex(ctx);
  const rows = await ctx.vpp.dump(l2FibTableDump, { bd_id: id });
  return rows
    .filter((row) => (row.static_mac || row.filter_mac) && !row.bvi_mac)
    .map((row) => {
      const behind = interfaces.get(row.sw_if_index) ?? `host-interface/unknown-${row.sw_if_index}`;
      return { domain, mac: row.mac, ...(row.filter_mac ? {} : { interface: behind }) };
    });
}

/**
 * A MAC that is not learned (`l2fib_add_del`). VPP leaves the entry behind when its interface goes, for the next interface with that
 * index: it is removed before the port leaves.
 */
export const staticMac = resource<StaticMacSpec, null>({
  kind: 'static-mac',
  schema,
  key: keyOf,
  needs: (spec) => [
    spec.domain,
    ...(spec.interface === undefined ? [] : [spec.interface, `bridge-port/${nameOf(spec.interface)}`]),
  ],
  async read(ctx) {
    const found = new Map<string, Found<StaticMacSpec, null>>();
    const domains = [...domainById(ctx)].map(([id, domain]) => readDomain(ctx, id, domain));
    for (const spec of (await Promise.all(domains)).flat()) found.set(keyOf(spec), { spec, handle: null, ours: true });
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
