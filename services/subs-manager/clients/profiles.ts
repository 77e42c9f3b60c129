import type { Policy } from '#gen/bng/v1/common.js';
import type { QosProfile, QosServiceClient, Rate } from '#gen/bng/v1/qos.js';
import type { Clock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { mistakesText } from '#lib/policy/compiled.js';
import { compileRate, type Rate as PolicyRate } from '#lib/policy/policer.js';
import { sessionRates } from '#lib/policy/session-rates.js';

const CACHE_MS = 30_000;

interface CachedProfile {
  profile: QosProfile;
  readMs: number;
}

const number = (value: bigint | undefined) => (value === undefined ? undefined : Number(value));

const toRate = (rate: Rate | undefined): PolicyRate | undefined =>
  rate && {
    cirBps: Number(rate.cirBps),
    pirBps: number(rate.pirBps),
    cirBurstBytes: number(rate.cirBurstBytes),
    pirBurstBytes: number(rate.pirBurstBytes),
  };

/** A policy whose profile was looked up. */
export interface ResolvedPolicy {
  /** Without the profile's name; its explicit rates win over the profile's. */
  policy: Policy;
  /** Rates of the profile; absent: no profile, or no limit in that direction. */
  download: Rate | undefined;
  upload: Rate | undefined;
}

/** Turns the profile a policy names into rates, by the catalogue of qos-compiler. */
export class Profiles {
  private readonly cache = new Map<string, CachedProfile>();

  constructor(
    private readonly client: QosServiceClient | undefined,
    private readonly clock: Clock,
  ) {}

  /**
   * The policy with the rates of its profile beside it, fit for VPP. Rejects with `invalid_argument` for rates VPP cannot
   * have and unknown profiles, with `unavailable` when the catalogue is away and the profile was never seen.
   */
  async resolve(policy: Policy): Promise<ResolvedPolicy> {
    const profile = policy.profile === undefined ? undefined : await this.get(policy.profile);
    const rates = sessionRates(
      {
        downloadBps: number(policy.downloadBps),
        uploadBps: number(policy.uploadBps),
        downloadBurstBytes: number(policy.downloadBurstBytes),
        uploadBurstBytes: number(policy.uploadBurstBytes),
      },
      { download: toRate(profile?.download), upload: toRate(profile?.upload) },
    );
    if (!rates.ok) throw new BngError('invalid_argument', mistakesText(rates.mistakes));
    for (const rate of [rates.value.download, rates.value.upload]) checkRate(rate);
    return { policy: { ...policy, profile: undefined }, download: profile?.download, upload: profile?.upload };
  }

  private async get(name: string): Promise<QosProfile> {
    const cached = this.cache.get(name);
    if (cached && this.clock.monotonicMs() - cached.readMs < CACHE_MS) return cached.profile;
    if (!this.client) throw new BngError('invalid_argument', `no catalogue to look up profile "${name}" in`);
    try {
      const profile = await callUnary(this.client.getProfile.bind(this.client), { name, version: 0 });
      this.cache.set(name, { profile, readMs: this.clock.monotonicMs() });
      return profile;
    } catch (thrown) {
      const error = BngError.from(thrown);
      if (error.code === 'not_found') throw new BngError('invalid_argument', `unknown profile "${name}"`);
      if (cached && error.row.retry) return cached.profile;
      throw error;
    }
  }
}

function checkRate(rate: PolicyRate | undefined): void {
  const compiled = rate && compileRate(rate);
  if (compiled && !compiled.ok) throw new BngError('invalid_argument', mistakesText(compiled.mistakes));
}
