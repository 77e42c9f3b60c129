import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { waitFor } from '../harness/wait-for.js';
import { AaaRig } from './aaa-rig.js';

let rig: AaaRig;
beforeAll(async () => {
  rig = await AaaRig.start();
  await rig.startAaa('aaa');
}, 90_000);
afterAll(() => rig?.stop(), 60_000);

const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const sum = (one: bigint, other: number) => Number(one) === other;

/** Rows of the answer, or rows that it touched. */
async function sql(text: string): Promise<number | null> {
  const client = new pg.Client({ connectionString: rig.postgres.url });
  await client.connect();
  return client
    .query(text)
    .then(({ rowCount }) => rowCount)
    .finally(() => client.end());
}

const nodeRecords = () =>
  rig.radius
    .detail()
    .map((record) => record.get('Acct-Status-Type') ?? '')
    .filter((status) => status.startsWith('Accounting-'));

describe('the node', () => {
  it('says Accounting-On once in its life, and again after Accounting-Off', async () => {
    await waitFor('Accounting-On', () => nodeRecords().length === 1, 30_000);
    await waitFor('it is remembered', async () => (await sql('select from aaa.accounting_node')) === 1);
    await rig.killAaa('aaa');
    await rig.startAaa('aaa');
    await rig.off('aaa');
    await rig.killAaa('aaa');
    await rig.startAaa('aaa');
    await waitFor('the second Accounting-On', () => nodeRecords().length === 3, 30_000);
    expect(nodeRecords()).toEqual(['Accounting-On', 'Accounting-Off', 'Accounting-On']);
  }, 120_000);
});

describe('accounting over an outage', () => {
  it('keeps every record in order for each session, and the ledger names what may have come twice', async () => {
    const sessions = ids('s', 30);
    for (const id of sessions) rig.alive.add(id);
    await Promise.all(sessions.map((id) => rig.tell(id, 1, 'up')));
    await waitFor('the starts', () => sessions.every((id) => rig.accounted(id).includes('Start')), 30_000);

    rig.radius.signal('SIGSTOP');
    await Promise.all(sessions.map((id) => rig.tell(id, 2, 'interim')));
    await waitFor('records sent into the void', async () => sum((await rig.audit('aaa')).waiting, 30), 30_000);
    await rig.radius.stop();
    for (const sequence of [3, 4, 5]) await Promise.all(sessions.map((id) => rig.tell(id, sequence, 'interim')));
    await rig.killAaa('aaa');
    await Promise.all(sessions.map((id) => rig.tell(id, 6, 'down')));
    await rig.startAaa('aaa');
    await rig.startRadius();
    for (const id of sessions) rig.alive.delete(id);

    await waitFor('the stops', () => sessions.every((id) => rig.accounted(id).includes('Stop')), 90_000);
    await waitFor('the stops in the ledger', async () => sum((await rig.audit('aaa')).stops, 30), 30_000);
    const audit = await rig.audit('aaa');
    expect(audit).toMatchObject({
      sessions: 30n,
      open: 0n,
      starts: 30n,
      interims: 120n,
      stops: 30n,
      shed: 0n,
      waiting: 0n,
    });
    expect(audit.findings.filter(({ fault }) => fault !== 'repeated')).toEqual([]);
    const named = new Set(audit.findings.map(({ sessionId, sequence }) => `${sessionId} ${sequence}`));
    const twice = repeatedInDetail(sessions);
    expect(twice.filter((record) => !named.has(record))).toEqual([]);
    for (const id of sessions) {
      const order = sequences(id);
      expect([...new Set(order)]).toEqual([1, 2, 3, 4, 5, 6]);
    }
  }, 240_000);

  it('finds what was lost: a hole, a session that is gone without a Stop, a Start that never was', async () => {
    const longAgo = { atMs: BigInt(Date.now() - 300_000) };
    rig.alive.add('kept');
    await rig.tell('kept', 1, 'up', longAgo);
    await rig.tell('gone', 1, 'up', longAgo);
    for (const [sequence, kind] of [
      [1, 'up'],
      [2, 'interim'],
      [3, 'down'],
    ] as const)
      await rig.tell('holed', sequence, kind);
    await waitFor('all of them', async () => sum((await rig.audit('aaa', 'holed')).stops, 1), 30_000);
    await waitFor('all of them', async () => sum((await rig.audit('aaa', 'gone')).starts, 1), 30_000);
    await waitFor('all of them', async () => sum((await rig.audit('aaa', 'kept')).starts, 1), 30_000);
    await sql("delete from aaa.accounting_record where session_id = 'holed' and sequence = 2");
    await sql("update aaa.accounting set start_acked_at = null where session_id = 'holed'");
    const { findings } = await rig.audit('aaa');
    const faults = findings
      .filter(({ fault }) => fault !== 'repeated')
      .map(({ fault, sessionId }) => `${fault} ${sessionId}`);
    expect(faults.sort()).toEqual(['hole holed', 'no_start holed', 'no_stop gone']);
  }, 120_000);
});

/** Sequence numbers of a session's records as FreeRADIUS got them, from the counters that the rig gives each. */
function sequences(id: string): number[] {
  return rig.radius
    .detail()
    .filter((record) => record.get('Acct-Session-Id') === id)
    .map((record) =>
      record.get('Acct-Status-Type') === 'Start' ? 1 : Number(record.get('Causeway-Input-Octets-64')) / 2 ** 33,
    );
}

function repeatedInDetail(sessions: readonly string[]): string[] {
  return sessions.flatMap((id) => {
    const order = sequences(id);
    return order.filter((sequence, i) => order.indexOf(sequence) !== i).map((sequence) => `${id} ${sequence}`);
  });
}
