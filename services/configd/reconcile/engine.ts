import { type Clock, systemClock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import type { Log } from '#lib/kernel/log.js';
import type { Dataplane } from '../dataplane.js';
import { type ConvergeParts, converge, type RestoreProgress, type RestoreResult } from './converge.js';
import { Desired, type Overlay, type ResourceSet, resourceSet } from './desired.js';
import { type ExecuteOptions, Executor, isUnknown, type Outcome } from './execute.js';
import { Kinds } from './kinds.js';
import { Gate, KeyLocks } from './locks.js';
import type { Plan } from './plan.js';
import { Planner } from './planner.js';
import { asWanted, type Drift, type Findings, findDrift, type ReadProgress, readBack } from './read-back.js';
import { RecordedState } from './recorded.js';
import type { AnyKind, Resource } from './resource.js';
import { TouchedKeys } from './touched.js';

/** The operator's configuration; every other owner is a session. */
export const infraOwner = 'infra';

/** `void`: VPP's state was not read yet, or is unknown since VPP went away: plans are made, none is executed. */
export type EngineState = 'void' | 'restoring' | 'ready';

export interface EngineHooks {
  /** Sees every plan before it is executed, a restore's too, and may throw to refuse it. */
  admit?(plan: Plan, recorded: RecordedState): void;
  /** After each execution; `owner` is `infra`, a session's, or `restore`. */
  onOutcome?(owner: string, outcome: Outcome, plan: Plan): void;
  /** Owners that ended because what they hung on was removed. */
  onEvicted?(owners: readonly string[]): void;
  /** VPP's state became unknown: restore when it is there. It may be there already: a reply that never came counts too. */
  onLost?(reason: BngError): void;
}

export type { RestoreProgress, RestoreResult };

export interface EngineOptions {
  readonly dataplane: Dataplane;
  readonly kinds: readonly AnyKind[];
  readonly log: Log;
  readonly clock?: Clock;
  readonly hooks?: EngineHooks;
  /** Absent: VPP holds what is wanted. */
  readonly overlay?: Overlay;
}

const convergeAttempts = 3;

/** What an execution did, with the plan as it was executed. */
export interface Applied {
  readonly plan: Plan;
  readonly outcome: Outcome;
}

/** Told which keys changed in VPP; undefined: any may have. */
export type ChangeListener = (keys: ReadonlySet<string> | undefined) => void;

/**
 * Brings VPP to what its owners want: plans (pure), executes, undoes, reads back and repairs. It knows no resource, only kinds.
 * Sessions work side by side, the operator's configuration and repairs alone.
 */
export class Engine {
  /** What VPP holds, as far as is known. */
  readonly recorded: RecordedState;
  private readonly parts: ConvergeParts;
  private readonly claimed = new Map<string, Resource>();
  private readonly gate = new Gate();
  private readonly locks = new KeyLocks();
  private readonly touched = new TouchedKeys();
  private readonly listeners = new Set<ChangeListener>();
  private current: EngineState = 'void';

  constructor(private readonly options: EngineOptions) {
    const clock = options.clock ?? systemClock;
    const kinds = new Kinds(options.kinds);
    const recorded = new RecordedState(kinds);
    const desired = new Desired(kinds, options.overlay);
    this.recorded = recorded;
    this.parts = {
      kinds,
      recorded,
      desired,
      planner: new Planner(kinds, recorded, desired),
      executor: new Executor(options.dataplane, kinds, recorded, () => clock.monotonicMs()),
      admit: (plan) => options.hooks?.admit?.(plan, recorded),
      concluded: (plan, outcome) => this.concluded(plan, outcome),
    };
  }

  get state(): EngineState {
    return this.current;
  }

  /** Number of resources wanted, by anybody. */
  get size(): number {
    return this.parts.desired.size;
  }

  owners(): string[] {
    return [...this.parts.desired.ownerNames()];
  }

  wantedBy(owner: string): ResourceSet {
    return this.parts.desired.of(owner);
  }

  /** Who wants a key. */
  holdersOf(key: string): ReadonlySet<string> | undefined {
    return this.parts.desired.holdersOf(key);
  }

  /** Executes a plan on another dataplane and a copy of the record, to see what it sends. The engine's own state stays. */
  rehearse(plan: Plan, dataplane: Dataplane): Promise<Outcome> {
    const { kinds, recorded } = this.parts;
    return new Executor(dataplane, kinds, recorded.copy(), () => 0).run(plan.waves, { onFailure: 'continue' });
  }

  /** Calls back after each change of VPP; returns what ends it. */
  onChange(listener: ChangeListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes an owner's set as wanted without touching VPP: before the first restore. Throws `conflict`. */
  load(owner: string, resources: Iterable<Resource>): void {
    const wanted = resourceSet(resources, this.parts.kinds);
    this.parts.desired.check(owner, wanted.values());
    this.parts.desired.set(owner, wanted);
  }

  /**
   * What we may have made in VPP, from the journal of an interrupted transaction: a restore or a repair removes of it what
   * nobody wants. What bears our mark or hangs on an interface of ours needs no claim; a route in the default table does, and an interface
   * that did not get its mark any more.
   */
  claim(resources: Iterable<Resource>): void {
    for (const resource of resources) this.claimed.set(resource.key, resource);
  }

  /**
   * What `apply` would do. Throws `conflict` when another owner wants a key differently, and `failed_precondition` when
   * something needed is not there or something removed is in use.
   */
  plan(owner: string, resources: Iterable<Resource>): Plan {
    return this.parts.planner.forOwner(owner, resourceSet(resources, this.parts.kinds));
  }

  /**
   * Executes a plan made before. When the state changed since it was made, the plan that the same set has by now takes its
   * place. `check` and what is thrown are those of `apply`.
   */
  execute(plan: Plan, options: ExecuteOptions = {}, check: (plan: Plan) => void = () => {}): Promise<Applied> {
    return this.exclusively(plan.owner, plan.wanted, () => this.carryOut(plan, options, check));
  }

  /**
   * Plans and executes. `check` sees the plan under lock and may throw. The failure of a step is in the outcome, not thrown;
   * on any but `done` the owner's set stays as it was. Throws what `plan` throws, and `unavailable` while VPP's state is unknown.
   */
  async apply(
    owner: string,
    resources: Iterable<Resource>,
    options: ExecuteOptions = {},
    check: (plan: Plan) => void = () => {},
  ): Promise<Applied> {
    const wanted = resourceSet(resources, this.parts.kinds);
    return this.exclusively(owner, wanted, () => this.carryOut({ owner, wanted }, options, check));
  }

  /** Runs when nobody else works on an owner's set; the operator's alone. */
  private exclusively<T>(owner: string, wanted: ResourceSet, work: () => Promise<T>): Promise<T> {
    if (owner === infraOwner) return this.gate.withExclusive(work);
    return this.gate.withShared(() =>
      this.locks.with([`owner ${owner}`], () =>
        this.locks.with([...wanted.keys(), ...this.wantedBy(owner).keys()], work),
      ),
    );
  }

  /**
   * Dumps what VPP holds and compares; changes nothing. Sessions go on meanwhile: keys that they touch are left out.
   * `everything`: also the kinds that are costly to read. Throws `unavailable` while VPP's state is unknown.
   */
  audit(everything = false): Promise<Drift> {
    return this.gate.withShared(async () => {
      this.assertReady();
      const touched = this.touched.watch();
      try {
        const findings = await this.readFitting(everything);
        return findDrift(findings, this.parts.desired, this.parts.kinds, touched.keys);
      } finally {
        touched.stop();
      }
    });
  }

  /**
   * Brings keys to what the overlay makes of them by now, while sessions go on; `on` names who asks. A step that fails stays
   * for the next audit. Throws `unavailable` while VPP's state is unknown: a restore takes the overlay into account by itself.
   */
  refresh(keys: readonly string[], on: string): Promise<Applied> {
    const work = async () => {
      this.assertReady();
      const plan = this.parts.planner.forKeys(keys, new Set(), on);
      this.options.hooks?.admit?.(plan, this.recorded);
      return { plan, outcome: await this.run(plan, { onFailure: 'continue' }) };
    };
    return this.gate.withShared(() => this.locks.with(keys, work));
  }

  /** Reads back and mends what differs: makes the missing, changes the different, removes our leftovers. Not the foreign. */
  repair(everything = false): Promise<RestoreResult> {
    return this.gate.withExclusive(async () => {
      this.assertReady();
      // What we may have made and do not know is read whole, and not taken for what is wanted.
      const findings = this.claimed.size > 0 ? await this.read(true) : await this.readForRepair(everything);
      const result = await converge(this.parts, findings, infraOwner, () => {});
      if (result.failures.length === 0) this.claimed.clear();
      return result;
    });
  }

  /**
   * After a connection to VPP: adopts what is there as wanted, mends the rest, infrastructure first. The same for a VPP
   * that forgot everything and for one that went on running. Throws `unavailable` when VPP goes away meanwhile.
   */
  restore(progress: (at: RestoreProgress) => void = () => {}): Promise<RestoreResult> {
    return this.gate.withExclusive(async () => {
      this.current = 'restoring';
      try {
        const result = await this.convergeAll(progress);
        this.claimed.clear();
        this.current = 'ready';
        return result;
      } catch (error) {
        this.current = 'void';
        throw error;
      } finally {
        this.notify(undefined);
      }
    });
  }

  /** Again when a step's outcome stayed unknown, which only another read can tell. A VPP that never answers it ends that. */
  private async convergeAll(progress: (at: RestoreProgress) => void): Promise<RestoreResult> {
    for (let attempt = 1; ; attempt++) {
      this.recorded.clear();
      const reading = (done: number, total: number) => progress({ phase: 'read', done, total });
      const result = await converge(this.parts, await this.read(true, reading), infraOwner, progress);
      if (attempt === convergeAttempts || !result.failures.some(isUnknown)) return result;
    }
  }

  /** VPP went away, or did not answer a step: nothing is executed until the next `restore`. */
  lost(reason: BngError): void {
    if (this.current !== 'ready') return;
    this.current = 'void';
    this.options.log.warn({ err: reason }, 'state of VPP unknown');
    this.options.hooks?.onLost?.(reason);
  }

  private async carryOut(
    asked: Pick<Plan, 'owner' | 'wanted'> | Plan,
    options: ExecuteOptions,
    check: (plan: Plan) => void,
  ): Promise<Applied> {
    this.assertReady();
    const { planner } = this.parts;
    const holds = 'revision' in asked && asked.revision === planner.revision;
    const plan = holds ? asked : planner.forOwner(asked.owner, asked.wanted);
    check(plan);
    this.options.hooks?.admit?.(plan, this.recorded);
    const outcome = await this.run(plan, options, () => this.commit(plan));
    return { plan, outcome };
  }

  private async run(plan: Plan, options: ExecuteOptions, done = () => {}): Promise<Outcome> {
    const touching = this.touched.begin(plan.steps.map((step) => step.key));
    const outcome = await this.parts.executor.run(plan.waves, options);
    if (outcome.result === 'done') done();
    touching.end();
    this.concluded(plan, outcome);
    return outcome;
  }

  private commit({ owner, wanted, change, evicted }: Plan): void {
    this.parts.desired.set(owner, wanted, change);
    for (const ended of evicted) this.parts.desired.set(ended, new Map());
    if (evicted.length > 0) this.options.hooks?.onEvicted?.(evicted);
  }

  private concluded(plan: Plan, outcome: Outcome): void {
    const [unknown] = outcome.failures.filter(isUnknown);
    if (unknown || outcome.result === 'unavailable') {
      this.claim(plan.waves.flat().flatMap((operation) => (operation.op === 'remove' ? [] : [operation.to])));
      this.lost(unknown ?? outcome.error ?? new BngError('unavailable', 'VPP went away'));
    }
    // A restore tells at its end that everything may have changed.
    if (plan.steps.length > 0 && this.current !== 'restoring') this.notify(new Set(plan.steps.map((step) => step.key)));
    this.options.hooks?.onOutcome?.(plan.owner, outcome, plan);
  }

  private notify(keys: ReadonlySet<string> | undefined): void {
    for (const listener of this.listeners) listener(keys);
  }

  private assertReady(): void {
    if (this.current !== 'ready')
      throw new BngError('unavailable', 'the state of VPP is not known: it is away or being restored');
  }

  /** What is missing may have left behind what hung on it, a policer its place on an interface: then that is read too. */
  private async readForRepair(everything: boolean): Promise<Findings> {
    const { kinds, desired } = this.parts;
    const findings = await this.readFitting(everything);
    const isUnread = (user: string) => {
      const kind = this.recorded.get(user)?.resource.kind;
      return kind !== undefined && !findings.has(kind) && kinds.of({ kind }).read !== undefined;
    };
    const { missing } = findDrift(findings, desired, kinds);
    const isOrphaned = missing.some(({ key }) => [...this.recorded.dependents(key)].some(isUnread));
    return isOrphaned ? this.readFitting(true) : findings;
  }

  private async readFitting(everything: boolean): Promise<Findings> {
    const { kinds, desired } = this.parts;
    return asWanted(await this.read(everything), desired, kinds);
  }

  private read(everything: boolean, progress?: ReadProgress): Promise<Findings> {
    const { parts, claimed } = this;
    return readBack(this.options.dataplane, parts.kinds, { desired: parts.desired, claimed }, everything, progress);
  }
}
