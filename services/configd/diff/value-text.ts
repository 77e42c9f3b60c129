import { formatRateBps } from '#lib/policy/rate-text.js';
import { isRule, ruleText } from './rule-text.js';

type Plain = Readonly<Record<string, unknown>>;

export const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const capitals = new Set(['vlan', 'mac', 'mtu', 'ip', 'acl', 'vrf', 'dhcp', 'nat', 'ra', 'ttl', 'bvi', 'dscp', 'id']);
/** Ends of field names that say the unit; the value says it instead. */
const unitEnd = /(Bps|Kbps|Bytes|Ms|S)$/;

/** A field's name in words: `outer VLAN` for `outerVlan`, `cir` for `cirBps`. */
export function fieldName(field: string): string {
  const words = field
    .replace(unitEnd, '')
    .replaceAll('_', ' ')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.replaceAll(/\S+/g, (word) => (capitals.has(word) ? word.toUpperCase() : word));
}

const units: Readonly<Record<string, (value: number) => string>> = {
  Bps: (value) => formatRateBps(value),
  Kbps: (value) => formatRateBps(value * 1000),
  Bytes: (value) => `${value} bytes`,
  Ms: (value) => `${value} ms`,
  S: (value) => `${value} s`,
};

/** Keys of other objects, `vrf/blue`: only their name is said. */
const reference = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\/(?=[A-Za-z])/;

/** A scalar of a field as people write it. */
export function scalarText(field: string, value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'string') return value === '' ? 'none' : value.replace(reference, '');
  const unit = unitEnd.exec(field)?.[1];
  if (typeof value === 'number' && unit !== undefined) return units[unit]?.(value) ?? String(value);
  return String(value);
}

/** What goes without saying. */
const isUsual = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  value === 0 ||
  (Array.isArray(value) && value.length === 0);

const itemsShown = 3;

/** The first of several texts, and how many more there are. */
export function some(texts: readonly string[], limit = itemsShown): string {
  const more = texts.length - limit;
  return more > 0 ? `${texts.slice(0, limit).join(', ')} and ${more} more` : texts.join(', ');
}

/** An item of a list. */
export function itemText(item: unknown): string {
  if (isRule(item)) return ruleText(item);
  return isPlain(item) ? detailsOf(item).join(' ') : scalarText('', item);
}

/** The fields of an object worth saying, `outer VLAN 100`; those that `known` contains already are left out. */
export function detailsOf(spec: Plain, known = ''): string[] {
  return Object.entries(spec).flatMap(([field, value]) => {
    if (isUsual(value) || (field === 'enabled' && value === true)) return [];
    if (isPlain(value)) return detailsOf(value, known).map((text) => `${fieldName(field)} ${text}`);
    if (Array.isArray(value)) return [listText(field, value)];
    const text = scalarText(field, value);
    return contains(known, text) ? [] : [value === true ? fieldName(field) : `${fieldName(field)} ${text}`];
  });
}

function listText(field: string, items: readonly unknown[]): string {
  if (items.length > itemsShown) return `${items.length} ${fieldName(field)}`;
  return `${fieldName(field)} ${[...new Set(items.map(itemText))].join(', ')}`;
}

/** Whether a name says a value as one of its parts: `access.100.7` says 7. */
const contains = (name: string, part: string): boolean =>
  name.includes(part) && (name.split(/[./]/).includes(part) || `/${name}/`.includes(`/${part}/`));
