import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MESSAGE_TYPE } from '#lib/dhcp/options.js';
import { messageType } from '#lib/dhcp/packet.js';
import { sleep } from '#lib/kernel/clock.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { gateway } from './testkit/configd.testkit.js';
import { macOf, relayed } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

const clients = 600;
const atOnce = 20;
/** Its own RADIUS takes as long for everybody, so that the order of the answers is that of the turns. */
const radiusMs = 20;

let rig: Rig;
let service: ServiceUnderTest;
const stats = () => service.stats();

beforeAll(async () => {
  rig = await Rig.start(clients);
  service = await ServiceUnderTest.start(rig, {
    dhcp: {
      listen: '127.0.0.1:0',
      relays: { '10.255.0.1': `127.0.0.1:${rig.relay.port}` },
      maxInFlight: atOnce,
      staleS: 60,
    },
  });
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await rig?.stop();
}, 60_000);

it('serves a burst of clients, the oldest first, and forgets nobody', async () => {
  rig.aaa.answer = async () => {
    await sleep(radiusMs);
    return {};
  };
  const all = Array.from({ length: clients }, (_, n) => n);
  for (const n of all) rig.relay.send(relayed({ type: 'discover', mac: macOf(n), xid: n }, 10 + n));
  await waitFor('an offer for each', () => rig.relay.replies.length >= clients, 60_000);
  const order = rig.relay.replies.map(({ xid }) => xid);
  expect(new Set(order).size).toBe(clients);
  // Of those worked for at once any may be first; nobody is overtaken by more than these.
  const overtaken = order.map((xid, at) => Math.abs(xid - at));
  expect(Math.max(...overtaken)).toBeLessThanOrEqual(3 * atOnce);

  const offers = [...rig.relay.replies];
  rig.relay.replies.length = 0;
  for (const { xid, yiaddr: requestedIp } of offers)
    rig.relay.send(relayed({ type: 'request', mac: macOf(xid), xid, requestedIp, serverId: gateway }, 10 + xid));
  await waitFor('an ACK for each', () => rig.relay.replies.length >= clients, 60_000);
  expect(rig.relay.replies.every((reply) => messageType(reply) === MESSAGE_TYPE.ack)).toBe(true);
  expect(new Set(rig.relay.replies.map(({ yiaddr }) => yiaddr)).size).toBe(clients);
  expect((await stats()).sessionsByState.active).toBe(clients);
  expect((await stats()).dhcpDrops).toEqual({});
}, 120_000);

it('is not kept from its work by a flood from one line', async () => {
  const other = rig.relay.replies.find(({ mac }) => mac === macOf(1));
  for (let n = 0; n < 2000; n++) rig.relay.send(relayed({ type: 'discover', mac: macOf(0), xid: 7000 + n }, 10));
  const renewed = await rig.relay.ask(11, macOf(1), 'request', { ciaddr: other?.yiaddr ?? '' });
  expect([messageType(renewed), renewed.yiaddr]).toEqual([MESSAGE_TYPE.ack, other?.yiaddr]);
  await waitFor('the flood dropped', async () => Number((await stats()).dhcpDrops.line_rate ?? 0n) > 1000, 40_000);
}, 60_000);
