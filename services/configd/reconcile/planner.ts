import { type Changes, findChanges } from './changes.js';
import type { Desired, ResourceSet } from './desired.js';
import type { Kinds } from './kinds.js';
import { planSteps, planWaves } from './order.js';
import type { Plan } from './plan.js';
import type { RecordedState } from './recorded.js';
import type { Resource } from './resource.js';

/** Makes plans from what is recorded and what is wanted; sends nothing and changes nothing. */
export class Planner {
  constructor(
    private readonly kinds: Kinds,
    private readonly recorded: RecordedState,
    private readonly desired: Desired,
  ) {}

  /** Another number after each change of what plans are made from. */
  get revision(): number {
    return this.recorded.revision + this.desired.revision;
  }

  /** The plan to give an owner a new set; what other owners want stays. Throws `conflict` or `failed_precondition`. */
  forOwner(owner: string, wanted: ResourceSet): Plan {
    const { desired, recorded } = this;
    const change = desired.change(owner, wanted);
    desired.check(owner, change.fresh);
    const scope = [...change.gone];
    for (const [key, resource] of wanted)
      if (recorded.get(key)?.resource !== desired.inForce(resource)) scope.push(key);
    return this.make(
      { owner, wanted, change },
      scope,
      (key) => desired.inForce(wanted.get(key)) ?? desired.get(key, owner),
    );
  }

  /** The plan to bring these keys to what is wanted by anybody, those in `except` to nothing; `on` is told as its owner. */
  forKeys(scope: Iterable<string>, except: ReadonlySet<string>, on = 'restore'): Plan {
    const target = (key: string) => (except.has(key) ? undefined : this.desired.get(key));
    return this.make({ owner: on, wanted: new Map(), change: { fresh: [], gone: [] } }, scope, target);
  }

  private make(
    asked: Pick<Plan, 'owner' | 'wanted' | 'change'>,
    scope: Iterable<string>,
    target: (key: string) => Resource | undefined,
  ): Plan {
    const { kinds, recorded, desired } = this;
    const changes = findChanges({ kinds, recorded, desired, scope, target });
    return {
      ...asked,
      revision: this.revision,
      steps: planSteps(changes, recorded),
      waves: planWaves(changes, recorded, kinds),
      evicted: [...changes.evicted].sort(),
      affected: this.affectedBy(changes, asked.owner),
    };
  }

  private affectedBy({ changes, evicted }: Changes, owner: string): string[] {
    const affected = new Set(evicted);
    for (const key of changes.keys())
      for (const holder of this.desired.holdersOf(key) ?? []) if (holder !== owner) affected.add(holder);
    return [...affected].sort();
  }
}
