import { Counter, Gauge, type Registry } from '#lib/kernel/metrics.js';
import type { ProfileStore } from './store.js';

export interface QosMetrics {
  compiles: Counter<'outcome'>;
}

/** `bng_qos_compiles_total{outcome}` and `bng_qos_profiles` (counted when scraped; absent while PostgreSQL is away). */
export function qosMetrics(registry: Registry, store: Pick<ProfileStore, 'newest'>): QosMetrics {
  registry.registerMetric(
    new Gauge({
      name: 'bng_qos_profiles',
      help: 'Profiles in the catalogue',
      registers: [],
      async collect() {
        this.reset();
        await store.newest().then(
          (profiles) => this.set(profiles.length),
          () => this.remove(),
        );
      },
    }),
  );
  return {
    compiles: new Counter({
      name: 'bng_qos_compiles_total',
      help: 'Rates compiled for a preview, by outcome (ok, refused)',
      labelNames: ['outcome'],
      registers: [registry],
    }),
  };
}
