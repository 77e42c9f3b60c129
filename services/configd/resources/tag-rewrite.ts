import { z } from 'zod';
import { l2InterfaceVlanTagRewrite } from '#lib/vpp/messages/l2.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { vlanId } from './fields.js';
import { type InterfaceDetails, indexOf, interfaceTable, keyByIndex } from './interface-common.js';
import { interfaceKey, nameOf } from './names.js';

const schema = z
  .strictObject({
    interface: interfaceKey,
    /** What makes the interface an L2 one: VPP takes a rewrite on others too, where it does nothing good. */
    attachment: z.enum(['bridge-port', 'cross-connect']),
    /** Tags taken off what comes in; put back on what goes out. */
    pop: z.int().min(0).max(2),
    /** Tags then put on what comes in, the outer one first; taken off what goes out. */
    push: z.array(vlanId).max(2).default([]),
    /** The first pushed tag is 0x88a8. */
    dot1ad: z.boolean().default(false),
  })
  .refine(({ pop, push }) => pop + push.length > 0, { message: 'a rewrite pops or pushes tags' })
  .refine(({ push, dot1ad }) => !dot1ad || push.length > 0, { message: 'dot1ad is about pushed tags' });
export type TagRewriteSpec = z.infer<typeof schema>;

/** VPP's `vtr_op` by tags popped and pushed. */
const operations: readonly (readonly number[])[] = [
  [0, 1, 2],
  [3, 5, 6],
  [4, 7, 8],
];
const disabled = 0;

function set(ctx: KindContext, spec: TagRewriteSpec, on: boolean) {
  const [tag1 = 0, tag2 = 0] = spec.push;
  return ctx.vpp.call(l2InterfaceVlanTagRewrite, {
    sw_if_index: indexOf(ctx, spec.interface),
    vtr_op: on ? (operations[spec.pop]?.[spec.push.length] ?? disabled) : disabled,
    push_dot1q: on && !spec.dot1ad ? 1 : 0,
    tag1: on ? tag1 : 0,
    tag2: on ? tag2 : 0,
  });
}

/** Tags popped and pushed by an operation; undefined for none. */
function countsOf(op: number): { pop: number; push: number } | undefined {
  const pop = op === disabled ? -1 : operations.findIndex((row) => row.includes(op));
  return pop < 0 ? undefined : { pop, push: operations[pop]?.indexOf(op) ?? 0 };
}

function specOf(iface: string, details: InterfaceDetails, attachment: TagRewriteSpec['attachment']) {
  const counts = countsOf(details.vtr_op);
  if (!counts) return undefined;
  const push = [details.vtr_tag1, details.vtr_tag2].slice(0, counts.push);
  const dot1ad = counts.push > 0 && details.vtr_push_dot1q === 0;
  return { interface: iface, attachment, pop: counts.pop, push, dot1ad };
}

async function put(ctx: KindContext, spec: TagRewriteSpec): Promise<null> {
  await set(ctx, spec, true);
  return null;
}

/** Tags changed where frames pass a bridge port or a cross-connect (`l2_interface_vlan_tag_rewrite`). */
export const tagRewrite = resource<TagRewriteSpec, null, z.input<typeof schema>>({
  kind: 'tag-rewrite',
  schema,
  key: (spec) => `tag-rewrite/${nameOf(spec.interface)}`,
  needs: (spec) => [spec.interface, `${spec.attachment}/${nameOf(spec.interface)}`],
  async read(ctx) {
    const found = new Map<string, Found<TagRewriteSpec, null>>();
    const details = await interfaceTable(ctx);
    for (const [index, iface] of keyByIndex(ctx)) {
      const row = details.get(index);
      const bridged = ctx.found(`bridge-port/${nameOf(iface)}`) !== undefined;
      const spec = row && specOf(iface, row, bridged ? 'bridge-port' : 'cross-connect');
      if (spec) found.set(`tag-rewrite/${nameOf(iface)}`, { spec, handle: null, ours: true });
    }
    return found;
  },
  create: put,
  updatable: (from, to) => from.attachment === to.attachment,
  update: (ctx, _handle, _from, to) => put(ctx, to),
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, false);
  },
});
