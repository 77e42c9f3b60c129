import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SubscriberServiceClient } from '#gen/bng/v1/subs.js';
import { callUnary, channelCredentials, channelOptions } from '#lib/kernel/rpc-client.js';
import { temporaryFolder } from '../../test/harness/child.js';
import { type ServiceProcess, startService } from '../../test/harness/service.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { macOf } from './testkit/relay.testkit.js';
import { Rig } from './testkit/rig.testkit.js';

const folder = temporaryFolder('two-managers');
let rig: Rig;
const started: ServiceProcess[] = [];

async function launch(name: string): Promise<ServiceProcess> {
  const service = await startService('subs-manager', folder.path, rig.settings(), name);
  started.push(service);
  return service;
}
/** Clients' packets come to this one. */
const serve = (service: ServiceProcess) => {
  rig.relay.serverPort = service.ports.dhcp ?? 0;
};
const readiness = async (service: ServiceProcess) => (await fetch(`${service.ops}/readyz`)).text();
const disconnect = (service: ServiceProcess) => {
  const client = new SubscriberServiceClient(service.grpc, channelCredentials(), channelOptions);
  return callUnary(client.auditAddresses.bind(client), { repair: false }).finally(() => client.close());
};

beforeAll(async () => {
  rig = await Rig.start(5);
}, 60_000);
afterAll(async () => {
  await Promise.all(started.map((service) => service.kill()));
  await rig?.stop();
  folder.remove();
}, 60_000);

it('the second of two is refused and says who has the sessions; it takes over when the first died', async () => {
  const first = await launch('first');
  await first.ready();
  serve(first);
  const { ipv4 } = await rig.relay.attach(10, macOf(1));
  const second = await launch('second');
  const holder = `subs-manager .* pid ${first.child.pid} at 127.0.0.1`;
  await waitFor('refused', async () => new RegExp(`with ${holder}`).test(await readiness(second)), 40_000);
  expect(second.child.output).toMatch(new RegExp(`${holder}.*another subs-manager has the sessions`));
  expect(await (await fetch(`${second.ops}/metrics`)).text()).toMatch(/^bng_subs_refused\{[^}]*\} 1$/m);
  await expect(disconnect(second)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(new RegExp(`restoring: the sessions are with ${holder}`)),
  });
  serve(second);
  const unheard = rig.relay.tell(11, macOf(2), 'discover');
  serve(first);
  await rig.relay.attach(12, macOf(3));
  expect(rig.relay.replyTo(unheard)).toBeUndefined();
  await first.kill();
  await second.ready();
  serve(second);
  const renewed = await rig.relay.ask(10, macOf(1), 'request', { ciaddr: ipv4 });
  expect(renewed.yiaddr).toBe(ipv4);
  expect(await readiness(second)).toBe('ready\n');
}, 60_000);

it('an instance that was overtaken while it could not look commits nothing more, and ends with 1', async () => {
  const second = started.at(-1) as ServiceProcess;
  const offer = await rig.relay.ask(13, macOf(4), 'discover');
  second.child.kill('SIGSTOP');
  await rig.postgres.kill();
  await rig.postgres.restart();
  const third = await launch('third');
  await third.ready();
  const xid = rig.relay.tell(13, macOf(4), 'request', { requestedIp: offer.yiaddr, serverId: '100.64.0.1' });
  second.child.kill('SIGCONT');
  expect(await second.child.exited).toBe(1);
  expect(rig.relay.replyTo(xid)).toBeUndefined();
  serve(third);
  await rig.relay.attach(13, macOf(4));
  await third.stop();
}, 60_000);

it('keeps the sessions when PostgreSQL was away for a moment', async () => {
  const fourth = await launch('fourth');
  await fourth.ready();
  serve(fourth);
  await rig.postgres.kill();
  await rig.postgres.restart();
  await rig.relay.attach(14, macOf(5), 40_000);
  const fifth = await launch('fifth');
  await waitFor('refused', async () => (await readiness(fifth)).includes(`pid ${fourth.child.pid}`), 40_000);
}, 60_000);
