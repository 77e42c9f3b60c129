import type { Life } from './connection.js';
import type { SimStatus } from './control.js';

export function simStatus(life: Life, generation: number, requests: ReadonlyMap<string, number>): SimStatus {
  const { interfaces, counters, policers } = life.dataplane;
  const zero = { packets: 0, bytes: 0 };
  return {
    pid: life.pid,
    generation,
    requests: Object.fromEntries(requests),
    interfaces: interfaces.all().map(({ name, swIfIndex }) => ({ name, swIfIndex, ...counters.of(swIfIndex) })),
    policers: policers.list().map(({ name, index }) => ({
      name,
      ...(policers.countsOf(index) ?? { conform: zero, exceed: zero, violate: zero }),
    })),
    errors: Object.fromEntries(counters.allErrors()),
  };
}
