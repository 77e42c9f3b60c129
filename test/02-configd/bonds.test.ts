import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventBus, streams } from '#lib/kernel/jetstream.js';
import { silentLog } from '#lib/kernel/log.js';
import { VppClient } from '#lib/vpp/client.js';
import { swInterfaceDump, swInterfaceSetFlags } from '#lib/vpp/messages/interface.js';
import { unixSocket } from '#lib/vpp/transport.js';
import { ifStatusFlags } from '#lib/vpp/types.js';
import { type NatsServer, startNats } from '../harness/nats.js';
import { waitFor } from '../harness/wait-for.js';
import { bngctl, Rig } from './rig.js';

const document = `interfaces:
  left: { hostInterface: { device: veth-left } }
  right: { hostInterface: { device: veth-right } }
  uplink: { bond: { mode: xor, members: [left, right], minMembers: 2 }, addresses: [10.254.0.1/24] }
`;

let nats: NatsServer;
let rig: Rig;
let bus: EventBus;
let vppctl: VppClient;
const told: unknown[] = [];

beforeAll(async () => {
  nats = await startNats();
  rig = await Rig.start({ nats: nats.url, bonds: { intervalMs: 100 } });
  bus = new EventBus(nats.url, 'test', silentLog(), [streams.facts]);
  await bus.start(new AbortController().signal);
  await bus.consume({
    ...{
      stream: streams.facts,
      durable: 'test-bonds',
      subject: 'bng.dataplane.bond',
      ackWaitMs: 5000,
      maxPending: 100,
    },
    handler(event) {
      told.push(JSON.parse(Buffer.from(event.payload).toString()));
      event.ack();
    },
  });
  await rig.ready();
  expect((await rig.apply(document)).status).toBe(200);
  vppctl = new VppClient({
    connect: unixSocket(rig.sim.apiSocket),
    required: [swInterfaceDump, swInterfaceSetFlags],
  });
  await vppctl.whenReady(5000);
}, 60_000);
afterAll(async () => {
  await vppctl?.close();
  await bus?.stop();
  await rig?.stop();
  await nats?.stop();
}, 30_000);

const shown = async () => (await rig.http('GET', '/bonds')).json.bonds[0];
const activeMembers = (count: number) =>
  waitFor(`${count} active members`, async () => (await shown())?.activeMembers === count);
const metric = async (name: string) =>
  (await rig.http('GET', '/metrics')).text.match(
    new RegExp(`^bng_configd_${name}\\{.*bond="uplink".*\\} (\\S+)$`, 'm'),
  )?.[1];

async function setMember(device: string, up: boolean): Promise<void> {
  const all = await vppctl.dump(swInterfaceDump, {
    sw_if_index: 0xffffffff,
    name_filter_valid: false,
    name_filter: '',
  });
  const found = all.find(({ interface_name }) => interface_name === `host-${device}`);
  if (!found) throw new Error(`no ${device}`);
  const flags = up ? ifStatusFlags.values.IF_STATUS_API_FLAG_ADMIN_UP : 0;
  await vppctl.call(swInterfaceSetFlags, { sw_if_index: found.sw_if_index, flags });
}

it('a bond with all its members is shown, and nothing is degraded', async () => {
  await activeMembers(2);
  expect(await shown()).toMatchObject({ name: 'uplink', mode: 'xor', minMembers: 2 });
  expect((await bngctl(rig, 'bonds')).code).toBe(0);
  expect((await rig.http('GET', '/readyz')).text).not.toContain('bond');
  expect(await metric('bond_degraded')).toBe('0');
}, 30_000);

it('fewer members than the minimum degrade the node: status, readiness, metrics, the command and an event say so', async () => {
  await setMember('veth-right', false);
  await activeMembers(1);
  const why = 'bond uplink: 1 of 2 members active, at least 2 wanted';
  expect(await shown()).toMatchObject({ degraded: true });
  expect((await rig.http('GET', '/status')).json.degraded).toEqual([why]);
  expect(await rig.http('GET', '/readyz')).toMatchObject({ status: 200, text: expect.stringContaining(why) });
  expect([await metric('bond_degraded'), await metric('bond_active_members')]).toEqual(['1', '1']);
  const { code, out } = await bngctl(rig, 'bonds');
  expect({ code, out }).toEqual({ code: 1, out: expect.stringMatching(/uplink +xor +up, degraded +1\/2 \(min 2\)/) });
  const fact = { bond: 'uplink', degraded: true, activeMembers: 1, minMembers: 2 };
  await waitFor('the event', () => told.length > 0);
  expect(told).toMatchObject([fact]);
}, 30_000);

it('and all is well again when the member is back', async () => {
  await setMember('veth-right', true);
  await activeMembers(2);
  expect((await rig.http('GET', '/readyz')).text).not.toContain('bond');
  await waitFor('the event', () => told.length > 1);
  expect(told[1]).toMatchObject({ bond: 'uplink', degraded: false, activeMembers: 2 });
}, 30_000);
