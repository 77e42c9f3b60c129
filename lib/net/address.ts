const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const [DOT, ZERO] = [46, 48] as const;
const MAC = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$/i;

export const ANY_IP4 = '0.0.0.0';
export const BROADCAST_IP4 = '255.255.255.255';
export const BROADCAST_MAC = 'ff:ff:ff:ff:ff:ff';

/** Dotted text of the four bytes at `at`; the caller has checked that they are there. */
export function ip4At(bytes: Uint8Array, at: number): string {
  const a = bytes[at] ?? 0;
  const b = bytes[at + 1] ?? 0;
  const c = bytes[at + 2] ?? 0;
  const d = bytes[at + 3] ?? 0;
  return a === 0 && b === 0 && c === 0 && d === 0 ? ANY_IP4 : `${a}.${b}.${c}.${d}`;
}

/** The 32-bit number of dotted text, undefined when the text is no IPv4 address. */
export function ip4Number(text: string): number | undefined {
  let [value, part, digits, dots] = [0, 0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return undefined;
      value = value * 256 + part;
      part = digits = 0;
    } else {
      if (code < ZERO || code > ZERO + 9 || ++digits > 3) return undefined;
      part = part * 10 + code - ZERO;
      if (part > 255) return undefined;
    }
  }
  return dots === 3 && digits > 0 ? value * 256 + part : undefined;
}

/** Dotted text of a 32-bit number. */
export const ip4Text = (value: number): string =>
  `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;

/** Four bytes of dotted text; throws RangeError on anything else, because the caller made the text. */
export function ip4Bytes(text: string): Uint8Array {
  const value = ip4Number(text);
  if (value === undefined) throw new RangeError(`"${text}" is not an IPv4 address`);
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

/** Lower-case colon text of the six bytes at `at`. */
export function macAt(bytes: Uint8Array, at: number): string {
  return `${HEX[bytes[at] ?? 0]}:${HEX[bytes[at + 1] ?? 0]}:${HEX[bytes[at + 2] ?? 0]}:${HEX[bytes[at + 3] ?? 0]}:${HEX[bytes[at + 4] ?? 0]}:${HEX[bytes[at + 5] ?? 0]}`;
}

/** Six bytes of `aa:bb:cc:dd:ee:ff` or `aa-bb-...`; throws RangeError on anything else. */
export function macBytes(text: string): Uint8Array {
  if (!MAC.test(text)) throw new RangeError(`"${text}" is not a MAC address`);
  return Uint8Array.from([0, 3, 6, 9, 12, 15], (at) => Number.parseInt(text.slice(at, at + 2), 16));
}

/**
 * Plain hex of any bytes.
 * @public
 */
export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}
