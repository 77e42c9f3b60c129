import { z } from 'zod';
import { BngError } from '#lib/kernel/errors.js';
import { abfItfAttachDump, abfPolicyAddDel, abfPolicyDump } from '#lib/vpp/messages/abf.js';
import type { FibPath } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import { type Found, type KindContext, type ReadContext, resource } from '../reconcile/resource.js';
import type { AclHandle } from './acl.js';
import { keyByIndex } from './interface-common.js';
import { nameOf, pbrAclPrefix } from './names.js';
import { pathNeeds, pathSchema, type RoutePath, samePaths } from './route.js';
import { decodePaths, encodePaths } from './route-paths.js';
import { vrfByTable } from './vrf.js';

/** Weight and preference do not tell two ways out apart. */
const placeOf = ({ via, interface: out, lookupIn }: RoutePath): string => [via, out, lookupIn].join(' ');

const schema = z
  .strictObject({
    family: z.enum(['ip4', 'ip6']),
    /** An ACL that belongs to this policy alone; its name makes the policy's. */
    acl: z.string().refine((key) => key.startsWith(`acl/${pbrAclPrefix}`), 'an ACL of policy based routing'),
    paths: z.array(pathSchema).max(64).default([]),
    drop: z.boolean().default(false),
  })
  .refine(({ paths }) => new Set(paths.map(placeOf)).size === paths.length, {
    message: 'a way out twice: VPP would keep one',
    path: ['paths'],
  })
  .refine((policy) => policy.drop !== policy.paths.length > 0, { message: 'either paths or drop' });
export type AbfPolicySpec = z.infer<typeof schema>;
export interface AbfPolicyHandle {
  readonly policyId: number;
}

type Policy = { readonly policy_id: number; readonly acl_index: number; readonly paths: readonly FibPath[] };

/** Apart from the numbers that people take for policies of their own. */
const firstId = 0x4000_0000;
/** A policy's number comes from its ACL's, so that two can never get the same one: VPP would join them. */
const idFor = (aclIndex: number): number => firstId + aclIndex;

export const abfPolicyKey = (acl: string): string => `abf-policy/${nameOf(acl).replace(pbrAclPrefix, '')}`;

/** Every policy of VPP. Empty on a dataplane that only takes notes. */
export async function allPolicies(vpp: Dataplane): Promise<Policy[]> {
  return (await vpp.dump(abfPolicyDump, {})).map(({ policy }) => policy);
}

const asRoute = ({ family, paths, drop }: AbfPolicySpec) => ({
  prefix: family === 'ip6' ? '::/0' : '0.0.0.0/0',
  paths,
  drop,
});

const send = (vpp: Dataplane, is_add: boolean, policy: Policy) =>
  vpp.call(abfPolicyAddDel, { is_add, policy: { ...policy, paths: [...policy.paths] } });

/** The exact paths that VPP has, all at once: a part of them would leave the rest at work. Never while it is attached. */
async function take(vpp: Dataplane, policy: Policy): Promise<void> {
  const attached = (await vpp.dump(abfItfAttachDump, {})).some(({ attach }) => attach.policy_id === policy.policy_id);
  if (attached)
    throw new BngError('failed_precondition', `ABF policy ${policy.policy_id} is attached: deleting it would kill VPP`);
  await send(vpp, false, policy);
}

/** Policies with the number that we give to one of our ACLs, by key. */
async function read(ctx: ReadContext): Promise<Map<string, Found<AbfPolicySpec, AbfPolicyHandle>>> {
  const acls = new Map([...ctx.foundOf('acl')].map(([key, { handle }]) => [(handle as AclHandle).index, key]));
  const interfaces = keyByIndex(ctx);
  const vrfs = vrfByTable(ctx);
  const names = {
    tableId: 0,
    interfaceKey: (index: number) => interfaces.get(index),
    vrf: (id: number) => (id === 0 ? 'default' : vrfs.get(id)),
  };
  const found = new Map<string, Found<AbfPolicySpec, AbfPolicyHandle>>();
  for (const { policy_id, acl_index, paths } of await allPolicies(ctx.vpp)) {
    const acl = acls.get(acl_index);
    if (acl === undefined || policy_id !== idFor(acl_index)) continue;
    const family = paths[0]?.proto === 1 ? ('ip6' as const) : ('ip4' as const);
    const spec = { family, acl, ...decodePaths(paths, names) };
    found.set(abfPolicyKey(acl), { spec, handle: { policyId: policy_id }, ours: true });
  }
  return found;
}

async function create(ctx: KindContext, spec: AbfPolicySpec): Promise<AbfPolicyHandle> {
  const acl_index = ctx.handle<AclHandle>(spec.acl).index;
  const policy_id = idFor(acl_index);
  const leftover = (await allPolicies(ctx.vpp)).find((policy) => policy.policy_id === policy_id);
  if (leftover) await take(ctx.vpp, leftover);
  await send(ctx.vpp, true, { policy_id, acl_index, paths: encodePaths(ctx, asRoute(spec)) });
  return { policyId: policy_id };
}

/**
 * Where packets go that an ACL catches (`abf_policy_add_del`). Never changed: adding a path that is there already kills VPP at
 * the next update, so a change is another policy with another ACL, and this one goes when nothing is attached to it.
 */
export const abfPolicy = resource<AbfPolicySpec, AbfPolicyHandle, z.input<typeof schema>>({
  kind: 'abf-policy',
  schema,
  optional: [abfPolicyAddDel, abfPolicyDump, abfItfAttachDump],
  key: (spec) => abfPolicyKey(spec.acl),
  needs: (spec) => [...new Set([spec.acl, ...spec.paths.flatMap((path) => pathNeeds(path, undefined))])],
  equal: (a, b) => a.family === b.family && a.acl === b.acl && samePaths(a, b),
  read,
  create,
  async remove(ctx, { policyId }, spec) {
    const acl_index = policyId - firstId;
    const known = ctx.vpp.takesNotes
      ? { policy_id: policyId, acl_index, paths: encodePaths(ctx, asRoute(spec)) }
      : (await allPolicies(ctx.vpp)).find((policy) => policy.policy_id === policyId);
    if (known) await take(ctx.vpp, known);
  },
});
