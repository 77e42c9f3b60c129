/** IPv4 text of four bytes at `at`. */
export function formatIp4(b: Uint8Array, at = 0): string {
  return `${b[at]}.${b[at + 1]}.${b[at + 2]}.${b[at + 3]}`;
}

/** Where the longest run of two or more zero groups starts and ends; RFC 5952 section 4.2. */
function longestZeroRun(groups: readonly number[]): [start: number, end: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > best[1] - best[0]) best = [start, end];
  }
  return best[1] - best[0] >= 2 ? best : [0, 0];
}

/** IPv6 text of sixteen bytes at `at`, in the form of RFC 5952 (no dotted tail). */
export function formatIp6(b: Uint8Array, at = 0): string {
  const groups: number[] = [];
  for (let i = at; i < at + 16; i += 2) groups.push(((b[i] ?? 0) << 8) | (b[i + 1] ?? 0));
  const [start, end] = longestZeroRun(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return end === 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(end))}`;
}

const dot = 0x2e;
const zero = 0x30;

/** Four bytes, or undefined when `text` is not a dotted quad without leading zeros. */
export function parseIp4(text: string): Uint8Array | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  const bytes = new Uint8Array(4);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : dot;
    if (code === dot) {
      if (digits === 0 || value > 255 || part > 3) return undefined;
      bytes[part++] = value;
      digits = 0;
      value = 0;
    } else {
      if (code < zero || code > zero + 9 || digits === 3 || (digits > 0 && value === 0)) return undefined;
      value = value * 10 + code - zero;
      digits++;
    }
  }
  return part === 4 ? bytes : undefined;
}

/** `quad` allows the last 32 bits in dotted form. */
function parseGroups(text: string, quad: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const ip4 = quad && i === parts.length - 1 ? parseIp4(part) : undefined;
    if (ip4) groups.push(((ip4[0] ?? 0) << 8) | (ip4[1] ?? 0), ((ip4[2] ?? 0) << 8) | (ip4[3] ?? 0));
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** Sixteen bytes, or undefined when `text` is not an IPv6 address (RFC 4291 section 2.2; no zone). */
export function parseIp6(text: string): Uint8Array | undefined {
  const [left, right, more] = text.split('::');
  if (left === undefined || more !== undefined) return undefined;
  const head = parseGroups(left, right === undefined);
  const tail = right === undefined ? [] : parseGroups(right, true);
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  const bytes = new Uint8Array(16);
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  for (const [i, group] of groups.entries()) {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 0xff;
  }
  return bytes;
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** `aa:bb:cc:dd:ee:ff` of six bytes at `at`. */
export function formatMac(b: Uint8Array, at = 0): string {
  const pair = (i: number) => hex[b[at + i] ?? 0];
  return `${pair(0)}:${pair(1)}:${pair(2)}:${pair(3)}:${pair(4)}:${pair(5)}`;
}

const macPattern = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/** Six bytes, or undefined; colons only. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!macPattern.test(text)) return undefined;
  const bytes = new Uint8Array(6);
  for (let i = 0; i < 6; i++) bytes[i] = Number.parseInt(text.slice(3 * i, 3 * i + 2), 16);
  return bytes;
}
