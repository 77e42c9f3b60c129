import { BngError } from '#lib/kernel/errors.js';
import type { Kinds } from './kinds.js';
import type { Resource } from './resource.js';

/** One owner's resources by key. */
export type ResourceSet = ReadonlyMap<string, Resource>;

const nothing: ResourceSet = new Map();

/** From one set of an owner to another: the resources that are not the very same objects, and the keys that are gone. */
export interface OwnerChange {
  readonly fresh: readonly Resource[];
  readonly gone: readonly string[];
}

/** Resources by key; the same key twice with different specs is refused (`conflict`). */
export function resourceSet(resources: Iterable<Resource>, kinds: Kinds): ResourceSet {
  const set = new Map<string, Resource>();
  for (const resource of resources) {
    const twin = set.get(resource.key);
    if (twin && !kinds.equal(twin, resource)) throw new BngError('conflict', `${resource.key} is wanted in two ways`);
    set.set(resource.key, resource);
  }
  return set;
}

/**
 * What VPP shall hold instead of what is wanted, for the time being: a route without the next hops that do not answer.
 * Key and kind stay. Pure at any moment; when its answer changes, `Engine.refresh` brings VPP after it.
 */
export type Overlay = (wanted: Resource) => Resource;

/** A resource and who wants it: most have one owner, so that a set for each would take more memory than the resources. */
interface Holding {
  resource: Resource;
  owners: string | Set<string>;
}

/** What every owner wants. Owners may want the same resource if they want it alike; it stays until the last one leaves. */
export class Desired {
  private readonly owners = new Map<string, ResourceSet>();
  private readonly holdings = new Map<string, Holding>();
  private changes = 0;

  constructor(
    private readonly kinds: Kinds,
    private readonly overlay: Overlay = (wanted) => wanted,
  ) {}

  get size(): number {
    return this.holdings.size;
  }

  /** Another number after each change. */
  get revision(): number {
    return this.changes;
  }

  of(owner: string): ResourceSet {
    return this.owners.get(owner) ?? nothing;
  }

  ownerNames(): IterableIterator<string> {
    return this.owners.keys();
  }

  keys(): IterableIterator<string> {
    return this.holdings.keys();
  }

  /** Whether anybody wants a key. */
  has(key: string): boolean {
    return this.holdings.has(key);
  }

  /** All that anybody wants; what several want comes several times. */
  *all(): IterableIterator<Resource> {
    for (const wanted of this.owners.values()) yield* wanted.values();
  }

  holdersOf(key: string): ReadonlySet<string> | undefined {
    const holding = this.holdings.get(key);
    return typeof holding?.owners === 'string' ? new Set([holding.owners]) : holding?.owners;
  }

  /** What VPP shall hold under a key for anybody except `owner`. */
  get(key: string, except?: string): Resource | undefined {
    const wanted = this.wanted(key, except);
    return wanted && this.overlay(wanted);
  }

  /** What VPP shall hold for a resource that is about to be wanted. */
  inForce(wanted: Resource | undefined): Resource | undefined {
    return wanted && this.overlay(wanted);
  }

  private wanted(key: string, except?: string): Resource | undefined {
    const holding = this.holdings.get(key);
    return holding && isHeldBeside(holding, except) ? holding.resource : undefined;
  }

  /** What an owner would want else with another set. */
  change(owner: string, wanted: ResourceSet): OwnerChange {
    const before = this.of(owner);
    const fresh: Resource[] = [];
    let kept = 0;
    for (const [key, resource] of wanted) {
      const was = before.get(key);
      if (was) kept++;
      if (was !== resource) fresh.push(resource);
    }
    return { fresh, gone: kept === before.size ? [] : [...before.keys()].filter((key) => !wanted.has(key)) };
  }

  /** Throws `conflict` when somebody else wants one of these differently. */
  check(owner: string, wanted: Iterable<Resource>): void {
    for (const resource of wanted) {
      const { key } = resource;
      const other = this.wanted(key, owner);
      if (!other || this.kinds.equal(other, resource)) continue;
      const [name = ''] = [...(this.holdersOf(key) ?? [])].filter((holder) => holder !== owner);
      throw new BngError('conflict', `${key} is wanted differently by ${name}`, { key, owner: name });
    }
  }

  /** Replaces an owner's set; an empty one forgets the owner. */
  set(owner: string, wanted: ResourceSet, { fresh, gone } = this.change(owner, wanted)): void {
    for (const key of gone) this.release(key, owner);
    for (const resource of fresh) this.hold(resource, owner);
    this.changes++;
    if (wanted.size === 0) this.owners.delete(owner);
    else this.owners.set(owner, wanted);
  }

  private hold(resource: Resource, owner: string): void {
    const holding = this.holdings.get(resource.key);
    if (!holding) {
      this.holdings.set(resource.key, { resource, owners: owner });
      return;
    }
    holding.resource = resource;
    if (holding.owners === owner) return;
    if (typeof holding.owners === 'string') holding.owners = new Set([holding.owners]);
    holding.owners.add(owner);
  }

  private release(key: string, owner: string): void {
    const holding = this.holdings.get(key);
    if (!holding) return;
    if (holding.owners === owner) this.holdings.delete(key);
    else if (typeof holding.owners !== 'string') holding.owners.delete(owner);
    if (holding.owners instanceof Set && holding.owners.size === 0) this.holdings.delete(key);
  }
}

function isHeldBeside({ owners }: Holding, except: string | undefined): boolean {
  if (except === undefined) return true;
  return typeof owners === 'string' ? owners !== except : owners.size > (owners.has(except) ? 1 : 0);
}
