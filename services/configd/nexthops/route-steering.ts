import { type Clock, sleep } from '#lib/kernel/clock.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { ResourceSet } from '../reconcile/desired.js';
import type { Engine } from '../reconcile/engine.js';
import type { Resource } from '../reconcile/resource.js';
import type { RouteSpec } from '../resources/route.js';
import type { NextHopSource } from './next-hop-source.js';
import { isSteered, steeredPaths } from './steered-paths.js';

export interface RouteSteeringOptions {
  readonly engine: Pick<Engine, 'state' | 'wantedBy' | 'refresh'>;
  /** The owner of the configuration. */
  readonly owner: string;
  readonly source: NextHopSource;
  readonly clock: Clock;
  readonly log: Log;
}

const retryMs = 500;

/** Keeps the routes of the configuration to the next hops that are alive, through the engine. */
export class RouteSteering implements Component {
  readonly name = 'route-steering';
  private readonly abort = new AbortController();
  private stopListening = () => {};
  private known: { readonly wanted: ResourceSet; readonly routes: ReadonlyMap<string, RouteSpec> } | undefined;
  private readonly due = new Set<string>();
  private working: Promise<void> | undefined;

  constructor(private readonly options: RouteSteeringOptions) {}

  /** What VPP shall hold for a resource by now: the engine's overlay. */
  readonly overlay = (wanted: Resource): Resource => {
    if (wanted.kind !== 'route') return wanted;
    const spec = wanted.spec as RouteSpec;
    if (!isSteered(spec)) return wanted;
    const paths = steeredPaths(spec.paths, this.options.source);
    return paths === spec.paths ? wanted : { ...wanted, spec: { ...spec, paths } };
  };

  /** The wanted routes that name watched next hops, by key. */
  get routes(): ReadonlyMap<string, RouteSpec> {
    const wanted = this.options.engine.wantedBy(this.options.owner);
    if (this.known?.wanted !== wanted) this.known = { wanted, routes: steeredRoutes(wanted) };
    return this.known.routes;
  }

  async start(): Promise<void> {
    this.stopListening = this.options.source.onChange((names) => this.changed(names));
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.stopListening();
    await this.working;
  }

  private changed(names: ReadonlySet<string>): void {
    for (const [key, { paths }] of this.routes)
      if (paths.some(({ nextHop }) => nextHop !== undefined && names.has(nextHop))) this.due.add(key);
    if (this.due.size === 0) return;
    this.working ??= this.work().finally(() => {
      this.working = undefined;
    });
  }

  /** Brings the routes that are due to what they shall be, again while VPP refuses. A restore does it by itself. */
  private async work(): Promise<void> {
    const { signal } = this.abort;
    while (this.due.size > 0 && !signal.aborted) {
      const keys = [...this.due];
      this.due.clear();
      if (await this.refresh(keys)) continue;
      if (this.options.engine.state === 'ready') for (const key of keys) this.due.add(key);
      await sleep(retryMs, signal);
    }
  }

  private async refresh(keys: readonly string[]): Promise<boolean> {
    const { engine, clock, log } = this.options;
    const startedMs = clock.monotonicMs();
    try {
      const { plan, outcome } = await engine.refresh(keys, 'next-hops');
      const ms = Math.round(clock.monotonicMs() - startedMs);
      if (plan.steps.length > 0)
        log.info({ routes: plan.steps.map(({ key }) => key), ms }, 'routes follow their next hops');
      if (outcome.failures.length === 0) return true;
      log.error({ err: outcome.failures[0], routes: keys }, 'routes do not follow their next hops');
    } catch (error) {
      log.warn({ err: error, routes: keys }, 'routes do not follow their next hops yet');
    }
    return false;
  }
}

function steeredRoutes(wanted: ResourceSet): ReadonlyMap<string, RouteSpec> {
  const routes = [...wanted.values()].filter(({ kind, spec }) => kind === 'route' && isSteered(spec as RouteSpec));
  return new Map(routes.map(({ key, spec }) => [key, spec as RouteSpec]));
}
