import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditRequest, SessionEvent_Kind as Kind, SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import { MESSAGE_TYPE } from '#lib/dhcp/options.js';
import { messageType } from '#lib/dhcp/packet.js';
import { callUnary, channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import { temporaryFolder } from '../../test/harness/child.js';
import { FakeTime, fakeTimeLibrary } from '../../test/harness/fake-time.js';
import { type ServiceProcess, startService } from '../../test/harness/service.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { Rig } from './testkit/rig.testkit.js';

const HOUR_S = 3600;
const LEASE_S = 1800;
/** What passes between a reading and its use, on a busy machine. */
const SLACK_MS = 300_000;

const library = fakeTimeLibrary();
const open = library === undefined ? describe.skip : describe;

open(library === undefined ? 'skipped: libfaketime is not installed' : 'the clock of a running process is set', () => {
  const folder = temporaryFolder('clock');
  const time = new FakeTime(library ?? '', folder.path);
  const mac = '02:00:5e:00:00:01';
  let rig: Rig;
  let service: ServiceProcess;
  let client: SubscriberServiceClient;

  const get = (key: string) => callUnary(client.get.bind(client), { key });
  /** Whether a time of the service is this many seconds from a true one, but for what passed meanwhile. */
  const isAbout = (timeMs: bigint | undefined, trueMs: number, offsetS: number) =>
    Math.abs(Number(timeMs) - trueMs - offsetS * 1000) < SLACK_MS;

  beforeAll(async () => {
    rig = await Rig.start(3);
    rig.aaa.answer = () => ({ policy: { interimIntervalS: 2 } });
    const groups = [{ name: 'homes', pools: ['main'], leaseS: LEASE_S }];
    service = await startService('subs-manager', folder.path, rig.settings({ groups }), 'subs-manager', time.env);
    await service.ready();
    client = new SubscriberServiceClient(service.grpc, channelCredentials(), channelOptions);
    rig.relay.serverPort = service.ports.dhcp ?? 0;
  }, 180_000);
  afterAll(async () => {
    client?.close();
    await service?.kill();
    await rig?.stop();
    folder.remove();
  }, 30_000);

  it.each([
    ['forward', HOUR_S],
    ['back', -HOUR_S],
  ])(
    '%s by an hour and more: the lease, the interims and the begin of the session move with it',
    async (_, offsetS) => {
      const { ipv4 } = await rig.relay.attach(10, mac);
      const interims = () => rig.events.of(Kind.INTERIM);
      const before = interims().length;
      await waitFor('an interim', () => interims().length > before, 30_000);
      time.set(offsetS);
      const isMoved = async () => isAbout((await get(mac)).startedMs, Date.now(), offsetS);
      await waitFor('the begin of the session has moved', isMoved, 30_000);
      expect(isAbout((await get(mac)).leaseExpiresMs, Date.now(), offsetS + LEASE_S)).toBe(true);
      const after = interims().length;
      await waitFor('interims go on', () => interims().length > after + 1, 30_000);
      expect(isAbout(interims().at(-1)?.atMs, Date.now(), offsetS)).toBe(true);
      const renewed = await rig.relay.ask(10, mac, 'request', { ciaddr: ipv4 });
      expect([messageType(renewed), renewed.yiaddr]).toEqual([MESSAGE_TYPE.ack, ipv4]);
      const audit = await callUnary(client.audit.bind(client), AuditRequest.fromPartial({}));
      expect([audit.findings, rig.events.of(Kind.DOWN)]).toEqual([[], []]);
    },
    180_000,
  );
});
