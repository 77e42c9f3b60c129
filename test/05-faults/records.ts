import type { DetailRecord, FreeRadius } from '../harness/freeradius.js';

/** Accounting records of sessions as FreeRADIUS wrote them down, over its restarts. */
export class Records {
  private readonly earlier: DetailRecord[] = [];

  constructor(private readonly radius: () => FreeRadius) {}

  /** Before the folder of the FreeRADIUS that runs now goes. */
  keep(): void {
    this.earlier.push(...this.radius().detail());
  }

  /** How often each session has a record of the kind. */
  count(kind: 'Start' | 'Stop'): Map<string, number> {
    const counts = new Map<string, number>();
    for (const record of [...this.earlier, ...this.radius().detail()]) {
      const id = record.get('Acct-Session-Id');
      if (id === undefined || record.get('Acct-Status-Type') !== kind) continue;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }

  /** Sessions with more than one record of the kind. */
  doubled(kind: 'Start' | 'Stop'): string[] {
    return [...this.count(kind)].filter(([, times]) => times > 1).map(([id]) => id);
  }
}
