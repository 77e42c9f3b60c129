import { BngError } from '#lib/kernel/errors.js';
import { jsonEqual } from './json-equal.js';
import { type AnyKind, needsOf, type Resource } from './resource.js';

/** The list of kinds by name, with what the engine asks them about a resource. */
export class Kinds {
  private readonly byName: ReadonlyMap<string, AnyKind>;

  constructor(readonly list: readonly AnyKind[]) {
    this.byName = new Map(list.map((kind) => [kind.kind, kind]));
  }

  of(resource: Pick<Resource, 'kind'>): AnyKind {
    const kind = this.byName.get(resource.kind);
    if (!kind) throw new BngError('internal', `no kind ${resource.kind}`);
    return kind;
  }

  needs(resource: Resource): readonly string[] {
    return needsOf(resource, this.of(resource));
  }

  equal(a: Resource, b: Resource): boolean {
    return this.isMet(a, b.spec);
  }

  /** Whether a spec of the same kind says the same. */
  isMet(wanted: Resource, actual: unknown): boolean {
    if (wanted.spec === actual) return true;
    return this.of(wanted).equal?.(wanted.spec, actual) ?? jsonEqual(wanted.spec, actual);
  }

  /** Whether a change can be made in place. */
  updatable(from: Resource, to: Resource): boolean {
    const kind = this.of(to);
    return kind.update !== undefined && (kind.updatable?.(from.spec, to.spec) ?? true);
  }
}
