import type { Clock } from '#lib/kernel/clock.js';
import type { Log } from '#lib/kernel/log.js';
import type { AnswerStore } from './answer-store.js';
import type { FallbackConfig } from './config.js';
import { type Decision, fromKept, toResponse } from './decision.js';
import { emptyGrant } from './grant.js';

export interface FallbackDependencies {
  readonly config: FallbackConfig;
  readonly answers: AnswerStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** What holds for a subscriber group while no RADIUS server answers. */
export class Fallback {
  constructor(private readonly deps: FallbackDependencies) {}

  private policy(group: string) {
    const { groups, ...general } = this.deps.config;
    return groups[group] ?? general;
  }

  /** True when the group has something better than to wait for a server. */
  applies(group: string): boolean {
    return this.policy(group).mode !== 'deny';
  }

  /** Keeps an acceptance, and forgets it with a rejection, in groups that may live on the last answer. Never rejects. */
  async remember(group: string, asked: string, decision: Decision): Promise<void> {
    if (this.policy(group).mode !== 'cached') return;
    const { answers, log, clock } = this.deps;
    const kept = decision.accepted
      ? answers.keep({ userName: asked, atMs: clock.nowMs(), answer: toResponse(decision) })
      : answers.forget(asked);
    await kept.catch((error) => log.warn({ err: error, userName: asked }, 'answer not kept for bad times'));
  }

  /** The decision in place of RADIUS; undefined when there is none. */
  async decide(group: string, asked: string): Promise<Decision | undefined> {
    const { mode, profile, maxAgeS } = this.policy(group);
    if (mode === 'deny') return undefined;
    const cached = mode === 'cached' ? await this.lastAnswer(asked, maxAgeS) : undefined;
    return cached ?? (profile === undefined ? undefined : byProfile(asked, profile));
  }

  private async lastAnswer(asked: string, maxAgeS: number): Promise<Decision | undefined> {
    const { answers, clock, log } = this.deps;
    const found = await answers.find(asked).catch((error) => {
      log.warn({ err: error, userName: asked }, 'kept answers cannot be read');
      return undefined;
    });
    return found && clock.nowMs() - found.atMs <= maxAgeS * 1000 ? fromKept(found.answer) : undefined;
  }
}

function byProfile(userName: string, profile: string): Decision {
  const grant = emptyGrant();
  grant.policy.profile = profile;
  return { accepted: true, userName, grant, server: '', roundTripMs: 0, fallback: 'profile' };
}
