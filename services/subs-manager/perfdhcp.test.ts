import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { encodeRelayAgent, vppRelayAgent } from '#lib/dhcp/relay-agent.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { Child } from '../../test/harness/child.js';
import { freeUdpPort } from '../../test/harness/free-port.js';
import { gateway } from './testkit/configd.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

const clients = 200;
let rig: Rig;
let service: ServiceUnderTest;
let relayPort: number;

beforeAll(async () => {
  rig = await Rig.start(1);
  relayPort = await freeUdpPort();
  service = await ServiceUnderTest.start(rig, {
    dhcp: { listen: '127.0.0.1:0', relays: { '127.0.0.1': `127.0.0.1:${relayPort}` } },
    groups: [{ name: 'shared', pools: ['main'], subscriberBy: 'mac' }],
  });
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await rig?.stop();
}, 60_000);

it('brings the clients of perfdhcp online, all of them, through the relay that it plays', async () => {
  const option82 = Buffer.from(encodeRelayAgent(vppRelayAgent(10, gateway))).toString('hex');
  const ports = ['-L', String(relayPort), '-N', String(rig.relay.serverPort)];
  // Each client comes more than twice, so that what perfdhcp leaves unfinished at its end matters to nobody.
  const load = ['-R', String(clients), '-r', '100', '-p', '5'];
  // On a busy machine answers take a while: they are not lost after a second, and are waited for at the end.
  const patience = ['-d', '30', '-W', '3000000'];
  const perfdhcp = new Child('perfdhcp', 'perfdhcp', [
    ...['-4', '-l', '127.0.0.1', ...ports, ...load, ...patience],
    ...['-o', `82,${option82}`, '127.0.0.1'],
  ]);
  await perfdhcp.exited;
  const received = [...perfdhcp.output.matchAll(/received packets: (\d+)/g)].map((match) => Number(match[1]));
  expect(received).toHaveLength(2);
  expect(Math.min(...received)).toBeGreaterThan(clients);
  const { sessionsByState } = await callUnary(service.client.stats.bind(service.client), {});
  expect(sessionsByState.active).toBe(clients);
}, 60_000);
