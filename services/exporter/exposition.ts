/** One line of Prometheus' text format. */
export interface Sample {
  /** The family's name, or with `_bucket`, `_sum`, `_count` behind it. */
  name: string;
  /** What stands between the braces, empty without labels. */
  labels: string;
  /** Value and, where given, timestamp. */
  value: string;
}

/** A metric with all its samples. */
export interface Family {
  name: string;
  help: string;
  type: string;
  samples: Sample[];
}

const COMMENT = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) ?(.*)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?[ \t]+(\S+(?:[ \t]+-?\d+)?)[ \t]*$/;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?Inf|NaN)(?:[ \t]+-?\d+)?$/i;
const SUFFIX = /_(?:bucket|sum|count)$/;

/** Text format 0.0.4 as families; lines that are none are left out and counted. Never throws. */
export function parseExposition(text: string): { families: Family[]; malformed: number } {
  const families = new Map<string, Family>();
  let malformed = 0;
  for (const line of text.split('\n')) {
    const comment = COMMENT.exec(line);
    if (comment) {
      const family = familyOf(families, comment[2] ?? '');
      if (comment[1] === 'HELP') family.help = comment[3] ?? '';
      else family.type = (comment[3] ?? '').trim();
      continue;
    }
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (VALUE.test(value)) owner(families, name).samples.push({ name, labels, value });
    else malformed++;
  }
  return { families: [...families.values()], malformed };
}

function familyOf(families: Map<string, Family>, name: string): Family {
  const known = families.get(name);
  if (known) return known;
  const family = { name, help: '', type: 'untyped', samples: [] };
  families.set(name, family);
  return family;
}

/** `x_bucket` belongs to `x` when x is a histogram or a summary. */
function owner(families: Map<string, Family>, name: string): Family {
  const base = families.get(name.replace(SUFFIX, ''));
  return base?.type === 'histogram' || base?.type === 'summary' ? base : familyOf(families, name);
}

/**
 * Families of several sources as one exposition: each family once, its type from the first source that has it.
 * Samples of another type under the same name, and repeats of the same labels, are left out and counted.
 */
export function mergeFamilies(sources: Iterable<readonly Family[]>): { families: Family[]; dropped: number } {
  const merged = new Map<string, Family>();
  const seen = new Set<string>();
  let dropped = 0;
  for (const families of sources)
    for (const family of families) {
      const target = merged.get(family.name) ?? { ...family, samples: [] };
      merged.set(family.name, target);
      const fresh = family.samples.filter(({ name, labels }) => {
        const key = `${name}{${labels}}`;
        if (target.type !== family.type || seen.has(key)) return false;
        seen.add(key);
        return true;
      });
      dropped += family.samples.length - fresh.length;
      target.samples.push(...fresh);
    }
  return { families: [...merged.values()], dropped };
}

/** Families in text format 0.0.4; empty ones are left out. */
export function renderExposition(families: Iterable<Family>): string {
  let text = '';
  for (const { name, help, type, samples } of families) {
    if (samples.length === 0) continue;
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    for (const sample of samples) text += `${sample.name}${sample.labels && `{${sample.labels}}`} ${sample.value}\n`;
  }
  return text;
}

export type Labels = Readonly<Record<string, string>>;

/** Labels in text form, values escaped. */
export const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')}"`)
    .join(',');

/** Adds a label to samples that do not have it. */
export function withLabel(families: readonly Family[], name: string, value: string): Family[] {
  const has = new RegExp(`(?:^|,)\\s*${name}\\s*=`);
  const added = labelText({ [name]: value });
  const labelled = (sample: Sample) =>
    has.test(sample.labels) ? sample : { ...sample, labels: [sample.labels, added].filter(Boolean).join(',') };
  return families.map((family) => ({ ...family, samples: family.samples.map(labelled) }));
}

/** A family of our own from labels and numbers. */
export function family(
  type: 'gauge' | 'counter',
  name: string,
  help: string,
  rows: Iterable<readonly [Labels, number | bigint]>,
): Family {
  const samples = Array.from(rows, ([labels, value]) => ({ name, labels: labelText(labels), value: String(value) }));
  return { name, help, type, samples };
}
