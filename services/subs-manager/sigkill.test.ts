import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ListSubscribersRequest, SessionEvent_Kind, SessionState, SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import { sleep } from '#lib/kernel/clock.js';
import { callUnary, channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import { temporaryFolder } from '../../test/harness/child.js';
import { type ServiceProcess, startService } from '../../test/harness/service.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { type Lease, macOf } from './testkit/relay.testkit.js';
import { Rig } from './testkit/rig.testkit.js';

const CLIENTS = 200;
const indexOf = (client: number) => 10 + client;

describe('SIGKILL in the middle of 200 attachments', () => {
  const folder = temporaryFolder('subs-manager');
  let rig: Rig;
  let service: ServiceProcess;

  const launch = async () => {
    service = await startService('subs-manager', folder.path, rig.settings());
    rig.relay.serverPort = service.ports.dhcp ?? 0;
  };
  /** A client that begins again on NAK, as clients do. */
  const attach = async (client: number, acked: Map<number, Lease>) => {
    await waitFor(
      `client ${client}`,
      async () => {
        acked.set(client, await rig.relay.attach(indexOf(client), macOf(client), 30_000));
        return true;
      },
      40_000,
    );
  };
  const activeSessions = async () => {
    const client = new SubscriberServiceClient(service.grpc, channelCredentials(), channelOptions);
    const request = ListSubscribersRequest.fromPartial({ filter: { state: SessionState.ACTIVE }, pageSize: 1000 });
    const { sessions } = await callUnary(client.list.bind(client), request);
    client.close();
    return sessions;
  };

  beforeAll(async () => {
    rig = await Rig.start(CLIENTS);
    await launch();
    await service.ready();
  }, 60_000);
  afterAll(async () => {
    await service.stop();
    await rig.stop();
    folder.remove();
  });

  it('loses no acknowledged session, gives no address twice, tells no UP twice', async () => {
    const acked = new Map<number, Lease>();
    // One after the other, so that some are online, some under way and some to come when it happens.
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      await sleep(5 * client);
      await attach(client, acked);
    });
    await waitFor('a third is online', () => acked.size >= CLIENTS / 3);
    await service.kill();
    const before = new Map(acked);
    expect(before.size).toBeLessThan(CLIENTS);

    await launch();
    await service.ready();
    const restored = await activeSessions();
    const restoredByMac = new Map(restored.map((session) => [session.identity?.mac, session]));
    for (const [client, { ipv4 }] of before) expect(restoredByMac.get(macOf(client))).toMatchObject({ ipv4 });
    // Clients go on attaching meanwhile: what must not be in VPP is looked for when all are online.
    const inVpp = [...rig.configd.sessions.keys()];
    expect(inVpp).toEqual(expect.arrayContaining(restored.map(({ sessionId }) => sessionId)));

    await Promise.all(clients);
    expect(new Set([...acked.values()].map(({ ipv4 }) => ipv4)).size).toBe(CLIENTS);
    const sessions = await activeSessions();
    expect(sessions).toHaveLength(CLIENTS);
    const ids = sessions.map(({ sessionId }) => sessionId).sort();
    await waitFor('VPP has these and no others', () => `${[...rig.configd.sessions.keys()].sort()}` === `${ids}`);

    await waitFor('every UP', () => rig.events.of(SessionEvent_Kind.UP).length >= CLIENTS, 40_000);
    const ups = rig.events.of(SessionEvent_Kind.UP).map(({ session }) => session?.sessionId ?? '');
    expect(ups.sort()).toEqual(ids);
    expect(rig.events.of(SessionEvent_Kind.DOWN)).toEqual([]);
  }, 120_000);
});
