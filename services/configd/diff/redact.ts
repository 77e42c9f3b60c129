import { z } from 'zod';
import type { PlanStep } from '../reconcile/plan.js';
import type { AnyKind } from '../reconcile/resource.js';

/** Marks a field of a kind's schema whose value is never shown: `z.string().meta(secret)`. */
export const secret = { secret: true } as const;

const hidden = '(secret)';
const changed = '(another secret)';

type Path = readonly string[];
type Schema = Readonly<Record<string, unknown>>;

/** Replaces the secrets of steps by words, so that a diff says that one changed and not to what. */
export class Redactor {
  private readonly paths: ReadonlyMap<string, readonly Path[]>;

  constructor(kinds: readonly AnyKind[]) {
    const found = kinds.map(({ kind, schema }) => [kind, secretPaths(jsonSchema(schema), [])] as const);
    this.paths = new Map(found.filter(([, paths]) => paths.length > 0));
  }

  step<S extends Pick<PlanStep, 'kind' | 'before' | 'after'>>(step: S): S {
    const paths = this.paths.get(step.kind);
    if (!paths) return step;
    const { before, after } = step;
    return {
      ...step,
      ...(before !== undefined && {
        before: paths.reduce<unknown>((spec, path) => hide(spec, path, () => hidden), before),
      }),
      ...(after !== undefined && {
        after: paths.reduce<unknown>(
          (spec, path) =>
            hide(spec, path, (value) => (before === undefined || at(before, path) === value ? hidden : changed)),
          after,
        ),
      }),
    };
  }

  /** The secrets themselves, to find them where they must not be. */
  secretsOf({ kind, before, after }: Pick<PlanStep, 'kind' | 'before' | 'after'>): string[] {
    const values = (this.paths.get(kind) ?? []).flatMap((path) => [at(before, path), at(after, path)]);
    return values.filter((value): value is string => typeof value === 'string' && value !== '');
  }
}

const jsonSchema = (schema: z.ZodType): Schema => z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

function secretPaths(schema: Schema, path: Path): Path[] {
  if (schema.secret === true) return [path];
  const alternatives = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (Array.isArray(list) ? list : []));
  return [
    ...alternatives.filter(isSchema).flatMap((one) => secretPaths(one, path)),
    ...Object.entries(isSchema(schema.properties) ? schema.properties : {}).flatMap(([name, field]) =>
      isSchema(field) ? secretPaths(field, [...path, name]) : [],
    ),
  ];
}

function at(spec: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, name) => (isSchema(value) ? value[name] : undefined), spec);
}

function hide(spec: unknown, [name, ...rest]: Path, instead: (value: unknown) => string): unknown {
  if (name === undefined) return instead(spec);
  if (!isSchema(spec) || spec[name] === undefined) return spec;
  return { ...spec, [name]: hide(spec[name], rest, instead) };
}
