import { UsageError } from './usage-error.js';

/** A version of the configuration as an argument. */
export function versionOf(text: string): bigint {
  if (!/^[1-9]\d{0,17}$/.test(text)) throw new UsageError(`"${text}" is not a version: a number from bngctl history`);
  return BigInt(text);
}

/** `--confirm`: seconds, or with a unit (`90`, `90s`, `10m`, `1h`). */
export function confirmSeconds(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, amount, unit = 's'] = /^([1-9]\d{0,5})([smh]?)$/.exec(text) ?? [];
  if (amount === undefined) throw new UsageError(`--confirm: "${text}" is not a time: seconds, or as 90s, 10m, 1h`);
  return Number(amount) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1);
}
