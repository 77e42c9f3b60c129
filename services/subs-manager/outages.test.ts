import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DisconnectSubscriberRequest,
  SessionEvent_Kind as Kind,
  SessionState,
  UpdateSubscriberRequest,
} from '#gen/bng/v1/subs.js';
import { MESSAGE_TYPE } from '#lib/dhcp/options.js';
import { messageType } from '#lib/dhcp/packet.js';
import { Postgres } from '#lib/kernel/postgres.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { mutations } from '#lib/net/mutate.testkit.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { gateway } from './testkit/configd.testkit.js';
import { macOf, relayed } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

describe('when a neighbour is away', () => {
  let rig: Rig;
  let service: ServiceUnderTest;
  const get = (key: string) => service.get(key);
  const stats = () => service.stats();
  const dropsOf = (reason: string) => service.dropsOf(reason);
  const toldOf = (sessionId: string, kind: Kind) =>
    rig.events.of(kind).filter(({ session }) => session?.sessionId === sessionId).length;

  const storedLease = async (sessionId: string): Promise<bigint> => {
    const store = new Postgres({ url: rig.postgres.url, schema: 'subs_manager', migrations: [] });
    const row = await store.knex('sessions').where({ session_id: sessionId }).first('lease_expires_ms');
    await store.stop();
    return BigInt(row.lease_expires_ms);
  };

  beforeAll(async () => {
    rig = await Rig.start(20);
    service = await ServiceUnderTest.start(rig);
  }, 60_000);
  afterAll(async () => {
    await service.stop();
    await rig.stop();
  });

  it('NATS: sessions come up, their events wait', async () => {
    await rig.nats.kill();
    await rig.relay.attach(10, macOf(0));
    const { sessionId } = await get(macOf(0));
    await waitFor('the event waits', async () => (await stats()).outboxPending === 1n);
    await rig.nats.restart();
    await waitFor('UP', () => toldOf(sessionId, Kind.UP) === 1, 40_000);
  }, 60_000);

  it('PostgreSQL: no new session, who is online renews; the store hears of both when it is back, with one UP', async () => {
    const { ipv4 } = await rig.relay.attach(11, macOf(1));
    const before = (await get(macOf(1))).leaseExpiresMs;
    const offer = await rig.relay.ask(12, macOf(2), 'discover');
    await rig.postgres.kill();
    const xid = rig.relay.tell(12, macOf(2), 'request', { requestedIp: offer.yiaddr, serverId: gateway });
    await waitFor('the refusal', async () => (await dropsOf('store_unavailable')) === 1, 40_000);
    expect(rig.relay.replyTo(xid)).toBeUndefined();
    const renewed = await rig.relay.ask(11, macOf(1), 'request', { ciaddr: ipv4 }, 20_000);
    expect([messageType(renewed), renewed.yiaddr]).toEqual([MESSAGE_TYPE.ack, ipv4]);
    const { sessionId: renewedId, leaseExpiresMs } = await get(macOf(1));
    expect(leaseExpiresMs).toBeGreaterThan(before);
    await rig.postgres.restart();
    await waitFor('the lease in the store', async () => (await storedLease(renewedId)) === leaseExpiresMs, 40_000);
    const ack = await rig.relay.ask(12, macOf(2), 'request', { requestedIp: offer.yiaddr, serverId: gateway }, 20_000);
    expect([messageType(ack), ack.yiaddr]).toEqual([MESSAGE_TYPE.ack, offer.yiaddr]);
    const { sessionId } = await get(macOf(2));
    await waitFor('UP', () => toldOf(sessionId, Kind.UP) === 1, 40_000);
  }, 60_000);

  it('PostgreSQL: a change that was refused leaves no hole in the numbers of the events', async () => {
    await rig.relay.attach(16, macOf(6));
    const { sessionId } = await get(macOf(6));
    const change = () =>
      callUnary(
        service.client.update.bind(service.client),
        UpdateSubscriberRequest.fromPartial({ selector: { sessionId }, policy: { downloadBps: 7_000_000n } }),
        { timeoutMs: 20_000 },
      );
    await rig.postgres.kill();
    await expect(change()).rejects.toMatchObject({ code: 'unavailable' });
    await rig.postgres.restart();
    await waitFor('the change', () => change().then(Boolean), 40_000);
    await callUnary(
      service.client.disconnect.bind(service.client),
      DisconnectSubscriberRequest.fromPartial({ selector: { sessionId } }),
    );
    await waitFor('DOWN', () => toldOf(sessionId, Kind.DOWN) === 1, 40_000);
    const told = rig.events.events.filter(({ session }) => session?.sessionId === sessionId);
    expect(told.map(({ sequence, kind }) => [sequence, kind])).toEqual([
      [1n, Kind.UP],
      [2n, Kind.CHANGED],
      [3n, Kind.DOWN],
    ]);
  }, 60_000);

  it('an address that the store knows to be taken is not acknowledged, and another one is given', async () => {
    const offer = await rig.relay.ask(15, macOf(5), 'discover');
    const thief = new Postgres({ url: rig.postgres.url, schema: 'subs_manager', migrations: [] });
    const row = { vrf: 'default', address: offer.yiaddr, subscriber: 'elsewhere', session_id: 'of another instance' };
    await thief.knex('addresses').insert(row);
    await thief.stop();
    const xid = rig.relay.tell(15, macOf(5), 'request', { requestedIp: offer.yiaddr, serverId: gateway });
    await waitFor('refusal', async () => (await dropsOf('address_in_use')) === 1);
    await waitFor('out of VPP', () => [...rig.configd.sessions.values()].every(({ ipv4 }) => ipv4 !== offer.yiaddr));
    expect(rig.relay.replyTo(xid)).toBeUndefined();
    expect((await rig.relay.attach(15, macOf(5))).ipv4).not.toBe(offer.yiaddr);
  });

  it('hostile packets: counted, and the next client is served', async () => {
    const sample = relayed({ type: 'discover', mac: macOf(3), xid: 7, hostName: 'cpe' }, 13);
    let sent = 0;
    for (const payload of mutations(sample, 4000, 5)) {
      rig.relay.send(payload);
      if (++sent % 200 === 0) await waitFor('intake', async () => (await stats()).outboxPending >= 0n);
    }
    await rig.relay.attach(14, macOf(4));
    expect(await get(macOf(4))).toMatchObject({ state: SessionState.ACTIVE });
    const counted = await dropsOf('malformed');
    expect(counted).toBeGreaterThan(1000);
    expect(await dropsOf('internal')).toBe(0);
  }, 60_000);
});
