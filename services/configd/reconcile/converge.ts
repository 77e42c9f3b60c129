import { BngError } from '#lib/kernel/errors.js';
import type { Desired } from './desired.js';
import type { Executor, Outcome } from './execute.js';
import type { Kinds } from './kinds.js';
import type { Plan } from './plan.js';
import type { Planner } from './planner.js';
import { type Drift, type Findings, findDrift } from './read-back.js';
import type { RecordedState } from './recorded.js';
import type { Resource } from './resource.js';

export interface RestoreProgress {
  readonly phase: 'read' | 'infra' | 'sessions';
  /** Of the phase: kinds read back, changes to VPP, owners that have all they want. */
  readonly done: number;
  readonly total: number;
}

export interface RestoreResult {
  /** How VPP differed before. */
  readonly drift: Drift;
  /** What could not be mended. */
  readonly failures: readonly BngError[];
  /** Requests that change state. */
  readonly messages: number;
}

export interface ConvergeParts {
  readonly kinds: Kinds;
  readonly recorded: RecordedState;
  readonly desired: Desired;
  readonly planner: Planner;
  readonly executor: Executor;
  /** May throw to refuse a plan. */
  admit(plan: Plan): void;
  concluded(plan: Plan, outcome: Outcome): void;
}

/** Owners whose resources are planned and sent together. */
const batchOwners = 500;

/**
 * Takes findings as the record, then brings VPP to what is wanted: `first` and all that was found, then the other owners batch by
 * batch. What fails is reported and left; throws `unavailable` when VPP goes away.
 */
export async function converge(
  parts: ConvergeParts,
  findings: Findings,
  first: string,
  progress: (at: RestoreProgress) => void,
): Promise<RestoreResult> {
  const { recorded, desired } = parts;
  const drift = findDrift(findings, desired, parts.kinds);
  adopt(findings, parts);
  const run = new Convergence(parts);
  await run.pass([...recorded.keys(), ...desired.of(first).keys()], (done, total) =>
    progress({ phase: 'infra', done, total }),
  );
  const others = [...desired.ownerNames()].filter((owner) => owner !== first);
  const total = others.length;
  for (let before = 0; before < total; before += batchOwners) {
    const batch = others.slice(before, before + batchOwners);
    const keys = batch.flatMap((owner) => [...desired.of(owner).keys()]);
    await run.pass(keys, (steps, of) =>
      progress({ phase: 'sessions', done: before + Math.floor((batch.length * steps) / of), total }),
    );
  }
  progress({ phase: 'sessions', done: total, total });
  return { drift, failures: run.failures, messages: run.messages };
}

/** Replaces the record by what was read. What was not read stays, unless what it hangs on is gone. */
function adopt(findings: Findings, parts: ConvergeParts): void {
  const { recorded, desired } = parts;
  for (const key of [...recorded.keys()])
    if (findings.has(recorded.get(key)?.resource.kind ?? '')) recorded.delete(key);
  for (const [kind, found] of findings)
    for (const [key, { spec, handle, ours }] of found)
      if (ours || desired.has(key)) recorded.set(asWanted({ kind, key, spec }, parts), handle);
  for (const key of [...recorded.keys()]) {
    const record = recorded.get(key);
    if (!record || findings.has(record.resource.kind)) continue;
    if (record.needs.some((need) => !recorded.get(need))) recorded.delete(key);
  }
}

/** What was found, or the same thing as it is wanted: plans see at once that these two do not differ. */
function asWanted(found: Resource, { desired, kinds }: ConvergeParts): Resource {
  const wanted = desired.get(found.key);
  return wanted && kinds.equal(wanted, found) ? wanted : found;
}

const nothing: ReadonlySet<string> = new Set();

class Convergence {
  readonly failures: BngError[] = [];
  messages = 0;
  private readonly blockers = new Map<string, string | undefined>();

  constructor(private readonly parts: ConvergeParts) {}

  /** Brings these keys, and what they need, to what is wanted; tells of each step, before the first too. */
  async pass(keys: readonly string[], progress: (done: number, total: number) => void): Promise<void> {
    const { planner, executor } = this.parts;
    const { scope, isWhole } = this.withNeeds(keys);
    const plan = planner.forKeys(scope, isWhole ? nothing : new Set([...scope].filter((key) => this.isBlocked(key))));
    this.parts.admit(plan);
    const total = plan.waves.reduce((sum, wave) => sum + wave.length, 0);
    let done = 0;
    if (total > 0) progress(done, total);
    const onStep = () => progress(++done, total);
    const outcome = await executor.run(plan.waves, { onFailure: 'continue', onStep });
    this.parts.concluded(plan, outcome);
    if (outcome.result === 'unavailable') throw outcome.error ?? new BngError('unavailable', 'VPP went away');
    this.messages += outcome.messages;
    this.failures.push(...outcome.failures);
  }

  /** The keys and all that they need; `isWhole`: all of that is wanted by somebody. */
  private withNeeds(keys: readonly string[]): { scope: ReadonlySet<string>; isWhole: boolean } {
    const { desired, kinds } = this.parts;
    const scope = new Set<string>(keys);
    let isWhole = true;
    for (const key of scope) {
      const wanted = desired.get(key);
      if (!wanted) continue;
      for (const need of kinds.needs(wanted)) {
        if (!desired.has(need)) isWhole = false;
        scope.add(need);
      }
    }
    return { scope, isWhole };
  }

  /** Whether something it needs is wanted by nobody; reported once. */
  private isBlocked(key: string): boolean {
    if (!this.blockers.has(key)) {
      const blocker = this.blockerOf(key);
      this.blockers.set(key, blocker);
      if (blocker !== undefined)
        this.failures.push(
          new BngError('failed_precondition', `${key} needs ${blocker}, which is not wanted`, { key, needs: blocker }),
        );
    }
    return this.blockers.get(key) !== undefined;
  }

  private blockerOf(key: string): string | undefined {
    const { desired, kinds } = this.parts;
    const wanted = desired.get(key);
    return wanted && kinds.needs(wanted).find((need) => !desired.get(need) || this.isBlocked(need));
  }
}
