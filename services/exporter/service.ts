import { type ControlPlane, controlPlaneFamilies } from './control-plane.js';
import type { Dataplane } from './dataplane.js';
import { type Family, family, mergeFamilies, parseExposition, renderExposition, withLabel } from './exposition.js';
import { scrapeFamilies, scrapeTarget, type Target } from './targets.js';

export interface ExporterParts {
  targets: readonly Target[];
  controlPlane: ControlPlane;
  dataplane: Dataplane | undefined;
  /** The exporter's own process metrics in text format. */
  own: () => Promise<string>;
  timeoutMs: number;
}

/** Gathers everything of the node into one exposition. */
export class Exporter {
  private running: Promise<string> | undefined;

  constructor(private readonly parts: ExporterParts) {}

  /** The exposition now; scrapes that overlap share one gathering. What cannot be reached is left out and shows as down. */
  gather(): Promise<string> {
    this.running ??= this.collect().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async collect(): Promise<string> {
    const { targets, controlPlane, dataplane, own, timeoutMs } = this.parts;
    const [scrapes, control, vpp, process] = await Promise.all([
      Promise.all(targets.map((target) => scrapeTarget(target, timeoutMs))),
      controlPlaneFamilies(controlPlane, timeoutMs),
      dataplane?.families() ?? [],
      own(),
    ]);
    const mine = withLabel([...control, ...vpp, ...scrapeFamilies(scrapes)], 'service', 'exporter');
    const { families, dropped } = mergeFamilies([
      mine,
      parseExposition(process).families,
      ...scrapes.map((scrape) => scrape.families),
    ]);
    return renderExposition([...families, droppedFamily(dropped)]);
  }
}

const droppedFamily = (dropped: number): Family =>
  family('gauge', 'bng_exporter_dropped_samples', 'Samples left out as repeats or of another type', [
    [{ service: 'exporter' }, dropped],
  ]);
