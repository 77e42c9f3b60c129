import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { macAt } from '#lib/net/address.js';
import { PacketSocket } from '#lib/net/af-packet.js';
import { decodeArp } from '#lib/net/arp.js';
import { ETHERTYPE } from '#lib/net/frame.js';
import { ipAddressDump } from '#lib/vpp/messages/ip.js';
import { vrrpVrDump, vrrpVrState } from '#lib/vpp/messages/vrrp.js';
import { noInterface } from '#lib/vpp/types.js';
import type { InterfaceHandle } from '../../services/configd/resources/interface-common.js';
import { SubscriberLine } from '../conformance/subscriber-line.js';
import { createVethPair, removeDevice } from '../harness/private-network.js';
import { waitFor } from '../harness/wait-for.js';
import { Cables, noDrift, onRealVpp, PacketNode } from './packet-node.js';

const { VRRP_API_VR_STATE_BACKUP: backup, VRRP_API_VR_STATE_MASTER: master } = vrrpVrState.values;
const [left, right] = ['cwv-left', 'cwv-right'];
const virtualMac = '00:00:5e:00:01:0a';
const group = '224.0.0.18';
const VRRP = 112;

interface Change {
  priority?: number;
  /** State of the tracked interface. */
  uplink?: boolean;
  accept?: boolean;
  peers?: string;
}

const document = (
  device: string,
  host: number,
  { priority = 100, uplink = true, accept = false, peers = '' }: Change,
) => `interfaces:
  lan:
    hostInterface: { device: ${device} }
    addresses: [192.0.2.${host}/24]
    vrrp:
      - id: 10
        addresses: [192.0.2.1]
        priority: ${priority}
        intervalMs: 100
        accept: ${accept}
        peers: [${peers}]
        track: [{ interface: uplink, decrement: 150 }]
  uplink: { hostInterface: { device: cwv-up }, enabled: ${uplink}, addresses: [198.51.100.${host}/24] }
`;

onRealVpp('two routers of VRRP', () => {
  let cables: Cables;
  let one: PacketNode;
  let two: PacketNode;
  /** Sees what the first sends, and reaches it. */
  let beside: SubscriberLine;
  let socket: PacketSocket;

  beforeAll(async () => {
    cables = Cables.lay('cwv-up');
    createVethPair(left, right);
    one = await PacketNode.start('one');
    two = await PacketNode.start('two');
    socket = PacketSocket.open(right);
    beside = new SubscriberLine(socket, [], '02:00:5e:00:00:99');
  }, 60_000);
  afterAll(async () => {
    await socket.close();
    await one.stop();
    await two.stop();
    removeDevice(left);
    await cables.remove();
  }, 60_000);

  const applyOne = (change: Change = {}) => one.apply(document(left, 2, { priority: 200, ...change }));
  const applyTwo = (change: Change = {}) =>
    two.apply(document(right, 3, change).replace('hostInterface: { device: cwv-up }', 'loopback: {}'));
  const router = async (node: PacketNode) =>
    (await node.dataplane.dump(vrrpVrDump, { sw_if_index: noInterface })).at(0)?.runtime;
  const roles = async () => [(await router(one))?.state, (await router(two))?.state];
  const become = (first: number, second: number) =>
    waitFor(`states ${first} and ${second}`, async () => {
      const [a, b] = await roles();
      return a === first && b === second;
    });
  const advertisements = () =>
    beside.seen.flatMap(({ payload, sourceMac, destinationMac }) =>
      payload[9] === VRRP
        ? [{ to: payload.subarray(16, 20).join('.'), priority: payload[22], sourceMac, destinationMac }]
        : [],
    );

  test('the higher priority is the master and says so with the virtual MAC', async () => {
    await applyOne();
    await applyTwo();
    await become(master, backup);
    await waitFor('an advertisement', () => advertisements().length > 0);
    expect(advertisements().at(-1)).toEqual({
      ...{ to: group, priority: 200, sourceMac: virtualMac, destinationMac: '01:00:5e:00:00:12' },
    });
    expect([await one.engine.audit(), await two.engine.audit()]).toEqual([noDrift, noDrift]);
  });

  test('the virtual address is answered for with the virtual MAC', async () => {
    beside.seen.length = 0;
    beside.ask('192.0.2.1', '192.0.2.77');
    const mac = await beside.frame('an ARP reply', ({ etherType, payload }) => {
      const arp = etherType === ETHERTYPE.arp ? decodeArp(payload) : undefined;
      return arp?.ok && arp.value.operation === 'reply' ? macAt(payload, 8) : undefined;
    });
    expect(mac).toBe(virtualMac);
  });

  test('the loss of the tracked interface hands over, and its return takes back', async () => {
    await applyOne({ uplink: false });
    await become(backup, master);
    expect((await router(one))?.tracking.priority).toBe(50);
    expect(await one.engine.audit()).toEqual(noDrift);
    await applyOne();
    await become(master, backup);
  });

  test('a priority changed in the document hands over', async () => {
    await applyOne({ priority: 90 });
    await become(backup, master);
    await applyOne();
    await become(master, backup);
  });

  test('the addresses of accept mode are VPP’s own business: no drift while it is master, gone when it is not', async () => {
    await applyOne({ accept: true });
    await become(master, backup);
    const { swIfIndex } = one.engine.recorded.handle<InterfaceHandle>('host-interface/lan');
    const addresses = async () =>
      (await one.dataplane.dump(ipAddressDump, { sw_if_index: swIfIndex, is_ipv6: false })).map(({ prefix }) => prefix);
    await waitFor('the virtual address on the interface', async () => (await addresses()).includes('192.0.2.1/24'));
    expect(await one.engine.audit()).toEqual(noDrift);
    await applyOne();
    expect(await addresses()).toEqual(['192.0.2.2/24']);
    await become(master, backup);
  });

  test('unicast peers talk to each other alone', async () => {
    await applyOne({ peers: '192.0.2.3' });
    await applyTwo({ peers: '192.0.2.2' });
    await become(master, backup);
    beside.seen.length = 0;
    await waitFor('an advertisement', () => advertisements().length > 0);
    expect(new Set(advertisements().map(({ to }) => to))).toEqual(new Set(['192.0.2.3']));
    expect([await one.engine.audit(), await two.engine.audit()]).toEqual([noDrift, noDrift]);
    await applyOne();
    await applyTwo();
    await become(master, backup);
  });

  test('a master that is killed is replaced, and takes over again when it is back and restored', async () => {
    await one.vpp.kill();
    await waitFor('the other one is master', async () => (await router(two))?.state === master);
    await one.vpp.restart();
    await one.dataplane.client.whenReady(20_000);
    expect((await one.engine.restore()).failures).toEqual([]);
    await become(master, backup);
  }, 60_000);
});
