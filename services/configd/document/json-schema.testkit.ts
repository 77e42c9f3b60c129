interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** Keywords that say nothing about what is accepted. */
const silent = ['$schema', 'title', 'description', 'default', 'examples', 'x-vpp'];

const typeOf = (value: unknown): string[] => {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number'];
  return [typeof value];
};

/**
 * What JSON Schema has against a value, by the keywords that our schema uses. Throws at a keyword it does not know,
 * so that nothing passes for want of understanding.
 */
export function objections(schema: unknown, value: unknown, path = ''): string[] {
  const rules = schema as Schema;
  const unknown = Object.keys(rules).filter((key) => !(key in keywords) && !silent.includes(key));
  if (unknown.length > 0) throw new Error(`${path}: keyword ${unknown.join(', ')} is not understood`);
  const types = [rules.type ?? []].flat();
  if (types.length > 0 && !typeOf(value).some((type) => types.includes(type))) return [`${path}: wrong type`];
  return Object.entries(keywords).flatMap(([name, keyword]) => (name in rules ? keyword(rules, value, path) : []));
}

type Keyword = (rules: Schema, value: unknown, path: string) => string[];
const unless = (holds: boolean, objection: string): string[] => (holds ? [] : [objection]);
const entries = (value: unknown) =>
  Object.entries(typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const size = (value: unknown) => (typeof value === 'number' ? value : Number.NaN);

const keywords: Readonly<Record<keyof Schema, Keyword>> = {
  type: () => [],
  properties: ({ properties = {} }, value, path) =>
    entries(value).flatMap(([key, child]) =>
      properties[key] ? objections(properties[key], child, `${path}/${key}`) : [],
    ),
  additionalProperties: ({ properties = {}, additionalProperties: rest }, value, path) =>
    entries(value)
      .filter(([key]) => !Object.hasOwn(properties, key))
      .flatMap(([key, child]) =>
        rest === false
          ? [`${path}/${key}: not known here`]
          : objections(rest === true ? {} : rest, child, `${path}/${key}`),
      ),
  propertyNames: ({ propertyNames }, value, path) =>
    entries(value).flatMap(([key]) =>
      unless(objections(propertyNames, key).length === 0, `${path}/${key}: wrong name`),
    ),
  required: ({ required = [] }, value, path) =>
    required.flatMap((key) =>
      unless(
        entries(value).some(([name]) => name === key),
        `${path}: "${key}" is missing`,
      ),
    ),
  items: ({ items }, value, path) => list(value).flatMap((item, index) => objections(items, item, `${path}/${index}`)),
  anyOf: ({ anyOf = [] }, value, path) =>
    unless(
      anyOf.some((form) => objections(form, value, path).length === 0),
      `${path}: no form fits`,
    ),
  allOf: ({ allOf = [] }, value, path) => allOf.flatMap((form) => objections(form, value, path)),
  enum: (rules, value, path) => unless((rules.enum ?? []).includes(value), `${path}: not one of the values`),
  const: (rules, value, path) => unless(rules.const === value, `${path}: not the value`),
  pattern: ({ pattern = '' }, value, path) =>
    unless(typeof value !== 'string' || new RegExp(pattern, 'u').test(value), `${path}: wrong form`),
  minimum: ({ minimum = 0 }, value, path) => unless(!(size(value) < minimum), `${path}: too small`),
  maximum: ({ maximum = 0 }, value, path) => unless(!(size(value) > maximum), `${path}: too large`),
  maxLength: ({ maxLength = 0 }, value, path) => unless(String(value).length <= maxLength, `${path}: too long`),
  minItems: ({ minItems = 0 }, value, path) => unless(list(value).length >= minItems, `${path}: too few`),
  maxItems: ({ maxItems = 0 }, value, path) => unless(list(value).length <= maxItems, `${path}: too many`),
};
