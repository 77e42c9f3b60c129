import type { Path } from './problem.js';

interface NamedList {
  readonly list: string;
  readonly by: Readonly<Record<string, string>>;
  /** Key of an address whose family is part of the name. */
  readonly familyOf?: string;
}

/** Lists of named things: their path (`*` is any name) and the keys that name an entry, with what an absent one stands for. */
const named: readonly NamedList[] = [
  { list: 'interfaces.*.subInterfaces', by: { vlan: '', outerVlan: '', innerVlan: '' } },
  { list: 'routes', by: { prefix: '', vrf: 'default' } },
  { list: 'dhcpRelay', by: { vrf: 'default' }, familyOf: 'server' },
];

/** Lists whose entries merge by name, for the documentation and its test. */
export const mergedLists = (): { list: string; keys: string[] }[] =>
  named.map(({ list, by }) => ({ list, keys: Object.keys(by) }));

const matches = (list: string, path: Path): boolean => {
  const steps = list.split('.');
  return steps.length === path.length && steps.every((step, i) => step === '*' || step === path[i]);
};

/** How entries of the list at `path` are named; undefined for lists that are replaced whole. */
export function entryNamer(path: Path): ((entry: unknown) => string | undefined) | undefined {
  const rule = named.find(({ list }) => matches(list, path));
  if (!rule) return undefined;
  const keys = Object.entries(rule.by);
  return (entry) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined;
    const fields = entry as Record<string, unknown>;
    const values = keys.map(([key, absent]) => fields[key] ?? absent);
    if (rule.familyOf !== undefined && String(fields[rule.familyOf]).includes(':')) values.push('ip6');
    return JSON.stringify(values.map((value) => (Array.isArray(value) ? value.map(String) : String(value))));
  };
}
