import { Gauge, type Registry } from '#lib/kernel/metrics.js';

/** Sets the value of one label set; without a value there is no such series. */
export type SetGauge = (labels: Record<string, string>, value: number | undefined) => void;

/** Makes gauges named `bng_configd_<name>` on a registry that are collected anew at each scrape: what is gone leaves no series. */
export const liveGauges =
  (registry: Registry) =>
  (name: string, help: string, labelNames: string[], collect: (set: SetGauge) => void): Gauge =>
    new Gauge({
      name: `bng_configd_${name}`,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        collect((labels, value) => {
          if (value !== undefined) this.set(labels, value);
        });
      },
    });
