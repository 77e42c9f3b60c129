import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServiceProcess } from '../harness/service.js';
import { waitFor } from '../harness/wait-for.js';
import { AaaRig } from './aaa-rig.js';

let rig: AaaRig;
let a: ServiceProcess;
let b: ServiceProcess;
beforeAll(async () => {
  rig = await AaaRig.start();
  [a, b] = [await rig.startAaa('a'), await rig.startAaa('b')];
}, 90_000);
afterAll(() => rig?.stop(), 60_000);

async function metric(of: ServiceProcess, line: RegExp): Promise<number> {
  const page = await (await fetch(`${of.ops}/metrics`)).text();
  return Number(line.exec(page)?.[1] ?? 0);
}
const partitions = (of: ServiceProcess) => metric(of, /^bng_aaa_accounting_partitions\S* (\d+)/m);
const acknowledged = (of: ServiceProcess) =>
  metric(of, /^bng_aaa_accounting_events_total\{[^}]*kind="start",outcome="acknowledged"[^}]*\} (\d+)/m);
const pending = (of: ServiceProcess) => metric(of, /^bng_aaa_accounting_pending\S* (\d+)/m);
const held = async () => [await partitions(a), await partitions(b)];

/** 60 sessions in 20 groups. */
const sessions = Array.from({ length: 60 }, (_, i) => ({
  id: `n${i}`,
  session: { group: `group-${i % 20}` } as never,
}));
const tellAll = (sequence: number, kind: 'up' | 'interim' | 'down') =>
  Promise.all(sessions.map(({ id, session }) => rig.tell(id, sequence, kind, { session })));

describe('two instances of aaa', () => {
  it('share the groups evenly, and each accounts for its own', async () => {
    await waitFor('eight partitions each', async () => (await held()).join() === '8,8', 30_000);
    for (const { id } of sessions) rig.alive.add(id);
    await tellAll(1, 'up');
    await waitFor('the starts', () => sessions.every(({ id }) => rig.accounted(id).includes('Start')), 30_000);
    const counts = await waitFor('all acknowledged', async () => {
      const now = [await acknowledged(a), await acknowledged(b)] as const;
      return now[0] + now[1] >= sessions.length && now;
    });
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(counts[0] + counts[1]).toBe(sessions.length);
  }, 90_000);

  it('lose nothing when one is killed with records on their way, and share again when it is back', async () => {
    rig.radius.signal('SIGSTOP');
    await tellAll(2, 'interim');
    await waitFor('records on their way', async () => (await pending(a)) > 0 && (await pending(b)) > 0, 30_000);
    await rig.killAaa('b');
    await tellAll(3, 'down');
    for (const { id } of sessions) rig.alive.delete(id);
    rig.radius.signal('SIGCONT');
    await waitFor('all stops', () => sessions.every(({ id }) => rig.accounted(id).includes('Stop')), 90_000);
    await waitFor('the ledger', async () => (await rig.audit('a')).stops === 60n, 30_000);
    const audit = await rig.audit('a');
    expect(audit).toMatchObject({ sessions: 60n, starts: 60n, interims: 60n, stops: 60n, open: 0n, waiting: 0n });
    expect(audit.findings.filter(({ fault }) => fault !== 'repeated')).toEqual([]);
    for (const { id } of sessions) expect([...new Set(rig.accounted(id))]).toEqual(['Start', 'Interim-Update', 'Stop']);
    expect(await partitions(a)).toBe(16);
    b = await rig.startAaa('b');
    await waitFor('eight partitions each', async () => (await held()).join() === '8,8', 60_000);
  }, 240_000);
});
