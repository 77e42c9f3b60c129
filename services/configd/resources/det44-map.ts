import { z } from 'zod';
import { operationsOfPlugin } from '#lib/vpp/messages/all.js';
import { det44AddDelMap, det44MapDump } from '#lib/vpp/messages/det44.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { det44Key } from './det44.js';
import { prefixText } from './fields.js';

const lengthOf = (prefix: string) => Number(prefix.slice(prefix.indexOf('/') + 1));
const hostOf = (prefix: string) => prefix.slice(0, prefix.indexOf('/'));

/** Ports that DET44 shares out, from 1024 on. */
export const det44Ports = 64_512;

const schema = z
  .strictObject({ inside: prefixText, outside: prefixText })
  .refine(({ inside, outside }) => !`${inside}${outside}`.includes(':'), { message: 'DET44 maps IPv4' })
  .refine(({ inside, outside }) => lengthOf(inside) <= lengthOf(outside), {
    message: 'more outside than inside addresses: VPP dies of it',
  })
  .refine(({ inside, outside }) => 2 ** (lengthOf(outside) - lengthOf(inside)) <= det44Ports, {
    message: 'more inside addresses on an outside one than it has ports',
  });
export type Det44MapSpec = z.infer<typeof schema>;

const set = (ctx: KindContext, { inside, outside }: Det44MapSpec, is_add: boolean) =>
  ctx.vpp.call(det44AddDelMap, {
    is_add,
    in_addr: hostOf(inside),
    in_plen: lengthOf(inside),
    out_addr: hostOf(outside),
    out_plen: lengthOf(outside),
  });

const keyOf = ({ inside, outside }: Det44MapSpec) => `det44-map/${inside}-${outside}`;

/** Inside addresses that share outside ones, each with ports of its own (`det44_add_del_map`). */
export const det44Map = resource<Det44MapSpec, null>({
  kind: 'det44-map',
  schema,
  optional: operationsOfPlugin('det44'),
  key: keyOf,
  needs: () => [det44Key],
  async read(ctx, wanted) {
    const found = new Map<string, Found<Det44MapSpec, null>>();
    for (const row of await ctx.vpp.dump(det44MapDump, {})) {
      const spec = { inside: `${row.in_addr}/${row.in_plen}`, outside: `${row.out_addr}/${row.out_plen}` };
      found.set(keyOf(spec), { spec, handle: null, ours: wanted.has(keyOf(spec)) });
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
