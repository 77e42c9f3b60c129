import { compileFilter } from '#lib/policy/filter.js';
import type { FilterRule } from '#lib/policy/filter-rule.js';
import type { Resource } from '../reconcile/resource.js';
import { acl } from './acl.js';
import { permitAllAclName, raGuardAclName } from './names.js';

const builtin = (name: string, rules: FilterRule[]): Resource => {
  const compiled = compileFilter(rules);
  return acl.of({ name, rules: compiled.ok ? compiled.value : [] });
};

/** Router advertisement and redirect (RFC 4861): only routers send them. */
const ofRouters = [134, 137];

/**
 * What a member of a bridge domain may not send with RA guard (RFC 6105), to stand before its other lists. VPP's ACLs see the first
 * fragment's header only and look past no extension headers but fragments': what RFC 7113 warns of goes through.
 */
export const raGuardAcl = (): Resource =>
  builtin(
    raGuardAclName,
    ofRouters.map((icmpType) => ({ action: 'deny', proto: 'icmp6', icmpType, family: 6 })),
  );

/** Stands where an interface has no other list: what no list permits is dropped. */
export const permitAllAcl = (): Resource => builtin(permitAllAclName, [{ action: 'permit' }]);
