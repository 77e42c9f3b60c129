import type { Dataplane } from '../dataplane.js';
import type { ClassifySession, ClassifyTable, ClassifyUse } from '../tables/classifier.js';
import type { DropReason } from './egress.js';

const VECTOR = 16;
/** VPP's ACL_NEXT_INDEX_DENY. Other next nodes that VPP has are those of the arc, as if nothing had been said. */
const DENY = 0;

export type Classified = 'ip4' | 'ip6';

type Lookup = { readonly hit: ClassifySession; readonly chained: boolean } | { readonly missNext: number };

/** What the classifier's features of the unicast arcs do with a frame: they look at it from its first byte on. */
export class ClassifierFeatures {
  constructor(private readonly dataplane: Dataplane) {}

  /** `input_acl_set_interface`: the first entry in the chain decides, the last table's miss otherwise. */
  inputAcl(family: Classified, swIfIndex: number, frame: Uint8Array): DropReason {
    const found = this.lookUp('input-acl', family, swIfIndex, frame);
    if (found === undefined) return undefined;
    const reason = `${family}-inacl/input ACL ${'hit' in found ? (found.chained ? 'hits after chain walk' : 'hits') : 'misses'}`;
    if (('hit' in found ? found.hit.hitNext : found.missNext) === DENY) return reason;
    this.dataplane.counters.error(reason);
    return undefined;
  }

  /** `policer_classify_set_interface`: charges the policer of the entry, by the length of the IP packet. */
  police(family: Classified, swIfIndex: number, frame: Uint8Array, ipBytes: number): DropReason {
    const found = this.lookUp('policer', family, swIfIndex, frame);
    if (found === undefined) return undefined;
    const count = (text: string) =>
      this.dataplane.counters.error(`${family}-policer-classify/Policer classify ${text}`);
    if (!('hit' in found)) {
      count('misses');
      return undefined;
    }
    count(found.chained ? 'hits after chain walk' : 'hits');
    const passes = this.dataplane.policers.policeBy(found.hit.hitNext, ipBytes);
    return passes ? undefined : `${family}-policer-classify/Policer classify action drop`;
  }

  private lookUp(use: ClassifyUse, family: Classified, swIfIndex: number, frame: Uint8Array): Lookup | undefined {
    const { classifier } = this.dataplane;
    const first = classifier.get(classifier.tableOf(use, swIfIndex, family));
    let missNext = DENY + 1;
    for (let table = first; table !== undefined; table = classifier.get(table.next)) {
      const hit = table.sessions.get(keyIn(table, frame));
      if (hit) return { hit, chained: table !== first };
      missNext = table.missNext;
    }
    return first && { missNext };
  }
}

/** As the table keeps its entries. */
const keyIn = ({ skip, mask }: ClassifyTable, frame: Uint8Array): string =>
  mask.map((bits, at) => (frame[skip * VECTOR + at] ?? 0) & bits).join();
