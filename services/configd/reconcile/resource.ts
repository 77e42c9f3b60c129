import type { z } from 'zod';
import type { Operation } from '#lib/vpp/message.js';
import type { Dataplane } from '../dataplane.js';
import type { Script } from './script.js';

/** One piece of desired state. `key` starts with the kind, `spec` is what the kind's schema parses to (plain JSON). */
export interface Resource {
  readonly kind: string;
  readonly key: string;
  readonly spec: unknown;
}

/** What a kind's operation may use. */
export interface KindContext {
  readonly vpp: Dataplane;
  /** The handle of a resource this one needs; throws `internal` when it is not there (the engine orders steps so that it is). */
  handle<H>(key: string): H;
}

/** What a kind may use to read VPP back; dumps are shared by all kinds of one pass. */
export interface ReadContext extends KindContext {
  /** Result of `load`, which runs once per pass and `name`. */
  shared<T>(name: string, load: () => Promise<T>): Promise<T>;
  /** What this pass found so far: kinds are read in the order of their list, so that a kind sees those it hangs on. */
  found(key: string): Found | undefined;
  /** All of one kind found so far. */
  foundOf(kind: string): ReadonlyMap<string, Found>;
  /** Whether an apply that was cut off may have made it; `wanted` of `read` has it then. */
  isClaimed(key: string): boolean;
}

/** One object as VPP has it. */
export interface Found<S = unknown, H = unknown> {
  readonly spec: S;
  readonly handle: H;
  /** Put there by us (tag, name prefix, or hanging on an interface of ours): removed when nobody wants it. */
  readonly ours: boolean;
}

/**
 * How one kind of resource is made in VPP. It knows no ordering: the engine calls `create` when everything in `needs` exists,
 * and `remove` when nothing needs the resource any more. Errors are thrown; a step that fails leaves nothing behind.
 */
export interface ResourceKind<S = unknown, H = unknown> {
  readonly kind: string;
  readonly schema: z.ZodType<S>;
  key(spec: S): string;
  /** Keys that must exist before and during the life of this one. */
  needs(spec: S): string[];
  /** Absent: equal as JSON. */
  equal?(a: S, b: S): boolean;
  /**
   * Everything of this kind in VPP, by key; `wanted` are the specs somebody wants, or may have got when an apply was cut off, so
   * that a kind can tell an equal thing written differently. Absent: VPP cannot say, so the resource is asserted again (`create` must bear that).
   */
  read?(ctx: ReadContext, wanted: ReadonlyMap<string, S>): Promise<Map<string, Found<S, H>>>;
  /** Operations that not every VPP offers: where one is missing nothing of this kind is read, and making it fails. */
  readonly optional?: readonly Operation[];
  /** `start`: reading is costly or disturbing, so it is left out of periodic audits. */
  readonly readAt?: 'start';
  /** VPP does not tell all of it: whether what it tells fits what is wanted. Absent: it is compared whole. */
  fits?(wanted: S, found: Found<S, H>): boolean;
  /** Makes it. May meet what an unreadable kind left there before. */
  create(ctx: KindContext, spec: S): Promise<H> | Script<H>;
  /** Absent, or undefined as answer of `updatable`: changes recreate it and what depends on it. */
  update?(ctx: KindContext, handle: H, from: S, to: S): Promise<H> | Script<H>;
  /** Whether `update` can do this change; absent: any change. */
  updatable?(from: S, to: S): boolean;
  remove(ctx: KindContext, handle: H, spec: S): Promise<void> | Script<null>;
  /** Removing it ends other owners that need it (a line under sessions); otherwise such a removal is refused. */
  readonly evicts?: boolean;
}

/** A kind with its maker of resources. */
export interface Kind<S, H, I> extends ResourceKind<S, H> {
  /** A resource of this kind from what the schema takes (defaults may be left out); throws ZodError. */
  of(spec: I): Resource & { readonly spec: S };
}

/** A resource that knows what it needs: asked for at each plan, each execution and each restore. */
class Made<S> implements Resource {
  readonly kind: string;
  readonly key: string;
  #needs: readonly string[] | undefined;

  constructor(
    kind: ResourceKind<S>,
    readonly spec: S,
  ) {
    this.kind = kind.kind;
    this.key = kind.key(spec);
  }

  static needsOf(resource: Resource, kind: AnyKind): readonly string[] {
    if (!(resource instanceof Made)) return kind.needs(resource.spec);
    resource.#needs ??= kind.needs(resource.spec);
    return resource.#needs;
  }
}

/** Keys that must exist before and during the life of a resource. */
export const needsOf = Made.needsOf;

/** Names the types of a kind and adds `of`. */
export function resource<S, H, I = S>(kind: ResourceKind<S, H> & { schema: z.ZodType<S, I> }): Kind<S, H, I> {
  return {
    ...kind,
    of(spec) {
      const parsed = kind.schema.parse(spec);
      return new Made(kind, parsed);
    },
  };
}

/** Any kind, its types forgotten: what the engine holds. */
// biome-ignore lint/suspicious/noExplicitAny: specs and handles of different kinds meet in one list
export type AnyKind = ResourceKind<any, any>;
