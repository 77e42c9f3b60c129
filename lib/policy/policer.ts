import { type Compiled, compiled, type PolicyMistake } from './compiled.js';

/**
 * A rate limit. Without `pirBps` it is a single-rate two-colour policer; with it a two-rate three-colour one
 * (RFC 2698) that lets traffic between CIR and PIR pass. Absent bursts are derived from the rates.
 */
export interface Rate {
  cirBps: number;
  pirBps?: number | undefined;
  cirBurstBytes?: number | undefined;
  pirBurstBytes?: number | undefined;
}

export type PolicerType = '1r2c' | '2r3c-2698';
export type PolicerAction = 'drop' | 'transmit';

/** What VPP's policer_add takes when its rate type is KBPS. */
export interface PolicerParameters {
  cirKbps: number;
  /** PIR of a two-rate policer; 0 for a single-rate one. */
  eirKbps: number;
  cbBytes: number;
  ebBytes: number;
  type: PolicerType;
  conformAction: PolicerAction;
  exceedAction: PolicerAction;
  violateAction: PolicerAction;
}

/** 400 Gbit/s, the most that was seen accepted by VPP. */
export const MAX_RATE_BPS = 400e9;
/** One full frame: 1500 bytes, Ethernet header, two VLAN tags. A smaller bucket never lets such a frame through. */
export const MIN_BURST_BYTES = 1522;
/** VPP keeps buckets in 32 bits and caps larger ones silently. */
export const MAX_BURST_BYTES = 2 ** 32 - 1;
/** A bucket derived from a rate holds this much of it ... */
export const DEFAULT_BURST_MS = 50;
/** ... and at least this many full frames. */
export const MIN_DEFAULT_BURST_FRAMES = 10;

/** 50 ms of the rate, at least ten full frames. */
export const defaultBurstBytes = (rateBps: number): number =>
  Math.max(Math.ceil((rateBps * DEFAULT_BURST_MS) / 8000), MIN_DEFAULT_BURST_FRAMES * MIN_BURST_BYTES);

/** VPP counts in kbit/s: rounded up, so that nobody gets less than was sold. */
export const bpsToKbps = (rateBps: number): number => Math.ceil(rateBps / 1000);

/** Policer parameters of a rate. Refused, all at once: rates of 0 or above 400 Gbit/s, buckets out of range, PIR below CIR. */
export function compileRate(rate: Rate): Compiled<PolicerParameters> {
  const notes: string[] = [];
  return compiled(rateMistakes(rate), () => parameters(rate, notes), notes);
}

function rateMistakes(rate: Rate): PolicyMistake[] {
  const { cirBps, pirBps, cirBurstBytes, pirBurstBytes } = rate;
  const mistakes = [...rateRange('cirBps', cirBps), ...burstRange('cirBurstBytes', cirBurstBytes)];
  if (pirBps === undefined) {
    if (pirBurstBytes !== undefined)
      mistakes.push({ field: 'pirBurstBytes', message: 'has no meaning without pirBps' });
    return mistakes;
  }
  mistakes.push(...rateRange('pirBps', pirBps), ...burstRange('pirBurstBytes', pirBurstBytes));
  if (pirBps < cirBps) mistakes.push({ field: 'pirBps', message: `${pirBps} is below cirBps ${cirBps}` });
  return mistakes;
}

function rateRange(field: string, value: number): PolicyMistake[] {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_RATE_BPS) return [];
  return [{ field, message: `${value} is not a rate between 1 bit/s and 400 Gbit/s` }];
}

function burstRange(field: string, value: number | undefined): PolicyMistake[] {
  if (value === undefined) return [];
  if (!Number.isInteger(value) || value < MIN_BURST_BYTES)
    return [{ field, message: `${value} is below one full frame (${MIN_BURST_BYTES} bytes): nothing would pass` }];
  return value > MAX_BURST_BYTES ? [{ field, message: `${value} is above ${MAX_BURST_BYTES} bytes` }] : [];
}

function parameters(rate: Rate, notes: string[]): PolicerParameters {
  const { pirBps } = rate;
  const twoRates = pirBps !== undefined;
  return {
    cirKbps: roundedKbps('cirBps', rate.cirBps, notes),
    eirKbps: twoRates ? roundedKbps('pirBps', pirBps, notes) : 0,
    cbBytes: rate.cirBurstBytes ?? derivedBurst('cirBurstBytes', rate.cirBps, notes),
    ebBytes: twoRates ? (rate.pirBurstBytes ?? derivedBurst('pirBurstBytes', pirBps, notes)) : 0,
    type: twoRates ? '2r3c-2698' : '1r2c',
    conformAction: 'transmit',
    exceedAction: twoRates ? 'transmit' : 'drop',
    violateAction: 'drop',
  };
}

function roundedKbps(field: string, rateBps: number, notes: string[]): number {
  const kbps = bpsToKbps(rateBps);
  if (kbps * 1000 !== rateBps) notes.push(`${field}: ${rateBps} bit/s rounded up to ${kbps} kbit/s`);
  return kbps;
}

function derivedBurst(field: string, rateBps: number, notes: string[]): number {
  const bytes = defaultBurstBytes(rateBps);
  notes.push(`${field}: ${bytes} bytes derived from ${rateBps} bit/s`);
  return bytes;
}
