/** What reading one scalar gives: the value, or what would be right. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const refuse = (message: string): { ok: false; message: string } => ({ ok: false, message });

const shifts: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** `2G`, `256M`, `64K` or a plain number into bytes; K, M and G are powers of 1024, as VPP reads them. */
export function readBytes(text: string): Read<number> {
  const parts = /^(\d{1,15})([KMG]?)$/i.exec(text.trim());
  if (!parts) return refuse(`"${text}" is no size (256M, 2G)`);
  const bytes = Number(parts[1]) * (shifts[(parts[2] ?? '').toUpperCase()] ?? 1);
  return bytes <= 2 ** 44 ? { ok: true, value: bytes } : refuse(`"${text}" is more than 16384G`);
}

/** Bytes in the largest unit that divides them, as VPP and people read them: `256M`. */
export function bytesText(bytes: number): string {
  const unit = (['G', 'M', 'K'] as const).find(
    (name) => bytes >= (shifts[name] ?? 1) && bytes % (shifts[name] ?? 1) === 0,
  );
  return unit === undefined ? String(bytes) : `${bytes / (shifts[unit] ?? 1)}${unit}`;
}

/** Highest core number that is read; VPP's own limit is the kernel's. */
const maxCore = 4095;

/** `2-5,8` into core numbers in rising order; refuses what is no such list, and cores named twice. */
export function readCoreList(text: string): Read<number[]> {
  const cores: number[] = [];
  for (const part of text.split(',')) {
    const range = /^\s*(\d{1,4})(?:\s*-\s*(\d{1,4}))?\s*$/.exec(part);
    if (!range) return refuse(`"${text}" is no list of cores (2-5 or 2,3,8-11)`);
    const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])];
    if (first > last) return refuse(`the range ${part.trim()} runs backwards; write ${last}-${first}`);
    if (last > maxCore) return refuse(`core ${last} is out of range; cores are 0 to ${maxCore}`);
    for (let core = first; core <= last; core++) cores.push(core);
  }
  const twice = cores.find((core, index) => cores.indexOf(core) !== index);
  if (twice !== undefined) return refuse(`core ${twice} is named twice in "${text}"`);
  return { ok: true, value: cores.sort((a, b) => a - b) };
}

/** Core numbers as the shortest list: `2-5,8`. Empty for none. */
export function coreListText(cores: Iterable<number>): string {
  const ranges: [first: number, last: number][] = [];
  for (const core of [...cores].sort((a, b) => a - b)) {
    const open = ranges.at(-1);
    if (open && core === open[1] + 1) open[1] = core;
    else ranges.push([core, core]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}
