import { BngError } from '#lib/kernel/errors.js';
import type { Dataplane } from '../dataplane.js';
import type { Kinds } from './kinds.js';
import type { Operation, Wave } from './plan.js';
import type { RecordedState } from './recorded.js';
import type { KindContext } from './resource.js';
import { isScript, runScript, type Script } from './script.js';

/**
 * `done`: all executed. `undone`: a step failed and everything was put back. `broken`: a step failed and so did putting back;
 * an audit repairs it. `partial`: some steps failed where no undo was asked for. `unavailable`: VPP went away; what it holds is
 * unknown until it is read back.
 */
export type Result = 'done' | 'undone' | 'broken' | 'partial' | 'unavailable';

/** What became of a plan. */
export interface Outcome {
  readonly result: Result;
  /** The first failure, named after its key; absent when done. */
  readonly error?: BngError;
  readonly failures: readonly BngError[];
  /** Keys of which VPP's state is not known for sure, a removal that failed half way for one: worth a repair. */
  readonly suspect: readonly string[];
  /** Requests that change state, undo included. */
  readonly messages: number;
  readonly executeMs: number;
}

export interface ExecuteOptions {
  /** Put back what was done when a step fails (default), or go on with the rest. */
  readonly onFailure?: 'undo' | 'continue';
  /** After each step, whatever became of it. */
  readonly onStep?: () => void;
}

interface Failure {
  readonly operation: Operation;
  readonly error: BngError;
}

/** Carries operations out and keeps the record true after each. */
export class Executor {
  constructor(
    private readonly vpp: Dataplane,
    private readonly kinds: Kinds,
    private readonly recorded: RecordedState,
    private readonly monotonicMs: () => number,
  ) {}

  async run(waves: readonly Wave[], options: ExecuteOptions = {}): Promise<Outcome> {
    const startedMs = this.monotonicMs();
    const counter = new CountingDataplane(this.vpp);
    const run = new Run(counter, this.kinds, this.recorded, options.onStep ?? (() => {}));
    const part = await run.forward(waves, options.onFailure ?? 'undo');
    return { ...part, messages: counter.calls, executeMs: this.monotonicMs() - startedMs };
  }
}

/** Enough to keep the client's window full; all of a large wave at once would fill the memory. */
const operationsAtOnce = 1024;

type Part = Omit<Outcome, 'messages' | 'executeMs'>;

/** One execution: remembers what it did, to undo it. */
class Run {
  private readonly done: Operation[][] = [];
  private readonly ctx: KindContext;

  constructor(
    vpp: Dataplane,
    private readonly kinds: Kinds,
    private readonly recorded: RecordedState,
    private readonly onStep: () => void,
  ) {
    this.ctx = { vpp, handle: (key) => recorded.handle(key) };
  }

  async forward(waves: readonly Wave[], onFailure: 'undo' | 'continue'): Promise<Part> {
    const failures: Failure[] = [];
    for (const wave of waves) {
      const failed = await this.wave(wave);
      failures.push(...failed);
      if (failed.some(({ error }) => vppIsGone(error))) return this.part('unavailable', failures, []);
      if (failed.length > 0 && onFailure === 'undo') return this.undo(failures);
    }
    const suspect = failures.map(({ operation }) => operation.key);
    return this.part(failures.length === 0 ? 'done' : 'partial', failures, suspect);
  }

  private part(result: Result, failures: readonly Failure[], suspect: readonly string[]): Part {
    const errors = failures.map(({ error }) => error);
    const [error] = errors;
    return { result, failures: errors, suspect, ...(error && { error }) };
  }

  /** Starts operations as others end; one promise for all of them. What failed comes in the order of the wave. */
  private wave(wave: Wave): Promise<Failure[]> {
    const done: Operation[] = [];
    this.done.push(done);
    const failures: (Failure & { readonly at: number })[] = [];
    return new Promise((resolve) => {
      let next = 0;
      let active = 0;
      let filling = false;
      const fill = () => {
        if (filling) return;
        filling = true;
        while (active < operationsAtOnce && next < wave.length) start(wave[next] as Operation, next++);
        filling = false;
        if (active === 0) resolve(failures.sort((a, b) => a.at - b.at));
      };
      const ended = () => {
        active--;
        this.onStep();
        fill();
      };
      const start = (operation: Operation, at: number) => {
        active++;
        const failed = (thrown: unknown) => {
          failures.push({ operation, error: named(operation.key, thrown), at });
          ended();
        };
        const succeeded = (handle: unknown) => {
          this.record(operation, handle);
          done.push(operation);
          ended();
        };
        this.execute(operation, succeeded, failed);
      };
      fill();
    });
  }

  private execute(operation: Operation, succeeded: (handle: unknown) => void, failed: (thrown: unknown) => void): void {
    try {
      const step = this.begin(operation);
      if (isScript(step)) runScript(this.ctx.vpp, step, succeeded, failed);
      else Promise.resolve(step).then(succeeded, failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  /** The handle to come, or a script that ends with it. */
  private begin(operation: Operation): Promise<unknown> | Script<unknown> | undefined {
    if (operation.op === 'remove') {
      const { resource, handle } = this.recorded.get(operation.key) ?? operation.from;
      return this.kinds.of(resource).remove(this.ctx, handle, resource.spec);
    }
    const { to, key } = operation;
    const kind = this.kinds.of(to);
    if (operation.op === 'create') return kind.create(this.ctx, to.spec);
    return kind.update?.(this.ctx, this.recorded.handle(key), operation.from.resource.spec, to.spec);
  }

  private record(operation: Operation, handle: unknown): void {
    if (operation.op === 'remove') this.recorded.delete(operation.key);
    else this.recorded.set(operation.to, handle);
  }

  /** Puts back what was done, wave by wave in reverse; a failed update is asserted back as well, in case half of it took. */
  private async undo(failures: readonly Failure[]): Promise<Part> {
    const suspect = new Set(failures.filter(isDoubtful).map(({ operation }) => operation.key));
    const unknown = failures.some(({ error }) => isUnknown(error));
    const undoFailures: Failure[] = [];
    const halfDone = failures.map(({ operation }) => operation).filter((operation) => operation.op === 'update');
    const back = [halfDone, ...this.done.reverse()];
    for (const operations of back) {
      const failed = await this.wave(operations.map((operation) => this.inverse(operation)));
      undoFailures.push(...failed);
      for (const { operation } of failed) suspect.add(operation.key);
    }
    const gone = undoFailures.some(({ error }) => vppIsGone(error));
    const result = gone ? 'unavailable' : undoFailures.length > 0 || unknown ? 'broken' : 'undone';
    return this.part(result, [...failures, ...undoFailures], [...suspect]);
  }

  private inverse(operation: Operation): Operation {
    const { key } = operation;
    if (operation.op === 'remove') return { op: 'create', key, to: operation.from.resource };
    if (operation.op === 'update')
      return { op: 'update', key, from: { ...operation.from, resource: operation.to }, to: operation.from.resource };
    return { op: 'remove', key, from: { resource: operation.to, handle: undefined, needs: [] } };
  }
}

/** Whether VPP may have done what it did not answer. */
export const isUnknown = (error: BngError): boolean => error.fields.outcomeUnknown === true;

/** Whether VPP may hold something else than before a failed step: a removal may be half done, a lost request may have worked. */
const isDoubtful = ({ operation, error }: Failure): boolean => operation.op === 'remove' || isUnknown(error);

const vppIsGone = (error: BngError): boolean => error.code === 'unavailable' || error.code === 'timeout';

function named(key: string, thrown: unknown): BngError {
  const error = BngError.from(thrown);
  return new BngError(error.code, `${key}: ${error.message}`, { ...error.fields, key }, error);
}

class CountingDataplane implements Dataplane {
  calls = 0;
  readonly takesNotes: boolean;
  constructor(private readonly vpp: Dataplane) {
    this.takesNotes = vpp.takesNotes ?? false;
  }

  call: Dataplane['call'] = (op, request, accept) => {
    this.calls++;
    return this.vpp.call(op, request, accept);
  };
  send: NonNullable<Dataplane['send']> = (op, request, answered, failed) => {
    this.calls++;
    if (this.vpp.send) this.vpp.send(op, request, answered, failed);
    else this.vpp.call(op, request).then(answered, failed);
  };
  ask: Dataplane['ask'] = (op, request) => this.vpp.ask(op, request);
  dump: Dataplane['dump'] = (op, request) => this.vpp.dump(op, request);
  stream: Dataplane['stream'] = (op, request) => this.vpp.stream(op, request);
  offers: Dataplane['offers'] = (op) => this.vpp.offers(op);
}
