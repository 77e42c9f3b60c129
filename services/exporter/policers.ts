import type { Snapshot } from '#lib/vpp/stats/reader.js';
import { type Family, family } from './exposition.js';
import { MonotonicSum } from './monotonic-sum.js';

const RESULTS = ['conform', 'exceed', 'violate'] as const;

/** All policers together, by what became of the packet: a policer belongs to a subscriber, so none is named. */
export class PolicerFamilies {
  private readonly sums = RESULTS.map((result) => ({ result, packets: new MonotonicSum(), bytes: new MonotonicSum() }));

  families(snapshot: Snapshot): Family[] {
    for (const { result, packets, bytes } of this.sums) {
      const counters = snapshot.get(`/net/policer/${result}`);
      if (counters?.kind !== 'combined') continue;
      packets.update(counters.packets.entries());
      bytes.update(counters.bytes.entries());
    }
    return (['packets', 'bytes'] as const).map((unit) =>
      family(
        'counter',
        `bng_vpp_policer_${unit}_total`,
        `${unit === 'packets' ? 'Packets' : 'Bytes'} through all policers, by result`,
        this.sums.map((sum) => [{ result: sum.result }, sum[unit].total]),
      ),
    );
  }
}
