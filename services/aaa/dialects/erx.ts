import { type Apply, mistake } from '../grant.js';
import { BPS, setRate } from '../grant-setters.js';

const multipliers: Readonly<Record<string, bigint>> = { '': 1n, k: 1000n, m: 1_000_000n, g: 1_000_000_000n };
const SHAPING_RATE = '02';

/** `T02 rate`: the downstream shaping rate in bit/s with k, m or g (decimal). Other parameters have no counterpart. */
export const cosParameter: Apply<string> = (grant, value) => {
  const [, parameter, word = ''] = /^\s*T(\d{2,3})\s+(.*?)\s*$/s.exec(value) ?? [];
  if (parameter === undefined) return mistake('malformed', `"${value}" is not T<number> <value>`);
  if (parameter !== SHAPING_RATE) return mistake('no-counterpart', `T${parameter}`);
  const [, digits, unit = ''] = /^(\d{1,15})([kmg]?)$/i.exec(word) ?? [];
  if (digits === undefined) return mistake('malformed', `"${word}" is not a rate`);
  return setRate(grant, 'download', BigInt(digits) * (multipliers[unit.toLowerCase()] ?? 1n), BPS);
};
