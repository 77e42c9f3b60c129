import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import { type DhcpPacket, decodeDhcp, encodeDhcp } from '#lib/dhcp/packet.js';
import { systemClock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import { silentLog } from '#lib/kernel/log.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { newSession } from './session/session.js';
import { SessionIds } from './session/session-id.js';
import { Timeline } from './session/timeline.js';
import { TimelineStore } from './store-timeline.js';
import { macOf, relayed } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

let rig: Rig;
let service: ServiceUnderTest;
let postgres: Postgres;
const why = (key: string) => callUnary(service.client.why.bind(service.client), { key });
const stepsOf = async (key: string) => (await why(key)).entries.map(({ step, outcome }) => `${step} ${outcome}`);

const spoofed = (mac: string): DhcpPacket => {
  const packet = decodeDhcp(relayed({ type: 'discover', mac, xid: 1 }, 10));
  if (!packet.ok) throw new Error(packet.error);
  return packet.value;
};

beforeAll(async () => {
  rig = await Rig.start(5);
  service = await ServiceUnderTest.start(rig);
  postgres = new Postgres({ url: rig.postgres.url, schema: 'subs_manager', migrations: [] });
}, 60_000);
afterAll(async () => {
  await postgres?.stop();
  await service?.stop();
  await rig?.stop();
}, 60_000);

describe('why', () => {
  it('tells the steps of an attempt, by any of its names, with who answered and how long it took', async () => {
    const mac = macOf(1);
    rig.aaa.answer = () => ({ userName: 'anna', server: 'radius-1' });
    const { ipv4 } = await rig.relay.attach(10, mac);
    const wanted = ['radius ok', 'address ok', 'dataplane ok', 'active ok'];
    for (const key of [mac, mac.toUpperCase(), ipv4, 'access.100.1', 'anna'])
      expect(await stepsOf(key)).toEqual(wanted);
    const { sessions, entries } = await why(mac);
    expect(sessions.map((session) => session.ipv4)).toEqual([ipv4]);
    expect(entries[0]).toMatchObject({ step: 'radius', peer: 'radius-1', mac, userName: '' });
    expect(entries[1]?.detail).toBe(`${ipv4} main`);
    expect(entries[2]?.tookMs).toBeGreaterThan(0);
  });

  it('tells of attempts that failed: RADIUS said no, RADIUS was silent, VPP refused', async () => {
    rig.aaa.answer = () => ({ result: AuthorizeResponse_Result.REJECT, replyMessage: 'not paid' });
    rig.relay.tell(11, macOf(2), 'discover');
    await waitFor('the refusal', async () => (await stepsOf('access.100.2').catch(() => [])).length === 2);
    const { entries } = await why('access.100.2');
    expect(entries.map(({ outcome }) => outcome)).toEqual(['radius_reject', 'radius_reject']);
    expect(entries[1]?.detail).toMatch(/^not paid; asked again not before 20/);

    rig.aaa.answer = () => {
      throw new BngError('unavailable', 'no server answers');
    };
    rig.relay.tell(12, macOf(3), 'discover');
    await waitFor('the silence', async () => (await stepsOf(macOf(3)).catch(() => [])).length === 2);
    expect((await why(macOf(3))).entries[0]).toMatchObject({ outcome: 'radius_timeout', detail: 'no server answers' });

    rig.aaa.answer = () => ({});
    rig.configd.fault = new BngError('dataplane', 'policer_add: -7');
    const offer = await rig.relay.ask(13, macOf(4), 'discover');
    rig.relay.tell(13, macOf(4), 'request', { requestedIp: offer.yiaddr });
    await waitFor('the refusal', async () => (await stepsOf(macOf(4))).length === 3);
    rig.configd.fault = undefined;
    expect((await why(macOf(4))).entries.at(-1)).toMatchObject({ step: 'dataplane', outcome: 'apply_failed' });
  });

  it('tells of messages that come to nothing before there is a session: unknown lines, relays that are none', async () => {
    rig.relay.tell(99, macOf(60), 'discover');
    rig.relay.send(encodeDhcp({ ...spoofed(macOf(61)), giaddr: '10.9.9.9' }));
    const detailOf = async (mac: string) => (await why(mac).catch(() => undefined))?.entries[0]?.detail;
    await waitFor('both lines', async () => (await detailOf(macOf(60))) !== undefined && detailOf(macOf(61)));
    expect((await why(macOf(60))).entries[0]).toMatchObject({ outcome: 'unknown_line', detail: 'interface index 99' });
    const [entry] = (await why(macOf(61))).entries;
    expect(entry).toMatchObject({
      step: 'refused',
      outcome: 'unknown_relay',
      detail: 'giaddr 10.9.9.9',
      peer: '127.0.0.1',
    });
  });

  it('remembers a session that is gone', async () => {
    const { ipv4 } = await rig.relay.attach(14, macOf(5));
    rig.relay.tell(14, macOf(5), 'release', { ciaddr: ipv4 });
    await waitFor('the end', async () => (await stepsOf(macOf(5))).includes('down ok'));
    const { sessions, entries } = await why(macOf(5));
    expect(sessions).toEqual([]);
    expect(entries.at(-1)?.detail).toBe('user_request: released');
  });

  it('says so when nothing is known', async () => {
    await expect(why('02:ff:ff:ff:ff:ff')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('forgets what is older than it is to keep', async () => {
    const store = new TimelineStore(postgres.knex);
    let nowMs = Date.now() - 8 * 86_400_000;
    const lost: number[] = [];
    const timeline = new Timeline(
      store,
      7 * 86_400_000,
      () => nowMs,
      silentLog(),
      (rows) => lost.push(rows),
    );
    const identity = { mac: '02:00:00:00:aa:aa' } as never;
    const session = newSession(
      new SessionIds(systemClock).next(),
      { identity, place: 'old', addressKey: 'old', group: 'homes' },
      nowMs,
    );
    timeline.note(session, { step: 'radius' });
    await timeline.settled();
    expect(await store.attempts('old')).toHaveLength(1);
    nowMs = Date.now();
    timeline.note({ ...session, place: 'new' }, { step: 'radius' });
    await timeline.settled();
    expect(await store.attempts('old')).toEqual([]);
    expect([lost, (await store.attempts('new')).length]).toEqual([[], 1]);
  });
});
