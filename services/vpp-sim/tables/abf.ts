import { retvals } from '#lib/vpp/retval.js';
import type { FibPath } from '#lib/vpp/types.js';
import type { InterfaceTable } from './interfaces.js';
import { familyOf, type IpTables } from './ip-tables.js';

export interface AbfPolicy {
  readonly id: number;
  readonly aclIndex: number;
  paths: FibPath[];
}
export interface AbfAttachment {
  readonly policyId: number;
  readonly swIfIndex: number;
  readonly priority: number;
  readonly ip6: boolean;
}

const NO_INTERFACE = 0xffffffff;
const PROTO_IP6 = 1;

/** ACL-based forwarding. VPP checks little here, and dies of what it does not check. */
export class AbfTable {
  private readonly policies = new Map<number, AbfPolicy>();
  private readonly attachments = new Map<string, AbfAttachment>();
  private readonly byInterface = new Map<number, Set<AbfAttachment>>();
  /** Attachments whose feature went with their interface. */
  private readonly idle = new Set<AbfAttachment>();

  constructor(
    private readonly interfaces: InterfaceTable,
    private readonly tables: IpTables,
    private readonly crash: (reason: string) => never,
  ) {
    interfaces.onDelete((swIfIndex) => {
      for (const each of this.on(swIfIndex)) this.idle.add(each);
    });
  }

  /** Adds paths to a policy that is there; the list is not checked to exist. */
  add(id: number, aclIndex: number, paths: FibPath[]): number {
    if (paths.length === 0) return retvals.INVALID_VALUE;
    const wrong = paths.map((path) => this.wrong(path)).find((retval) => retval !== 0);
    if (wrong !== undefined) return wrong;
    const found = this.policies.get(id);
    if (found && found.aclIndex !== aclIndex) return retvals.INVALID_VALUE;
    const known = found?.paths ?? [];
    if (paths.some((path) => known.some((other) => samePlace(path, other))))
      this.crash('abf_policy_add_del of a path that is there: the next update follows a freed list');
    this.policies.set(id, { id, aclIndex, paths: [...known, ...paths] });
    return 0;
  }

  remove(id: number, paths: readonly FibPath[]): number {
    if (paths.length === 0) return retvals.INVALID_VALUE;
    const wrong = paths.map((path) => this.wrong(path)).find((retval) => retval !== 0);
    if (wrong !== undefined) return wrong;
    const found = this.policies.get(id);
    if (!found) return retvals.INVALID_VALUE;
    const left = found.paths.filter((path) => !paths.some((gone) => samePlace(path, gone)));
    if (left.length > 0) {
      found.paths = left;
      return 0;
    }
    if (this.listAttachments().some(({ policyId }) => policyId === id))
      this.crash('abf_policy_add_del of the last path of an attached policy: the next dump kills VPP');
    this.policies.delete(id);
    return 0;
  }

  /** One attachment of a policy to an interface, whatever the family; the interface is not checked to exist. */
  attach(attachment: AbfAttachment): number {
    if (!this.policies.has(attachment.policyId)) this.crash('abf_itf_attach_add_del of an unknown policy');
    if (this.attachments.has(keyOf(attachment))) return retvals.ENTRY_ALREADY_EXISTS;
    this.attachments.set(keyOf(attachment), attachment);
    this.byInterface.set(attachment.swIfIndex, new Set(this.on(attachment.swIfIndex)).add(attachment));
    return 0;
  }

  detach(attachment: AbfAttachment): number {
    const found = this.attachments.get(keyOf(attachment));
    if (!found) return retvals.NO_SUCH_ENTRY;
    if (found.ip6 !== attachment.ip6)
      this.crash('abf_itf_attach_add_del takes off a policy as of the other address family');
    this.attachments.delete(keyOf(found));
    this.byInterface.get(found.swIfIndex)?.delete(found);
    this.idle.delete(found);
    return 0;
  }

  listPolicies(): AbfPolicy[] {
    return [...this.policies.values()];
  }

  listAttachments(): readonly AbfAttachment[] {
    return [...this.attachments.values()];
  }

  /** Whether the feature is on an interface's arc. */
  isActive(swIfIndex: number, ip6: boolean): boolean {
    return [...this.on(swIfIndex)].some((each) => each.ip6 === ip6 && !this.idle.has(each));
  }

  /** A list may not go while the policy of an attachment uses it. */
  usesAcl(index: number): boolean {
    return this.listAttachments().some(({ policyId }) => this.policies.get(policyId)?.aclIndex === index);
  }

  private on(swIfIndex: number): ReadonlySet<AbfAttachment> {
    return this.byInterface.get(swIfIndex) ?? nothing;
  }

  private wrong(path: FibPath): number {
    if (path.sw_if_index !== NO_INTERFACE && !this.interfaces.has(path.sw_if_index))
      return retvals.NO_MATCHING_INTERFACE;
    if (
      path.sw_if_index === NO_INTERFACE &&
      path.type === 0 &&
      !this.tables.has(familyOf(path.proto === PROTO_IP6), path.table_id)
    )
      return retvals.NO_SUCH_FIB;
    return 0;
  }
}

const nothing: ReadonlySet<AbfAttachment> = new Set();

/** One policy is on an interface once, whatever the family. */
const keyOf = ({ policyId, swIfIndex }: AbfAttachment): string => `${policyId} ${swIfIndex}`;

/** What makes two paths one to VPP: weight and preference do not tell them apart. */
const samePlace = (a: FibPath, b: FibPath): boolean =>
  a.sw_if_index === b.sw_if_index &&
  a.type === b.type &&
  a.proto === b.proto &&
  a.table_id === b.table_id &&
  Buffer.compare(a.nh.address, b.nh.address) === 0;
