import { z } from 'zod';
import type { VppAclRule } from '#lib/policy/filter.js';
import { aclAddReplace, aclDel, aclDump } from '#lib/vpp/messages/acl.js';
import { anyIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, type ReadContext, resource } from '../reconcile/resource.js';
import { isPrefix } from './fields.js';
import { aclName, nameOf, nameReader, vppName } from './names.js';

const isBetween = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

/** The numbers of a rule with their largest value. */
const numbers = {
  is_permit: 2,
  proto: 0xff,
  srcport_or_icmptype_first: 0xffff,
  srcport_or_icmptype_last: 0xffff,
  dstport_or_icmpcode_first: 0xffff,
  dstport_or_icmpcode_last: 0xffff,
  tcp_flags_mask: 0xff,
  tcp_flags_value: 0xff,
} as const satisfies Partial<Record<keyof VppAclRule, number>>;
const limits = Object.entries(numbers);
const fields = limits.length + 2;

/** VPP's `acl_rule`, as `compileFilter` of lib/policy makes it; without a schema of its own, for there are 100,000. */
function isAclRule(value: unknown): value is VppAclRule {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== fields) return false;
  const rule = value as Readonly<Record<string, unknown>>;
  for (const [field, max] of limits) if (!isBetween(rule[field], 0, max)) return false;
  return isPrefix(rule.src_prefix) && isPrefix(rule.dst_prefix);
}

/** Rules of one list, 48 bytes each in one message to VPP. */
export const maxAclRules = 200_000;

const schema = z.strictObject({
  name: aclName,
  rules: z.array(z.custom<VppAclRule>(isAclRule, 'a rule of VPP')).max(maxAclRules),
});
export type AclSpec = z.infer<typeof schema>;
export interface AclHandle {
  readonly index: number;
}

async function put(vpp: Dataplane, index: number, spec: AclSpec): Promise<AclHandle> {
  const { acl_index } = await vpp.call(aclAddReplace, { acl_index: index, tag: vppName(spec.name), r: spec.rules });
  return { index: acl_index };
}

/** Every list of VPP with its rules; one dump per pass. */
export const aclTable = (ctx: ReadContext) =>
  ctx.shared('acl_dump', () => ctx.vpp.dump(aclDump, { acl_index: anyIndex }));

/** A named rule list (`acl_add_replace`); a change replaces it in place, and open flows are judged anew. */
export const acl = resource<AclSpec, AclHandle>({
  kind: 'acl',
  schema,
  key: (spec) => `acl/${spec.name}`,
  needs: () => [],
  async read(ctx, wanted) {
    const nameIn = nameReader([...wanted.keys()].map(nameOf));
    const found = new Map<string, Found<AclSpec, AclHandle>>();
    for (const row of await aclTable(ctx)) {
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
