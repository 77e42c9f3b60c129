import { compileRate } from '#lib/policy/policer.js';
import { parseRateBps } from '#lib/policy/rate-text.js';
import { UsageError } from './usage-error.js';

/** A rate from an option; undefined when it was not given. Refuses here what the dataplane would refuse later. */
export function rateOption(option: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const cirBps = parseRateBps(text);
  if (cirBps === undefined) throw new UsageError(`${option}: "${text}" is no rate such as 512k, 100M, 2.5G`);
  const compiled = compileRate({ cirBps });
  if (!compiled.ok) throw new UsageError(`${option}: ${compiled.mistakes[0].message}`);
  return BigInt(cirBps);
}
