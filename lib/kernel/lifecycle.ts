import { BngError } from './errors.js';
import type { Log } from './log.js';

/** A part of a service with a life of its own. */
export interface Component {
  readonly name: string;
  /** Resolves when the component is ready for use. */
  start(signal: AbortSignal): Promise<void>;
  /** Takes no new work and finishes what it has. Called on all components before any is stopped. */
  drain?(): Promise<void>;
  stop(): Promise<void>;
}

export type ServiceState = 'starting' | 'restoring' | 'ready' | 'draining' | 'stopped';

/** The state of a service, as /readyz, gRPC health and metrics show it. */
export class StateHolder {
  private current: ServiceState = 'starting';
  private readonly observers = new Set<(state: ServiceState) => void>();

  get state(): ServiceState {
    return this.current;
  }

  set(state: ServiceState): void {
    if (state === this.current) return;
    this.current = state;
    for (const observe of this.observers) observe(state);
  }

  observe(observer: (state: ServiceState) => void): void {
    this.observers.add(observer);
    observer(this.current);
  }
}

export interface RunOptions {
  log: Log;
  state: StateHolder;
  /** Longest time for drain and stop together; 10 s when absent. */
  deadlineMs?: number;
  /** Ends a start that is still under way: what was started is stopped, and `startAll` rejects. */
  interrupt?: AbortSignal;
}

export interface ProcessOptions extends RunOptions {
  /** Aborts when the process cannot go on: it stops in order and exits with 1, to be started again. */
  failed?: AbortSignal;
}

/** A running set of components. `stop` is idempotent. */
export interface Running {
  stop(reason: string): Promise<void>;
}

const deadline = async (work: Promise<void>, ms: number, what: string): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BngError('timeout', `${what} took longer than ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Rejects when the signal aborts; never resolves. */
function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    const abort = () => reject(new BngError('cancelled', 'stopped while starting'));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
  });
  promise.catch(() => {});
  return promise;
}

/**
 * Starts the components in order. A failing start stops those already started and rejects.
 * Stopping drains all (last first), then stops in reverse order, within the deadline.
 */
export async function startAll(components: readonly Component[], options: RunOptions): Promise<Running> {
  const abort = new AbortController();
  const started: Component[] = [];
  let stopping: Promise<void> | undefined;

  const shutdown = async (reason: string): Promise<void> => {
    options.state.set('draining');
    options.log.info({ reason }, 'stopping');
    abort.abort();
    const order = [...started].reverse();
    for (const component of order) await component.drain?.().catch((error) => warn(component, 'drain', error));
    for (const component of order) await component.stop().catch((error) => warn(component, 'stop', error));
    options.state.set('stopped');
  };
  const warn = (component: Component, step: string, error: unknown) =>
    options.log.warn({ component: component.name, step, err: error }, 'component did not end cleanly');
  const stop = (reason: string) => {
    stopping ??= deadline(shutdown(reason), options.deadlineMs ?? 10_000, 'stop').catch((error) =>
      options.log.error({ err: error }, 'stop deadline passed'),
    );
    return stopping;
  };

  const interrupted = whenAborted(options.interrupt);
  for (const component of components) {
    try {
      await Promise.race([component.start(abort.signal), interrupted]);
      started.push(component);
    } catch (error) {
      if (!options.interrupt?.aborted) options.log.fatal({ component: component.name, err: error }, 'start failed');
      await stop(options.interrupt?.aborted ? 'interrupted' : 'start failed');
      await component.stop().catch((late) => warn(component, 'stop', late));
      throw error;
    }
  }
  return { stop };
}

/** `startAll` for a process: SIGTERM and SIGINT stop it, a second one ends it at once. Sets the exit code. */
export async function run(components: readonly Component[], options: ProcessOptions): Promise<void> {
  const interrupt = new AbortController();
  const ended = new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        process.once(name, () => process.exit(1));
        interrupt.abort();
        resolve(name);
      });
    }
    options.failed?.addEventListener('abort', () => resolve('failed'), { once: true });
  });
  try {
    const running = await startAll(components, { ...options, interrupt: interrupt.signal });
    if (options.state.state === 'starting') options.state.set('ready');
    await running.stop(await ended);
    process.exit(options.failed?.aborted ? 1 : 0);
  } catch {
    process.exit(interrupt.signal.aborted ? 0 : 1);
  }
}
