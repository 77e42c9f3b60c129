import { dirname, join } from 'node:path';
import type { Clock } from '#lib/kernel/clock.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { Registry } from '#lib/kernel/metrics.js';
import type { Dataplane } from '../dataplane.js';
import type { EventTeller } from '../events.js';
import { type Engine, infraOwner } from '../reconcile/engine.js';
import { CliProber } from './cli-prober.js';
import { NextHopMonitor } from './next-hop-monitor.js';
import { NextHopView } from './next-hop-view.js';
import { nextHopMetrics } from './next-hop-views.js';
import { RouteSteering } from './route-steering.js';
import { VerdictFile } from './verdict-file.js';

export interface NextHopsOptions {
  readonly engine: Engine;
  readonly dataplane: Dataplane;
  readonly vpp: { readonly apiSocket: string; readonly cliSocket?: string | undefined };
  /** Outlives the process. */
  readonly stateDir: string;
  readonly events: EventTeller;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
}

/** The next-hop manager: who says which next hops are alive, what follows for the routes, and how it is shown. */
export interface NextHops {
  /** To start once the configuration is known and before VPP is restored. */
  readonly components: readonly Component[];
  readonly steering: RouteSteering;
  readonly view: NextHopView;
}

/** Next hops probed by ICMP through VPP. */
export function probedNextHops({ engine, dataplane, vpp, stateDir, registry, ...common }: NextHopsOptions): NextHops {
  const cliSocket = vpp.cliSocket ?? join(dirname(vpp.apiSocket), 'cli.sock');
  const prober = () => new CliProber({ cliSocket, vpp: dataplane, recorded: engine.recorded, clock: common.clock });
  const verdicts = new VerdictFile(stateDir);
  const monitor = new NextHopMonitor({ engine, owner: infraOwner, prober, verdicts, ...common });
  const steering = new RouteSteering({ engine, owner: infraOwner, source: monitor, ...common });
  const view = new NextHopView({ monitor, steering, recorded: engine.recorded });
  nextHopMetrics(registry, view, monitor);
  return { components: [steering, monitor], steering, view };
}
