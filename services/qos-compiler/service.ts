import { isDeepStrictEqual } from 'node:util';
import { BngError } from '#lib/kernel/errors.js';
import { mistakesText, type PolicyMistake } from '#lib/policy/compiled.js';
import { compileRate, type PolicerParameters, type Rate } from '#lib/policy/policer.js';
import type { DirectionRates } from '#lib/policy/session-rates.js';
import type { QosMetrics } from './metrics.js';
import type { ProfileStore, StoredProfile } from './store.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Directions and rates without absent fields, as they come back from JSON. */
const plain = (rates: DirectionRates): DirectionRates => JSON.parse(JSON.stringify(rates)) as DirectionRates;

/** The catalogue of QoS profiles and their compilation. */
export class QosCatalogue {
  constructor(
    private readonly store: ProfileStore,
    private readonly metrics: QosMetrics,
  ) {}

  /** Newest version of each profile, by name. */
  list(): Promise<StoredProfile[]> {
    return this.store.newest();
  }

  /** Throws `not_found`. `version` 0 is the newest. */
  async get(name: string, version: number): Promise<StoredProfile> {
    const found = await this.store.find(name, version === 0 ? undefined : version);
    if (found) return found;
    const which = version === 0 ? '' : ` version ${version}`;
    throw new BngError('not_found', `there is no profile "${name}"${which}`, { name, version });
  }

  /**
   * Stores a new version; rates equal to the newest version's store nothing and give that version back.
   * A `version` other than 0 must be the newest one, else `stale`: somebody else was quicker.
   */
  async put(profile: StoredProfile): Promise<StoredProfile> {
    const rates = plain(profile.rates);
    refuse(profileMistakes(profile.name, rates));
    const stored = await this.store.append(profile.name, (newest) => {
      const current = newest?.version ?? 0;
      if (profile.version !== 0 && profile.version !== current)
        throw new BngError('stale', `profile "${profile.name}" is at version ${current}, not ${profile.version}`, {
          version: current,
        });
      return newest && isDeepStrictEqual(newest.rates, rates) ? undefined : rates;
    });
    if (!stored) throw new BngError('internal', `profile "${profile.name}" was not stored`);
    return stored;
  }

  /** Policer parameters of a rate and what was rounded or derived. Throws `invalid_argument` that names every field. */
  preview(rate: Rate): { policer: PolicerParameters; notes: string[] } {
    const result = compileRate(rate);
    this.metrics.compiles.inc({ outcome: result.ok ? 'ok' : 'refused' });
    if (!result.ok) throw refusal(result.mistakes);
    return { policer: result.value, notes: result.notes };
  }
}

function profileMistakes(name: string, rates: DirectionRates): PolicyMistake[] {
  const mistakes: PolicyMistake[] = [];
  if (!NAME.test(name)) mistakes.push({ field: 'name', message: '1 to 63 letters, digits, dots, dashes, underscores' });
  if (!rates.download && !rates.upload)
    mistakes.push({ field: 'download', message: 'a profile needs a rate in at least one direction' });
  for (const direction of ['download', 'upload'] as const) {
    const rate = rates[direction];
    const result = rate && compileRate(rate);
    if (!result || result.ok) continue;
    mistakes.push(...result.mistakes.map(({ field, message }) => ({ field: `${direction}.${field}`, message })));
  }
  return mistakes;
}

function refuse(mistakes: readonly PolicyMistake[]): void {
  if (mistakes.length > 0) throw refusal(mistakes);
}

const refusal = (mistakes: readonly PolicyMistake[]): BngError =>
  new BngError('invalid_argument', mistakesText(mistakes), { field: mistakes[0]?.field ?? '' });
