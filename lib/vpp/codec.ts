import { crc32 } from './crc.js';
import { Reader, utf8, WireError, type Writer } from './wire.js';

/**
 * One VPP API type: both directions on the wire, and its share of the message CRC.
 * `repr` is the type as vppapigen prints it in a field list; `fold` folds a named type's own text into the CRC.
 */
export interface Codec<T> {
  write(w: Writer, value: T): void;
  read(r: Reader): T;
  /** The field as vppapigen prints it, for example `['u8', 'mac', 6, None]`. */
  repr(field: string): string;
  /** CRC continued over this type's own definition; scalars leave it alone. */
  fold(crc: number): number;
}

/** A variable-length array whose element count is the earlier sibling field `countField`. */
export interface Vla<T, C extends string> extends Codec<T[]> {
  readonly countField: C;
  readN(r: Reader, count: number): T[];
}

// biome-ignore lint/suspicious/noExplicitAny: a field list holds codecs of every value type
export type Fields = Record<string, Codec<any>>;
type CountKeys<F extends Fields> = { [K in keyof F]: F[K] extends Vla<unknown, infer C> ? C : never }[keyof F];
// biome-ignore lint/suspicious/noExplicitAny: inference only
type ValueOf<C> = C extends Codec<infer T> ? T : any;
/** The values of a field list. Counts of variable-length arrays are left out: they follow from the array. */
export type FieldValues<F extends Fields> = { [K in Exclude<keyof F, CountKeys<F>>]: ValueOf<F[K]> };

function scalar<T>(name: string, read: (r: Reader) => T, write: (w: Writer, v: T) => void): Codec<T> {
  return { read, write, repr: (field) => `['${name}', '${field}']`, fold: (crc) => crc };
}

export const u8 = scalar<number>(
  'u8',
  (r) => r.u8(),
  (w, v) => w.u8(v),
);
export const u16 = scalar<number>(
  'u16',
  (r) => r.u16(),
  (w, v) => w.u16(v),
);
export const u32 = scalar<number>(
  'u32',
  (r) => r.u32(),
  (w, v) => w.u32(v),
);
/** Two's complement over the wire's u16. */
export const i16: Codec<number> = scalar<number>(
  'i16',
  (r) => (r.u16() << 16) >> 16,
  (w, v) => w.u16(v < 0 && v >= -0x8000 ? v + 0x10000 : v),
);
export const i32 = scalar<number>(
  'i32',
  (r) => r.i32(),
  (w, v) => w.i32(v),
);
export const u64 = scalar<bigint>(
  'u64',
  (r) => r.u64(),
  (w, v) => w.u64(v),
);
/** The one little-endian scalar of the API. */
export const f64 = scalar<number>(
  'f64',
  (r) => r.f64(),
  (w, v) => w.f64(v),
);
export const bool = scalar<boolean>(
  'bool',
  (r) => r.u8() !== 0,
  (w, v) => w.u8(v ? 1 : 0),
);

/** `string name[size]`: fixed, NUL-padded; a longer value is refused. `size` 0: u32 length + bytes, the last field. */
export function string(size: number): Codec<string> {
  const repr = (field: string) => `['string', '${field}', ${size}, None]`;
  const fold = (crc: number) => crc;
  if (size === 0) return { repr, fold, read: readLongString, write: writeLongString };
  return {
    repr,
    fold,
    read: (r) => r.text(size),
    write: (w, value) => w.text(value, size),
  };
}

function readLongString(r: Reader): string {
  const length = r.u32();
  const at = r.take(length);
  let end = at + length;
  while (end > at && r.bytes[end - 1] === 0) end--;
  return utf8(r.bytes, at, end);
}

function writeLongString(w: Writer, value: string): void {
  const bytes = Buffer.from(value);
  w.u32(bytes.length);
  w.padded(bytes, bytes.length);
}

/** `u8 name[size]` kept as bytes; shorter input is zero-padded. */
export function bytes(size: number): Codec<Uint8Array> {
  return {
    repr: (field) => `['u8', '${field}', ${size}, None]`,
    fold: (crc) => crc,
    read: (r) => r.slice(size),
    write(w, value) {
      if (value.length > size) throw new RangeError(`${value.length} bytes do not fit into ${size}`);
      w.padded(value, size);
    },
  };
}

const elementName = (element: Codec<unknown>) => /^\['([^']+)'/.exec(element.repr('x'))?.[1] ?? '';

/** `T name[length]`: exactly `length` elements. */
export function array<T>(element: Codec<T>, length: number): Codec<T[]> {
  return {
    repr: (field) => `['${elementName(element)}', '${field}', ${length}, None]`,
    fold: (crc) => element.fold(crc),
    read: (r) => Array.from({ length }, () => element.read(r)),
    write(w, value) {
      if (value.length !== length) throw new RangeError(`array of ${length} elements wanted, got ${value.length}`);
      for (const item of value) element.write(w, item);
    },
  };
}

/**
 * `T name[length]` of `elementBytes` each, mostly empty: fewer elements are zero-padded,
 * and trailing all-zero elements are dropped on reading.
 */
export function sparseArray<T>(element: Codec<T>, length: number, elementBytes: number): Codec<T[]> {
  return {
    ...array(element, length),
    read(r) {
      const at = r.take(length * elementBytes);
      let end = at + length * elementBytes;
      while (end > at && r.bytes[end - 1] === 0) end--;
      const inner = new Reader(r.bytes.subarray(at, at + length * elementBytes));
      return Array.from({ length: Math.ceil((end - at) / elementBytes) }, () => element.read(inner));
    },
    write(w, value) {
      if (value.length > length) throw new RangeError(`${value.length} elements do not fit into ${length}`);
      for (const item of value) element.write(w, item);
      w.zeros((length - value.length) * elementBytes);
    },
  };
}

/** `T name[countField]`: elements only; the count travels in the earlier field, which the encoder fills. */
export function vla<T, C extends string>(element: Codec<T>, countField: C): Vla<T, C> {
  const readN = (r: Reader, count: number): T[] => {
    if (count > r.remaining) throw new WireError(`${count} elements announced, ${r.remaining} bytes left`);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(element.read(r));
    return items;
  };
  return {
    countField,
    readN,
    repr: (field) => `['${elementName(element)}', '${field}', 0, '${countField}']`,
    fold: (crc) => element.fold(crc),
    read: () => {
      throw new WireError('a variable-length array is read through its struct');
    },
    write(w, value) {
      for (const item of value) element.write(w, item);
    },
  };
}

const named = (name: string, field: string) => `['vl_api_${name}_t', '${field}']`;

/** `typedef T name`: same wire as the aliased type; the CRC folds a literal `[]`. */
export function alias<T>(name: string, base: Codec<T>): Codec<T> {
  return { read: base.read, write: base.write, repr: (field) => named(name, field), fold: (crc) => crc32('[]', crc) };
}

export interface EnumCodec<V extends Record<string, number>> extends Codec<number> {
  /** Member numbers by VPP's own names. */
  readonly values: Readonly<V>;
}

/**
 * An enum or enumflag stored as `storage`. `compat` names the members VPP tags `[backwards_compatible]`,
 * which stay out of the CRC.
 */
export function enumeration<V extends Record<string, number>>(
  name: string,
  storage: Codec<number>,
  values: V,
  compat: readonly (keyof V & string)[] = [],
): EnumCodec<V> {
  const shown = Object.entries(values).filter(([member]) => !compat.includes(member));
  const text = `[${shown.map(([member, value]) => `['${member}', ${value}]`).join(', ')}]`;
  return {
    values,
    read: storage.read,
    write: storage.write,
    repr: (field) => named(name, field),
    fold: (crc) => crc32(text, crc),
  };
}

/** The field list as vppapigen prints it. */
export const fieldsText = (fields: Fields): string =>
  `[${Object.entries(fields)
    .map(([field, codec]) => codec.repr(field))
    .join(', ')}]`;

/** Folds each field's type in order. */
export const foldFields = (fields: Fields, crc: number): number =>
  Object.values(fields).reduce((sum, codec) => codec.fold(sum), crc);

const isVla = (codec: Codec<unknown>): codec is Vla<unknown, string> => 'countField' in codec;

/** Reader and writer of a field list, without any name. */
export function fieldList<F extends Fields>(fields: F) {
  const entries = Object.entries(fields);
  const countOf = new Map(
    entries.filter(([, c]) => isVla(c)).map(([key, c]) => [(c as Vla<unknown, string>).countField, key]),
  );
  const steps = entries.map(([key, codec]) => ({
    key,
    codec,
    vla: isVla(codec) ? codec : undefined,
    counts: countOf.get(key),
  }));
  return {
    read(r: Reader): FieldValues<F> {
      const value: Record<string, unknown> = {};
      const counts: Record<string, number> = {};
      for (const step of steps) {
        if (step.counts !== undefined) counts[step.key] = step.codec.read(r);
        else if (step.vla) value[step.key] = step.vla.readN(r, counts[step.vla.countField] ?? 0);
        else value[step.key] = step.codec.read(r);
      }
      return value as FieldValues<F>;
    },
    write(w: Writer, value: FieldValues<F>): void {
      const source = value as Record<string, unknown>;
      for (const { key, codec, counts } of steps)
        codec.write(w, counts === undefined ? source[key] : (source[counts] as unknown[]).length);
    },
  };
}

/** A typedef with fields. */
export function struct<F extends Fields>(name: string, fields: F): Codec<FieldValues<F>> {
  const list = fieldList(fields);
  const text = fieldsText(fields);
  return { ...list, repr: (field) => named(name, field), fold: (crc) => foldFields(fields, crc32(text, crc)) };
}

/** A union of `size` bytes, kept raw: smaller arms are left-aligned and zero-padded. */
export function union(name: string, size: number, arms: Fields): Codec<Uint8Array> {
  const text = fieldsText(arms);
  const raw = bytes(size);
  return {
    read: raw.read,
    write: raw.write,
    repr: (field) => named(name, field),
    fold: (crc) => foldFields(arms, crc32(text, crc)),
  };
}

/** Same wire and CRC as `base`, another value in TypeScript (an address as text, say). */
export function mapped<W, T>(base: Codec<W>, from: (wire: W) => T, to: (value: T) => W): Codec<T> {
  return { ...base, read: (r) => from(base.read(r)), write: (w, value) => base.write(w, to(value)) };
}
