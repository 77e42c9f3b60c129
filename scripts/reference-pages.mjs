/**
 * Writes docs/reference: one page for each key of the configuration document, from its JSON Schema (descriptions, bounds,
 * defaults, what it becomes in VPP) and the examples under docs/reference/examples. `--schema FILE` takes the schema from
 * there instead of from the build; `--check` writes nothing and fails when a page is not what would be written.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url));
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, schema: { type: 'string' } } });

async function readSchema() {
  if (values.schema) return JSON.parse(readFileSync(values.schema, 'utf8'));
  const built = await import(new URL('../dist/services/configd/document/json-schema.js', import.meta.url));
  return JSON.parse(JSON.stringify(built.documentJsonSchema()));
}

const code = (value) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
const cell = (text) => text.replaceAll('|', '\\|');

/** The forms a value may have: those of its alternatives, or itself. */
const forms = (schema) => schema.anyOf?.flatMap(forms) ?? [schema];
/** The mapping that a value is, or that its items or values are; undefined for scalars. */
function mappingIn(schema) {
  for (const form of forms(schema)) {
    if (form.properties) return form;
    for (const inner of [form.items, form.additionalProperties])
      if (typeof inner === 'object' && mappingIn(inner)) return mappingIn(inner);
  }
  return undefined;
}

const bounds = ({ minimum, maximum }) =>
  minimum === undefined || Math.abs(maximum) >= Number.MAX_SAFE_INTEGER ? '' : ` ${minimum} to ${maximum}`;

/** What may be written, in a few words. */
function shape(schema) {
  if (schema.anyOf) return [...new Set(schema.anyOf.map(shape))].join(', or ');
  if (schema.enum) return schema.enum.map(code).join(', ');
  if ('const' in schema) return code(schema.const);
  if (schema.type === 'array') return `list of ${mappingIn(schema) ? 'entries' : shape(schema.items)}`;
  if (schema.properties) return 'mapping';
  if (schema.type === 'object') return `mapping from names`;
  if (schema.type === 'boolean') return '`true`, `false`';
  if (schema.type === 'integer' || schema.type === 'number') return `number${bounds(schema)}`;
  return 'text';
}

const isEmpty = (value) => typeof value === 'object' && Object.keys(value).length === 0;

function defaultOf(schema, isRequired) {
  if (isRequired) return 'required';
  return schema.default === undefined || isEmpty(schema.default) ? '' : code(schema.default);
}

const inVpp = (schema) => schema['x-vpp']?.replace(/[a-z0-9]+(?:_[a-z0-9]+)+/g, code) ?? '';

/** A table of a mapping's keys; `link` names the section of a key that is a mapping itself. */
function table(mapping, link) {
  const rows = Object.entries(mapping.properties).map(([key, schema]) => {
    const target = link(key, schema);
    const name = target ? `[${code(key)}](#${target})` : code(key);
    const isRequired = mapping.required?.includes(key) ?? false;
    return [name, shape(schema), defaultOf(schema, isRequired), schema.description ?? '', inVpp(schema)].map(cell);
  });
  const head = ['key', 'value', 'default', 'meaning', 'in VPP'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const anchor = (title) =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
/** Keys of mappings that hold others, outermost first; a mapping met again is described once. */
function sections(top, mapping) {
  const found = [];
  const known = new Map();
  const visit = (title, one) => {
    const section = { title, text: '' };
    found.push(section);
    const below = [];
    section.text = table(one, (key, schema) => {
      const inner = mappingIn(schema);
      if (!inner || isEmpty(inner.properties)) return undefined;
      const id = JSON.stringify(inner);
      if (!known.has(id)) {
        const taken = [...known.values()].includes(key);
        known.set(id, taken ? `${key} of ${title}` : key);
        below.push([known.get(id), inner]);
      }
      return anchor(known.get(id));
    });
    for (const [name, inner] of below) visit(name, inner);
  };
  visit(top, mapping);
  return found;
}

const notice = '<!-- Written by scripts/reference-pages.mjs from the schema; `make reference` writes it anew. -->';

function page(key, schema, example) {
  const mapping = mappingIn(schema);
  const [own, ...inner] = mapping ? sections(key, mapping) : [];
  const vpp = inVpp(schema);
  const unlessGiven = defaultOf(schema, false);
  const facts = [
    `The value is ${mapping ? `a ${shape(schema)}` : shape(schema)}${unlessGiven && `; absent: ${unlessGiven}`}.`,
    vpp && `In VPP: ${vpp}.`,
  ];
  const parts = [
    notice,
    `# ${key}`,
    schema.description,
    facts.filter(Boolean).join(' '),
    `## Example\n\n[\`examples/${key}.yaml\`](examples/${key}.yaml) applies as it stands:\n\n\`\`\`yaml\n${example.trimEnd()}\n\`\`\``,
    ...(own ? [`## Keys\n\n${own.text}`] : []),
    ...inner.map(({ title, text }) => `### ${title}\n\n${text}`),
  ];
  return `${parts.join('\n\n')}\n`;
}

function index(properties) {
  const rows = Object.entries(properties).map(
    ([key, schema]) => `| [${code(key)}](${key}.md) | ${cell(schema.description ?? '')} | ${cell(inVpp(schema))} |`,
  );
  const intro =
    'A configuration is a mapping with these keys, each optional. [The guide](../configuration.md) says how they are used together; `bngctl schema` prints the same as JSON Schema.';
  return `${[notice, '# Configuration reference', intro].join('\n\n')}\n\n| key | meaning | in VPP |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

function pagesOf({ properties }) {
  const example = (key) => {
    const file = join(folder, 'examples', `${key}.yaml`);
    if (!existsSync(file)) throw new Error(`docs/reference/examples/${key}.yaml is missing`);
    return readFileSync(file, 'utf8');
  };
  const pages = Object.entries(properties).map(([key, schema]) => [`${key}.md`, page(key, schema, example(key))]);
  return new Map([['index.md', index(properties)], ...pages]);
}

const pages = pagesOf(await readSchema());
const there = readdirSync(folder).filter((file) => file.endsWith('.md'));
const stale = [...pages].filter(
  ([file, text]) => !there.includes(file) || readFileSync(join(folder, file), 'utf8') !== text,
);
const left = there.filter((file) => !pages.has(file));
if (values.check) {
  for (const file of [...stale.map(([name]) => name), ...left])
    console.error(`docs/reference/${file} is not current; make reference`);
  process.exitCode = stale.length + left.length > 0 ? 1 : 0;
} else {
  for (const [file, text] of stale) writeFileSync(join(folder, file), text);
  for (const file of left) rmSync(join(folder, file));
}
console.log(`${pages.size} pages, ${stale.length + left.length} changed`);
