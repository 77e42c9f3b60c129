import { BngError } from '#lib/kernel/errors.js';
import type { Plan } from '../reconcile/plan.js';
import type { AclSpec } from './acl.js';

/**
 * Room that one interface takes in VPP's statistics segment, with a margin: VPP 26.06 aborted between 7000 and 8000
 * interfaces with 32 MB. Each worker has counters of its own.
 */
export const segmentBytesPerInterface = 5600;
const bytesPerInterfaceAndWorker = 384;

/**
 * An ACL has a name and, on each thread, 16 bytes for each rule and one more whether or not they are counted; VPP lets such a
 * vector grow by half of what it needs.
 */
const bytesPerAcl = 512;
const bytesPerRule = 24;

const interfaceKinds: ReadonlySet<string> = new Set(['host-interface', 'memif', 'bond', 'loopback', 'sub-interface']);

/** What is known of VPP's statistics segment. */
export interface SegmentState {
  /** Size as VPP mapped it; undefined: not known, nothing is refused. */
  readonly segmentBytes: number | undefined;
  readonly workers: number;
}

/** What is recorded as being in VPP. */
interface Recorded {
  keys(): Iterable<string>;
  get(key: string): { readonly resource: { readonly spec: unknown } } | undefined;
}

interface Contents {
  interfaces: number;
  acls: number;
  rules: number;
}

/**
 * Refuses (`exhausted`) a plan that would make more interfaces and rules of ACLs, on top of what is recorded, than VPP's
 * statistics segment holds: VPP dies of it, with everything on it.
 */
export function assertSegmentFits({ steps }: Pick<Plan, 'steps'>, recorded: Recorded, state: SegmentState): void {
  if (state.segmentBytes === undefined) return;
  const change: Contents = { interfaces: 0, acls: 0, rules: 0 };
  for (const { action, kind, before, after } of steps) {
    if (action !== 'create') take(change, kind, before, -1);
    if (action !== 'remove') take(change, kind, after, 1);
  }
  if (bytesOf(change, state.workers) <= 0) return;
  const all = contentsOf(recorded);
  const { interfaces, acls, rules } = {
    interfaces: all.interfaces + change.interfaces,
    acls: all.acls + change.acls,
    rules: all.rules + change.rules,
  };
  const bytes = bytesOf({ interfaces, acls, rules }, state.workers);
  if (bytes <= state.segmentBytes) return;
  const [wanted, size] = [Math.ceil(bytes / 1024 ** 2), Math.floor(state.segmentBytes / 1024 ** 2)];
  const what = `${interfaces} interfaces${rules === 0 ? '' : ` and ${rules} rules of ACLs`}`;
  throw new BngError(
    'exhausted',
    `${what} take ${wanted} MB of VPP's statistics segment, it has ${size} MB; set statseg { size } and restart VPP`,
    { interfaces, rules, bytes, segmentBytes: state.segmentBytes },
  );
}

function take(contents: Contents, kind: string, spec: unknown, count: number): void {
  if (interfaceKinds.has(kind)) contents.interfaces += count;
  if (kind !== 'acl') return;
  contents.acls += count;
  contents.rules += count * (spec as AclSpec).rules.length;
}

function contentsOf(recorded: Recorded): Contents {
  const all: Contents = { interfaces: 0, acls: 0, rules: 0 };
  for (const key of recorded.keys()) {
    const kind = key.slice(0, key.indexOf('/'));
    take(all, kind, kind === 'acl' ? (recorded.get(key)?.resource.spec ?? { rules: [] }) : undefined, 1);
  }
  return all;
}

const bytesOf = ({ interfaces, acls, rules }: Contents, workers: number): number =>
  interfaces * (segmentBytesPerInterface + bytesPerInterfaceAndWorker * workers) +
  acls * bytesPerAcl +
  (rules + acls) * bytesPerRule * (workers + 1);
