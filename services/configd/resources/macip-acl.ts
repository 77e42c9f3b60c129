import { z } from 'zod';
import { macipAclAddReplace, macipAclDel, macipAclDump } from '#lib/vpp/messages/acl.js';
import { anyIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, resource } from '../reconcile/resource.js';
import { macText, prefixText } from './fields.js';
import { nameOf, nameReader, plainName, vppName } from './names.js';

/** Rules of one list: VPP takes time by their square, and dies of 3500. */
export const maxMacipRules = 2000;

const schema = z.strictObject({
  name: plainName,
  rules: z
    .array(
      z.strictObject({
        /** 0 deny, 1 permit. */
        is_permit: z.int().min(0).max(1),
        src_mac: macText,
        /** Bits of `src_mac` that count: all, or none for any address. */
        src_mac_mask: macText,
        src_prefix: prefixText,
      }),
    )
    .max(maxMacipRules),
});
export type MacipAclSpec = z.infer<typeof schema>;
export interface MacipAclHandle {
  readonly index: number;
}

async function put(vpp: Dataplane, index: number, { name, rules }: MacipAclSpec): Promise<MacipAclHandle> {
  const { acl_index } = await vpp.call(macipAclAddReplace, { acl_index: index, tag: vppName(name), r: rules });
  return { index: acl_index };
}

/**
 * A named list of who may send: MAC and source address together (`macip_acl_add_replace`); a change replaces it in place.
 * VPP sees no ARP of IPv4 with it.
 */
export const macipAcl = resource<MacipAclSpec, MacipAclHandle>({
  kind: 'macip-acl',
  schema,
  key: (spec) => `macip-acl/${spec.name}`,
  needs: () => [],
  async read({ vpp }, wanted) {
    const nameIn = nameReader([...wanted.keys()].map(nameOf));
    const found = new Map<string, Found<MacipAclSpec, MacipAclHandle>>();
    for (const { tag, r: rules, acl_index: index } of await vpp.dump(macipAclDump, { acl_index: anyIndex })) {
      const name = nameIn(tag);
      if (name !== undefined) found.set(`macip-acl/${name}`, { spec: { name, rules }, handle: { index }, ours: true });
    }
    return found;
  },
  create: ({ vpp }, spec) => put(vpp, anyIndex, spec),
  update: ({ vpp }, handle, _from, to) => put(vpp, handle.index, to),
  async remove({ vpp }, handle) {
    await vpp.call(macipAclDel, { acl_index: handle.index });
  },
});
