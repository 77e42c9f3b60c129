import { formatRateBps } from '#lib/policy/rate-text.js';

const STEPS: readonly (readonly [number, string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** `2d4h`, `5m10s`, `0s`: the two largest units. */
export function duration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000));
  const parts: string[] = [];
  for (const [seconds, unit] of STEPS) {
    if (rest >= seconds && parts.length < 2) parts.push(`${Math.floor(rest / seconds)}${unit}`);
    rest %= seconds;
  }
  return parts.slice(0, 2).join('') || '0s';
}

/** `1.5 GB`: decimal units, as billing counts. */
export function bytes(count: bigint): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = Number(count);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}

/** `100M`; `-` when there is no limit. */
export const rate = (rateBps: bigint | undefined): string =>
  rateBps === undefined ? '-' : formatRateBps(Number(rateBps));

/** `2026-11-21 02:27:45Z`; empty for 0. */
export const instant = (unixMs: bigint): string =>
  unixMs === 0n ? '' : `${new Date(Number(unixMs)).toISOString().slice(0, 19).replace('T', ' ')}Z`;

export const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** `1 step`, `2 steps`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `12.3 Mbit/s`: a measured rate, three digits. */
export function speed(bps: number): string {
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
  let value = bps;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}
