import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AttributeRow, attributeRow, type Encryption } from './attribute-row.js';
import {
  byte,
  date,
  ethernet,
  integer,
  integer64,
  interfaceId,
  ipv4Address,
  ipv4Prefix,
  ipv6Address,
  ipv6Prefix,
  octets,
  short,
  signed,
  text,
  type ValueCodec,
} from './value-codec.js';

const codecs: ReadonlyMap<string, ValueCodec<unknown>> = new Map(
  [text, octets, integer, ipv4Address, date, ipv6Address, ipv6Prefix, ipv4Prefix]
    .concat([interfaceId, ethernet, byte, short, signed, integer64] as never[])
    .map((codec): [string, ValueCodec<unknown>] => [codec.name, codec as ValueCodec<unknown>])
    .concat([
      ['uint8', byte as ValueCodec<unknown>],
      ['uint16', short as ValueCodec<unknown>],
      ['uint32', integer as ValueCodec<unknown>],
      ['uint64', integer64 as ValueCodec<unknown>],
    ]),
);

/** Attributes by name, as a set of FreeRADIUS dictionaries defines them. */
export interface Dictionary {
  readonly rows: ReadonlyMap<string, AttributeRow<unknown>>;
  /** Enterprise numbers by vendor name. */
  readonly vendors: ReadonlyMap<string, number>;
  /** Definitions this codec cannot carry (nested TLVs, `encrypt=3`, vendor formats other than 1,1), as `file:line name`. */
  readonly skipped: readonly string[];
}

interface LoadState {
  readonly rows: Map<string, AttributeRow<unknown>>;
  readonly values: Map<string, Map<string, number>>;
  readonly vendors: Map<string, number>;
  readonly foreignFormats: Set<number>;
  readonly skipped: string[];
  readonly read: (path: string) => string;
  readonly open: readonly string[];
}

/** Where a line stands: open BEGIN-VENDOR and BEGIN-TLV blocks do not cross files. */
interface FileState {
  vendor: number;
  tlvDepth: number;
}

/**
 * Loads a dictionary in FreeRADIUS 3 format, following `$INCLUDE` and `$INCLUDE-` (may be missing).
 * A later definition of a name replaces an earlier one, as FreeRADIUS does.
 * @throws Error naming `file:line` on a line that cannot be understood.
 */
export function loadDictionary(path: string, read = (file: string) => readFileSync(file, 'utf8')): Dictionary {
  const state: LoadState = {
    rows: new Map(),
    values: new Map(),
    vendors: new Map(),
    foreignFormats: new Set(),
    skipped: [],
    read,
    open: [],
  };
  loadFile(path, state, 0);
  for (const [name, values] of state.values) {
    const row = state.rows.get(name);
    if (row) state.rows.set(name, { ...row, values });
  }
  return { rows: state.rows, vendors: state.vendors, skipped: state.skipped };
}

function loadFile(path: string, parent: LoadState, vendor: number): void {
  if (parent.open.includes(path)) throw new Error(`${path}: includes itself`);
  const state = { ...parent, open: [...parent.open, path] };
  const file: FileState = { vendor, tlvDepth: 0 };
  for (const [index, content] of state.read(path).split('\n').entries()) {
    const words = content.replace(/#.*/, '').trim().split(/\s+/);
    const where = `${path}:${index + 1}`;
    const keyword = words[0] ?? '';
    if (keyword === '') continue;
    const load = keywords[keyword.toUpperCase()] ?? fail(where, `unknown keyword ${keyword}`);
    load({ words, where, path }, state, file);
  }
}

/** One dictionary line with where it stands. */
interface Line {
  readonly words: readonly string[];
  readonly where: string;
  readonly path: string;
}

const keywords: Readonly<Record<string, (line: Line, state: LoadState, file: FileState) => void>> = {
  $INCLUDE: ({ words, path }, state, file) => loadFile(join(dirname(path), words[1] ?? ''), state, file.vendor),
  '$INCLUDE-': ({ words, path }, state, file) => loadOptional(join(dirname(path), words[1] ?? ''), state, file.vendor),
  VENDOR: ({ words, where }, state) => addVendor(words, where, state),
  'BEGIN-VENDOR': ({ words, where }, state, file) => {
    file.vendor = state.vendors.get(words[1] ?? '') ?? fail(where, `unknown vendor ${words[1]}`);
  },
  'END-VENDOR': (_, __, file) => {
    file.vendor = 0;
  },
  'BEGIN-TLV': (_, __, file) => {
    file.tlvDepth++;
  },
  'END-TLV': (_, __, file) => {
    file.tlvDepth--;
  },
  ATTRIBUTE: ({ words, where }, state, file) => addAttribute(words, where, state, file),
  VALUE: ({ words, where }, state) => addValue(words, where, state),
};

function loadOptional(path: string, state: LoadState, vendor: number): void {
  try {
    state.read(path);
  } catch {
    return;
  }
  loadFile(path, state, vendor);
}

function addVendor(words: readonly string[], where: string, state: LoadState): void {
  const [, name, number, format = 'format=1,1'] = words;
  const vendor = parseNumber(number, where);
  if (!name) fail(where, 'VENDOR name number');
  state.vendors.set(name, vendor);
  if (format !== 'format=1,1') state.foreignFormats.add(vendor);
}

function addAttribute(words: readonly string[], where: string, state: LoadState, file: FileState): void {
  const [, name, oid, typeName, ...rest] = words;
  if (!name || !oid || !typeName) fail(where, 'ATTRIBUTE name number type');
  const options = rest.join(',').split(',');
  const vendor = options.map((word) => state.vendors.get(word)).find((found) => found !== undefined) ?? file.vendor;
  const codec = codecs.get(typeName.toLowerCase().replace(/\[\d+\]$/, '')) ?? (octets as ValueCodec<unknown>);
  const type = oid.includes('.') ? Number.NaN : parseNumber(oid, where);
  const carried = file.tlvDepth === 0 && type >= 0 && type <= 255 && !state.foreignFormats.has(vendor);
  if (!carried || options.includes('encrypt=3')) {
    state.skipped.push(`${where} ${name}`);
    return;
  }
  const encrypt: Encryption = options.includes('encrypt=1') ? 1 : options.includes('encrypt=2') ? 2 : 0;
  state.rows.set(name, attributeRow(name, type, codec, { vendor, encrypt, tagged: options.includes('has_tag') }));
}

function addValue(words: readonly string[], where: string, state: LoadState): void {
  const [, attributeName, name, number] = words;
  if (!attributeName || !name) fail(where, 'VALUE attribute name number');
  const values = state.values.get(attributeName) ?? new Map<string, number>();
  state.values.set(attributeName, values.set(name, parseNumber(number, where)));
}

function parseNumber(word: string | undefined, where: string): number {
  const number = Number(word);
  return word && Number.isSafeInteger(number) ? number : fail(where, `"${word}" is not a number`);
}

function fail(where: string, message: string): never {
  throw new Error(`${where}: ${message}`);
}
