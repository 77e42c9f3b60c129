import { MIN_BURST_BYTES } from '#lib/policy/policer.js';
import { type Apply, type Grant, type Mistake, mistake } from '../grant.js';
import { BPS, setBurst, setRate } from '../grant-setters.js';

/** What a Mikrotik-Rate-Limit says, in the subscriber's directions. Absent: not limited, or left to derive. */
interface MikrotikRates {
  readonly uploadBps?: bigint;
  readonly downloadBps?: bigint;
  readonly uploadBurstBytes?: bigint;
  readonly downloadBurstBytes?: bigint;
}

const multipliers: Readonly<Record<string, number>> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 };
const DEFAULT_BURST_TIME_S = 1;

/** Applies {@link parseMikrotikRateLimit}; a bucket that follows from the text holds a full frame at least. */
export const mikrotikRateLimit: Apply<string> = (grant, value) => {
  const rates = parseMikrotikRateLimit(value);
  if (!rates) return mistake('malformed', `"${value}" is not a rate limit`);
  return (
    direction(grant, 'upload', rates.uploadBps, rates.uploadBurstBytes) ??
    direction(grant, 'download', rates.downloadBps, rates.downloadBurstBytes)
  );
};

function direction(
  grant: Grant,
  which: 'upload' | 'download',
  rateBps: bigint | undefined,
  burstBytes: bigint | undefined,
): Mistake | undefined {
  const wrong = rateBps === undefined ? undefined : setRate(grant, which, rateBps, BPS);
  if (wrong || burstBytes === undefined) return wrong;
  return setBurst(grant, which, burstBytes < MIN_BURST_BYTES ? BigInt(MIN_BURST_BYTES) : burstBytes);
}

type Pair = readonly [rx: number, tx: number];

/**
 * Reads `rx[/tx] [rx-burst[/tx-burst] [rx-threshold[/tx-threshold] [rx-time[/tx-time] ...]]]` in bit/s with k, M, G
 * (decimal). rx is what the router receives: upload. A rate of 0 means not limited there.
 * A burst becomes the bucket that lets the burst rate pass as long as RouterOS would: threshold x time / burst rate.
 * Priority and minimum rates, which shape between subscribers, have no counterpart and are ignored.
 * Returns undefined when the text is not of this form.
 */
export function parseMikrotikRateLimit(text: string): MikrotikRates | undefined {
  const words = text.trim().split(/\s+/);
  const rate = pair(words[0], number);
  const burst = words[1] === undefined ? ([0, 0] as const) : pair(words[1], number);
  if (!rate || !burst) return undefined;
  const threshold = words[2] === undefined ? rate : pair(words[2], number);
  const timeS =
    words[3] === undefined ? ([DEFAULT_BURST_TIME_S, DEFAULT_BURST_TIME_S] as const) : pair(words[3], seconds);
  if (!threshold || !timeS) return undefined;
  const upload = burstBytes(rate[0], burst[0], threshold[0], timeS[0]);
  const download = burstBytes(rate[1], burst[1], threshold[1], timeS[1]);
  return {
    ...(rate[0] > 0 && { uploadBps: BigInt(rate[0]) }),
    ...(rate[1] > 0 && { downloadBps: BigInt(rate[1]) }),
    ...(upload > 0 && { uploadBurstBytes: BigInt(upload) }),
    ...(download > 0 && { downloadBurstBytes: BigInt(download) }),
  };
}

function burstBytes(rateBps: number, burstBps: number, thresholdBps: number, timeS: number): number {
  if (rateBps === 0 || burstBps <= rateBps) return 0;
  const lengthS = ((thresholdBps || rateBps) * timeS) / burstBps;
  return Math.round(((burstBps - rateBps) * lengthS) / 8);
}

function pair(word: string | undefined, read: (text: string) => number | undefined): Pair | undefined {
  const [first, second = first, ...more] = (word ?? '').split('/');
  const rx = read(first ?? '');
  const tx = read(second ?? '');
  return rx === undefined || tx === undefined || more.length > 0 ? undefined : [rx, tx];
}

function number(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,12})([kKMG]?)$/.exec(text) ?? [];
  const value = Number(digits) * (multipliers[unit] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : undefined;
}

function seconds(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}
