import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditRequest, SessionEvent_Kind as Kind, ListSubscribersRequest } from '#gen/bng/v1/subs.js';
import { MESSAGE_TYPE } from '#lib/dhcp/options.js';
import { messageType } from '#lib/dhcp/packet.js';
import { type Clock, systemClock } from '#lib/kernel/clock.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { macOf } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

const HOUR = 3_600_000;

describe.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('the clock is set %s by an hour', (_name, stepMs) => {
  let rig: Rig;
  let service: ServiceUnderTest;
  let setMs = 0;
  const clock: Clock = { nowMs: () => systemClock.nowMs() + setMs, monotonicMs: () => systemClock.monotonicMs() };
  const get = (key: string) => service.get(key);
  const list = async () =>
    (await callUnary(service.client.list.bind(service.client), ListSubscribersRequest.fromPartial({}))).sessions;
  const eventsOf = (id: string, kind: Kind) => rig.events.of(kind).filter(({ session }) => session?.sessionId === id);

  beforeAll(async () => {
    rig = await Rig.start(10);
    rig.aaa.answer = ({ identity }) => {
      const policy = { '02:00:5e:00:00:02': { interimIntervalS: 2 }, '02:00:5e:00:00:03': { sessionTimeoutS: 12 } };
      return { policy: policy[(identity?.mac ?? '') as keyof typeof policy] ?? {} };
    };
    service = await ServiceUnderTest.start(
      rig,
      { groups: [{ name: 'homes', pools: ['main'], leaseS: 1800, offerHoldS: 3 }] },
      clock,
    );
  }, 60_000);
  afterAll(async () => {
    await service?.stop();
    await rig?.stop();
  }, 60_000);

  it('nobody loses a lease, interims and Session-Timeout come when they would have, the rows follow', async () => {
    const macs = [1, 2, 3].map((number) => `02:00:5e:00:00:0${number}`);
    const leases = [];
    for (const [at, mac] of macs.entries()) leases.push(await rig.relay.attach(10 + at, mac));
    await rig.relay.ask(15, macOf(5), 'discover');
    const before = await Promise.all(macs.map(get));
    const ids = before.map(({ sessionId }) => sessionId);
    await waitFor('an interim', () => eventsOf(ids[1] ?? '', Kind.INTERIM).length > 0);
    setMs = stepMs;
    const interims = eventsOf(ids[1] ?? '', Kind.INTERIM).length;
    const moved = (after: typeof before) =>
      after.flatMap((one, at) => {
        const { leaseExpiresMs = 0n, startedMs = 0n } = before[at] ?? {};
        return [Number(one.leaseExpiresMs - leaseExpiresMs), Number(one.startedMs - startedMs)];
      });
    const after = await waitFor('the times follow', async () => {
      const now = await Promise.all(macs.map(get));
      return moved(now).every((ms) => ms !== 0) && now;
    });
    // What passed between reading the two clocks may count as a part of the step.
    for (const ms of moved(after)) expect(Math.abs(ms - stepMs)).toBeLessThan(1000);
    const renewed = await rig.relay.ask(10, macs[0] ?? '', 'request', { ciaddr: leases[0]?.ipv4 ?? '' });
    expect(messageType(renewed)).toBe(MESSAGE_TYPE.ack);
    await waitFor('interims go on', () => eventsOf(ids[1] ?? '', Kind.INTERIM).length > interims);
    await waitFor('the offer lapses', async () => !(await list()).some(({ identity }) => identity?.mac === macOf(5)));
    const [down] = await waitFor(
      'Session-Timeout',
      () => {
        const found = eventsOf(ids[2] ?? '', Kind.DOWN);
        return found.length > 0 && found;
      },
      40_000,
    );
    const lasted = Number((down?.atMs ?? 0n) - (down?.session?.startedMs ?? 0n));
    expect([lasted >= 11_500, lasted < 25_000]).toEqual([true, true]);
    expect((await list()).map(({ sessionId }) => sessionId)).toEqual(ids.slice(0, 2));
    const store = new Postgres({ url: rig.postgres.url, schema: 'subs_manager', migrations: [] });
    const rows = await store.knex('sessions').orderBy('session_id').select('started_ms');
    await store.stop();
    expect(rows.map((row) => BigInt(row.started_ms))).toEqual(after.slice(0, 2).map(({ startedMs }) => startedMs));
    const audit = await callUnary(service.client.audit.bind(service.client), AuditRequest.fromPartial({}));
    expect(audit.findings).toEqual([]);
  }, 60_000);
});
