import { z } from 'zod';
import { aclInterfaceListDump, aclInterfaceSetAclList } from '#lib/vpp/messages/acl.js';
import { noInterface } from '#lib/vpp/types.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import type { AclHandle } from './acl.js';
import { indexOf, keyByIndex } from './interface-common.js';
import { aclKey, interfaceKey, nameOf } from './names.js';

const list = z
  .array(aclKey)
  .max(100)
  .refine((keys) => new Set(keys).size === keys.length, 'an ACL twice in one direction')
  .default([]);
const schema = z.strictObject({
  interface: interfaceKey,
  /** First match wins over all lists in order; what none matches is dropped. Empty: everything passes. */
  in: list,
  out: list,
});
export type AclListSpec = z.infer<typeof schema>;

async function set(ctx: KindContext, iface: string, input: readonly string[], output: readonly string[]) {
  const acls = [...input, ...output].map((key) => ctx.handle<AclHandle>(key).index);
  await ctx.vpp.call(aclInterfaceSetAclList, { sw_if_index: indexOf(ctx, iface), n_input: input.length, acls });
}

/** VPP may be left with half a list when it refuses one: the old one is set again, then the refusal thrown. */
async function replace(ctx: KindContext, from: AclListSpec, to: AclListSpec): Promise<null> {
  try {
    await set(ctx, to.interface, to.in, to.out);
  } catch (error) {
    await set(ctx, from.interface, from.in, from.out).catch(() => undefined);
    throw error;
  }
  return null;
}

function aclKeys(ctx: ReadContext): (index: number) => string {
  const keys = new Map<number, string>();
  for (const [key, { handle }] of ctx.foundOf('acl')) keys.set((handle as AclHandle).index, key);
  return (index) => keys.get(index) ?? `acl/#${index}`;
}

const none = (iface: string): AclListSpec => ({ interface: iface, in: [], out: [] });

/** The ACLs on an interface, both directions at once (`acl_interface_set_acl_list`). */
export const aclList = resource<AclListSpec, null, z.input<typeof schema>>({
  kind: 'acl-list',
  schema,
  key: (spec) => `acl-list/${nameOf(spec.interface)}`,
  needs: (spec) => [...new Set([spec.interface, ...spec.in, ...spec.out])],
  async read(ctx) {
    const interfaces = keyByIndex(ctx);
    const keyOf = aclKeys(ctx);
    const found = new Map<string, Found<AclListSpec, null>>();
    for (const row of await ctx.vpp.dump(aclInterfaceListDump, { sw_if_index: noInterface })) {
      const iface = interfaces.get(row.sw_if_index);
      if (iface === undefined || row.acls.length === 0) continue;
      const keys = row.acls.map(keyOf);
      const spec = { interface: iface, in: keys.slice(0, row.n_input), out: keys.slice(row.n_input) };
      found.set(`acl-list/${nameOf(iface)}`, { spec, handle: null, ours: true });
    }
    return found;
  },
  create: (ctx, spec) => replace(ctx, none(spec.interface), spec),
  update: (ctx, _handle, from, to) => replace(ctx, from, to),
  updatable: (from, to) => from.interface === to.interface,
  async remove(ctx, _handle, spec) {
    await replace(ctx, spec, none(spec.interface));
  },
});
