import { z } from 'zod';
import { aclAddReplace, aclDel, aclDump } from '#lib/vpp/messages/acl.js';
import { anyIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, resource } from '../reconcile/resource.js';
import { prefixText } from './fields.js';
import { aclName, nameOf, nameReader, vppName } from './names.js';

const u16 = z.int().min(0).max(0xffff);
const u8 = z.int().min(0).max(0xff);
/** VPP's `acl_rule`, as `compileFilter` of lib/policy makes it. */
const ruleSchema = z.strictObject({
  is_permit: z.int().min(0).max(2),
  src_prefix: prefixText,
  dst_prefix: prefixText,
  proto: u8,
  srcport_or_icmptype_first: u16,
  srcport_or_icmptype_last: u16,
  dstport_or_icmpcode_first: u16,
  dstport_or_icmpcode_last: u16,
  tcp_flags_mask: u8,
  tcp_flags_value: u8,
});
/** Rules of one list, 48 bytes each in one message to VPP. */
export const maxAclRules = 200_000;

const schema = z.strictObject({
  name: aclName,
  rules: z.array(ruleSchema).max(maxAclRules),
});
export type AclSpec = z.infer<typeof schema>;
export interface AclHandle {
  readonly index: number;
}

async function put(vpp: Dataplane, index: number, spec: AclSpec): Promise<AclHandle> {
  const { acl_index } = await vpp.call(aclAddReplace, { acl_index: index, tag: vppName(spec.name), r: spec.rules });
  return { index: acl_index };
}

/** A named rule list (`acl_add_replace`); a change replaces it in place, and open flows are judged anew. */
export const acl = resource<AclSpec, AclHandle>({
  kind: 'acl',
  schema,
  key: (spec) => `acl/${spec.name}`,
  needs: () => [],
  async read({ vpp }, wanted) {
    const nameIn = nameReader([...wanted.keys()].map(nameOf));
    const found = new Map<string, Found<AclSpec, AclHandle>>();
    for (const row of await vpp.dump(aclDump, { acl_index: anyIndex })) {
      const name = nameIn(row.tag);
      if (name === undefined) continue;
      found.set(`acl/${name}`, { spec: { name, rules: row.r }, handle: { index: row.acl_index }, ours: true });
    }
    return found;
  },
  create: ({ vpp }, spec) => put(vpp, anyIndex, spec),
  update: ({ vpp }, handle, _from, to) => put(vpp, handle.index, to),
  async remove({ vpp }, handle) {
    await vpp.call(aclDel, { acl_index: handle.index });
  },
});
