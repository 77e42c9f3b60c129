import { z } from 'zod';
import { macipAclInterfaceAddDel, macipAclInterfaceListDump } from '#lib/vpp/messages/acl.js';
import { anyIndex, noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, resource } from '../reconcile/resource.js';
import { indexOf, keyByIndex } from './interface-common.js';
import type { MacipAclHandle } from './macip-acl.js';
import { interfaceKey, nameOf } from './names.js';

const schema = z.strictObject({
  interface: interfaceKey,
  /** Key of the list. */
  list: z.string().regex(/^macip-acl\/.+$/),
});
export type MacipInterfaceSpec = z.infer<typeof schema>;

const set = (ctx: KindContext, spec: MacipInterfaceSpec, is_add: boolean) =>
  ctx.vpp.call(macipAclInterfaceAddDel, {
    is_add,
    sw_if_index: indexOf(ctx, spec.interface),
    acl_index: ctx.handle<MacipAclHandle>(spec.list).index,
  });

async function put(ctx: KindContext, spec: MacipInterfaceSpec): Promise<null> {
  await set(ctx, spec, true);
  return null;
}

/** The list of senders of an interface, one at most (`macip_acl_interface_add_del`); another one takes its place at once. */
export const macipInterface = resource<MacipInterfaceSpec, null>({
  kind: 'macip-interface',
  schema,
  key: (spec) => `macip-interface/${nameOf(spec.interface)}`,
  needs: (spec) => [spec.interface, spec.list],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const lists = new Map(
      [...ctx.foundOf('macip-acl')].map(([key, one]) => [(one.handle as MacipAclHandle).index, key]),
    );
    const found = new Map<string, Found<MacipInterfaceSpec, null>>();
    for (const { sw_if_index, acls } of await ctx.vpp.dump(macipAclInterfaceListDump, { sw_if_index: noInterface })) {
      const iface = interfaces.get(sw_if_index);
      const [index = anyIndex] = acls;
      if (iface === undefined || index === anyIndex) continue;
      const spec = { interface: iface, list: lists.get(index) ?? `macip-acl/#${index}` };
      found.set(`macip-interface/${nameOf(iface)}`, { spec, handle: null, ours: true });
    }
    return found;
  },
  create: put,
  updatable: (from, to) => from.interface === to.interface,
  update: (ctx, _handle, _from, to) => put(ctx, to),
  async remove(ctx, _handle, spec) {
    await set(ctx, spec, false);
  },
});
