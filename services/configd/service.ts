import type { Clock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Log } from '#lib/kernel/log.js';
import { type WrittenRule, WrittenRules } from './acls/written-rules.js';
import { type ApplyResult, assertNoLoss, driftSteps, failure, type Prepared, preview } from './apply-result.js';
import type { Impact } from './diff/impact.js';
import { impactSize } from './diff/impact.js';
import type { DiffLine } from './diff/lines.js';
import { diffLines } from './diff/lines.js';
import type { Redactor } from './diff/redact.js';
import type { SourceFile } from './document/load-sources.js';
import type { LocatedProblem } from './document/problem.js';
import type { EventTeller } from './events.js';
import type { ConfigdMetrics } from './metrics.js';
import { assertConfirmTime, assertNoneWaits, emptyConfig, pendingOf } from './pending-confirm.js';
import type { Preparation, Rehearsal } from './preparation.js';
import { type Applied, type Engine, infraOwner } from './reconcile/engine.js';
import { Gate } from './reconcile/locks.js';
import type { PlanStep } from './reconcile/plan.js';
import type { Resource } from './reconcile/resource.js';
import type { Snapshot, StoredConfig } from './snapshot.js';
import type { ConfigStore, FinishedApply, HistoryDetails, HistoryRow } from './store.js';
import type { StoreLink } from './store-link.js';

export interface ApplyInput {
  /** Merged in this order. */
  readonly files: readonly SourceFile[];
  readonly dryRun: boolean;
  /** Refused as `stale` unless it is the current etag; empty: not checked. */
  readonly baseEtag: string;
  readonly user: string;
  readonly source: string;
  readonly comment: string;
  /** Address the request came from; empty: not known. */
  readonly peer: string;
  /** A change that drops sessions, of subscribers or of NAT, is refused otherwise. */
  readonly allowSessionLoss: boolean;
  /** Not 0: taken back after so many seconds unless it is confirmed. */
  readonly confirmS: number;
}

/** How a stored version comes back: as an apply of its text. */
export type RollbackInput = Omit<ApplyInput, 'files'> & { readonly version: bigint };

export interface PlanResult extends Rehearsal {
  readonly steps: readonly PlanStep[];
  readonly lines: readonly DiffLine[];
  readonly impact: Impact;
  readonly sessionsAffected: number;
  readonly warnings: readonly LocatedProblem[];
  /** Objects in VPP that are not ours; of drift only. */
  readonly foreign: readonly Resource[];
}

export interface ConfigServiceOptions {
  readonly engine: Pick<Engine, 'apply' | 'execute' | 'audit' | 'load' | 'claim' | 'state'>;
  readonly preparation: Preparation;
  readonly redactor: Redactor;
  readonly store: ConfigStore;
  readonly link: Pick<StoreLink, 'use' | 'assertAvailable'>;
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<ConfigdMetrics, 'apply'>;
  readonly events: EventTeller;
  /** Called after an `applied` row was committed with its event. */
  readonly onCommitted: () => void;
}

/** The operator's part of the desired state: one document, its versions, and how it gets into VPP. */
export class ConfigService {
  private inForce: StoredConfig | undefined;
  private readonly gate = new Gate();
  private readonly written = new WrittenRules();

  constructor(private readonly options: ConfigServiceOptions) {}

  /** The configuration in force; undefined before the first. */
  get current(): StoredConfig | undefined {
    return this.inForce;
  }

  /**
   * Applies a document whole: checked, planned, recorded, executed, recorded. Applies run one after the other.
   * Throws `invalid_argument` with every mistake of the text, `stale`, `unavailable` (PostgreSQL or VPP away: nothing was
   * changed, or it is put right when VPP is back), `failed_precondition` while another version waits for its confirmation,
   * and what the dataplane said when it refused a step (all was put back).
   */
  apply(input: ApplyInput): Promise<ApplyResult> {
    return this.measured(() =>
      this.exclusively(async () => {
        if (!input.dryRun) assertNoneWaits(this.inForce, this.options.clock.nowMs());
        return this.applyNow(input);
      }),
    );
  }

  /**
   * Applies a stored version's text again, whatever became of it, as a new version; also while a version waits for its
   * confirmation, which it then does no more. Throws `not_found`, and what `apply` throws.
   */
  rollback({ version, ...input }: RollbackInput): Promise<ApplyResult> {
    return this.measured(() =>
      this.exclusively(async () => {
        if (version === 0n) throw new BngError('invalid_argument', 'version: name the one to go back to');
        const { yaml } = await this.get(version);
        const comment = input.comment || `rollback to version ${version}`;
        return this.applyNow({ ...input, comment, files: [{ name: '', text: yaml }] });
      }),
    );
  }

  /** Runs when no apply does. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.gate.withExclusive(work);
  }

  /** What `apply` would do; with the requests to VPP when `messages` says so. */
  async plan(files: readonly SourceFile[], { messages = false } = {}): Promise<PlanResult> {
    const { preparation } = this.options;
    const { plan, steps, lines, impact, warnings } = preparation.prepare(files);
    const rehearsal = messages ? await preparation.rehearse(plan) : { messages: [], note: '' };
    return { steps, lines, impact, sessionsAffected: impactSize(impact), warnings, foreign: [], ...rehearsal };
  }

  /** What VPP lacks, has otherwise or has beyond what is wanted, as the steps that would mend it, and what is not ours. */
  async drift(): Promise<PlanResult> {
    const { engine, redactor } = this.options;
    const drift = await engine.audit();
    const steps = driftSteps(drift).map((step) => redactor.step(step));
    const nothing = { sessionsAffected: 0, impact: noImpact, warnings: [], messages: [], note: '' };
    return { ...nothing, steps, lines: diffLines(steps), foreign: drift.foreign };
  }

  /** A version's text whatever became of it; 0n is the one in force. Throws `not_found`. */
  async get(version: bigint): Promise<StoredConfig> {
    const { link, store } = this.options;
    const config = version === 0n ? this.inForce : await link.use(() => store.version(version));
    if (config) return config;
    throw new BngError('not_found', version === 0n ? noneYet : `there is no version ${version}`);
  }

  /** The rules of an ACL of the configuration in force, as they are written. */
  writtenRules(name: string): readonly WrittenRule[] | undefined {
    const acls = this.inForce ? this.options.preparation.aclsOf(this.inForce.yaml) : {};
    return Object.hasOwn(acls, name) ? this.written.of(acls[name]?.rules ?? []) : undefined;
  }

  /** Newest first. */
  history(limit: number): Promise<HistoryRow[]> {
    return this.options.link.use(() => this.options.store.history(limit));
  }

  /** One version with all that was kept of it; 0n is the one in force. Throws `not_found`. */
  async show(version: bigint): Promise<HistoryDetails> {
    const { link, store } = this.options;
    const wanted = version === 0n ? (this.inForce?.version ?? 0n) : version;
    const found = await link.use(() => store.details(wanted));
    if (found) return found;
    throw new BngError('not_found', wanted === 0n ? noneYet : `there is no version ${wanted}`);
  }

  /** Takes a configuration as the one in force without executing it: at start, before VPP is read. */
  adopt(config: StoredConfig | undefined): void {
    this.options.engine.load(infraOwner, config ? this.options.preparation.resourcesOf(config.yaml) : []);
    this.inForce = config;
  }

  /**
   * Says that an apply of this configuration may have left things in VPP: what of it bears no mark of ours (a route in the
   * default table) is then taken for ours when VPP is read back, and removed unless it is wanted.
   */
  claim(yaml: string): void {
    this.options.engine.claim(this.options.preparation.resourcesOf(yaml));
  }

  /**
   * Brings VPP to a configuration that was applied elsewhere or earlier, and takes it as the one in force; while VPP is away
   * it is what VPP gets when it is back. Returns what was done.
   */
  async switchTo(config: StoredConfig): Promise<Applied | undefined> {
    if (this.options.engine.state !== 'ready') {
      this.adopt(config);
      return undefined;
    }
    const applied = await this.options.engine.apply(infraOwner, this.options.preparation.resourcesOf(config.yaml));
    if (applied.outcome.result !== 'done') throw failure(applied);
    this.inForce = config;
    return applied;
  }

  /** Says that the one in force needs no confirmation any more. */
  settle(config: StoredConfig): void {
    this.inForce = config;
  }

  private async applyNow(input: ApplyInput): Promise<ApplyResult> {
    this.assertBase(input.baseEtag);
    assertConfirmTime(input.confirmS);
    const prepared = this.options.preparation.prepare(input.files);
    const isSame = prepared.etag === this.inForce?.etag && prepared.steps.length === 0;
    if (input.dryRun || isSame) return preview(prepared);
    assertNoLoss(prepared, input.allowSessionLoss);
    this.options.link.assertAvailable();
    const { engine } = this.options;
    if (engine.state !== 'ready')
      throw new BngError('unavailable', `VPP is not ready (${engine.state}); nothing was changed, try again later`);
    return this.carryOut(input, prepared);
  }

  private async carryOut(input: ApplyInput, prepared: Prepared): Promise<ApplyResult> {
    const { link, store, engine, preparation, clock } = this.options;
    const { yaml, etag, steps, lines, impact } = prepared;
    const planned = { ...input, yaml, etag, steps, lines, sessionsAffected: impactSize(impact) };
    const startedMs = clock.monotonicMs();
    const version = await link.use(() => store.plan(planned));
    const before = this.inForce;
    try {
      const applied = await engine.execute(prepared.plan, {}, (plan) =>
        assertNoLoss({ plan, impact: preparation.impact(plan) }, input.allowSessionLoss),
      );
      if (applied.outcome.result !== 'done') throw failure(applied);
      const pending = pendingOf(input, before, clock.nowMs());
      await this.commit({ version, etag, yaml, ...(pending && { pending }) }, input, prepared, applied);
      if (before?.pending) await this.markReverted(before.version, `replaced by version ${version}`);
      const { messages: messagesSent, executeMs } = applied.outcome;
      return { ...preview(prepared), version, messagesSent, executeMs, confirmUntilMs: pending?.deadlineMs ?? 0 };
    } catch (error) {
      await this.finish(version, {
        outcome: 'failed',
        detail: BngError.from(error).message,
        messagesSent: 0,
        durationMs: prepared.planMs + clock.monotonicMs() - startedMs,
      });
      throw error;
    }
  }

  /** VPP has it: the snapshot makes it the state that counts, then the row says so. */
  private async commit(
    config: StoredConfig,
    input: ApplyInput,
    { planMs, impact }: Prepared,
    { plan, outcome }: Applied,
  ): Promise<void> {
    const { snapshot, log, events, onCommitted } = this.options;
    const saved = await snapshot.write(config).then(
      () => true,
      (error) => log.error({ err: error }, 'the local snapshot could not be written') ?? false,
    );
    if (!saved && config.pending) await this.refuseUnsafe(config.pending.before);
    this.inForce = config;
    const result = {
      outcome: 'applied',
      detail: '',
      messagesSent: outcome.messages,
      durationMs: planMs + outcome.executeMs,
    } as const;
    const told = events.outgoing('bng.config.applied', {
      version: String(config.version),
      etag: config.etag,
      user: input.user,
      source: input.source,
      comment: input.comment,
      steps: plan.steps.length,
      sessionsAffected: impactSize(impact),
    });
    const recorded = await this.finish(config.version, result, told);
    if (!saved && !recorded)
      throw new BngError('internal', 'VPP was changed, but neither the snapshot nor PostgreSQL took it');
    onCommitted();
  }

  /** What must be taken back by itself has to be on the disk first: without that it is taken back now. */
  private async refuseUnsafe(before: StoredConfig | undefined): Promise<never> {
    await this.switchTo(before ?? emptyConfig(0n));
    this.inForce = before;
    throw new BngError(
      'internal',
      'the local snapshot could not be written, so a confirmation could not be waited for; everything was put back',
    );
  }

  /** A version that was not confirmed; best effort, its successor is what counts. */
  private async markReverted(version: bigint, detail: string): Promise<void> {
    const { link, store, log } = this.options;
    await link
      .use(() => store.revert(version, detail))
      .catch((error) =>
        log.error({ err: error, version: String(version) }, 'the history does not say it was reverted'),
      );
  }

  /** Records an outcome. A row that stays open because PostgreSQL is away is settled when it is back. */
  private async finish(
    version: bigint,
    result: FinishedApply,
    events: Parameters<ConfigStore['finish']>[2] = [],
  ): Promise<boolean> {
    const { link, store, log } = this.options;
    try {
      await link.use(() => store.finish(version, result, events));
      return true;
    } catch (error) {
      log.error({ err: error, version: String(version) }, 'the outcome of an apply could not be recorded');
      return false;
    }
  }

  private assertBase(baseEtag: string): void {
    const etag = this.inForce?.etag ?? '';
    if (baseEtag !== '' && baseEtag !== etag)
      throw new BngError('stale', 'the configuration was changed meanwhile: read it again', { etag, baseEtag });
  }

  private async measured(work: () => Promise<ApplyResult>): Promise<ApplyResult> {
    const { clock, metrics } = this.options;
    const startedMs = clock.monotonicMs();
    const done = (outcome: string) => metrics.apply(outcome, (clock.monotonicMs() - startedMs) / 1000);
    try {
      const result = await work();
      done(result.version === 0n ? 'unchanged' : 'applied');
      return result;
    } catch (error) {
      done(BngError.from(error).code);
      throw error;
    }
  }
}

const noneYet = 'no configuration was applied yet';
const noImpact: Impact = { dropped: [], reprogrammed: [], touched: [] };
