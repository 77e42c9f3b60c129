const RATE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:bps|bit\/s|b)?$/i;
const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const UNITS: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Bits per second of `100M`, `1.5G`, `512kbps`, `64000`; decimal prefixes. Undefined when it is no whole number of bit/s. */
export function parseRateBps(text: string): number | undefined {
  const parts = RATE.exec(text.trim());
  if (parts === null) return undefined;
  const factor = FACTORS[(parts[2] ?? '').toLowerCase()] ?? 1;
  const rateBps = Math.round(Number(parts[1]) * factor * 1000) / 1000;
  return Number.isSafeInteger(rateBps) ? rateBps : undefined;
}

/** `100M`, `2.5G`, `64k`, `1234` ...: three decimals at most, parses back to the same number when it has no more. */
export function formatRateBps(rateBps: number): string {
  for (const [factor, unit] of UNITS) if (rateBps >= factor) return `${Number((rateBps / factor).toFixed(3))}${unit}`;
  return String(rateBps);
}
