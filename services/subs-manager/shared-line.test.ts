import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import { SessionEvent_Kind as Kind, TerminateCause } from '#gen/bng/v1/subs.js';
import { MESSAGE_TYPE } from '#lib/dhcp/options.js';
import { messageType, type RawOption } from '#lib/dhcp/packet.js';
import { encodeRelayAgent } from '#lib/dhcp/relay-agent.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { macOf } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

const circuit = (text: string): RawOption => ({
  code: 82,
  data: encodeRelayAgent([{ code: 1, data: Buffer.from(text) }]),
});
const at = (text: string) => ({ extra: [circuit(text)] });

let rig: Rig;
let service: ServiceUnderTest;
const get = (key: string) => service.get(key);
const drops = async (reason: string) =>
  Number((await callUnary(service.client.stats.bind(service.client), {})).dhcpDrops[reason] ?? 0n);
const downs = () => rig.events.of(Kind.DOWN).map(({ session, terminateCause }) => [session?.sessionId, terminateCause]);

beforeAll(async () => {
  rig = await Rig.start(4);
  service = await ServiceUnderTest.start(rig, {
    groups: [
      { name: 'olt', match: [{ innerVlan: '1' }], pools: ['main'], subscriberBy: 'circuit-id', core: ['core'] },
      { name: 'wifi', match: [{ innerVlan: '2' }], pools: ['main'], subscriberBy: 'mac', sessionsPerSharedLine: 3 },
      { name: 'homes', pools: ['main'] },
    ],
  });
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await rig?.stop();
}, 60_000);

describe('a VLAN shared by circuit-id', () => {
  it('each circuit is a subscriber: both are online side by side, by their own circuit-id', async () => {
    const [a, b] = [macOf(1), macOf(2)];
    const leases = [
      await rig.relay.attach(10, a, 30_000, at('olt 1')),
      await rig.relay.attach(10, b, 30_000, at('olt 2')),
    ];
    expect(new Set(leases.map(({ ipv4 }) => ipv4)).size).toBe(2);
    expect((await get(a)).identity?.circuitId.toString()).toBe('olt 1');
    expect((await get(b)).identity?.circuitId.toString()).toBe('olt 2');
    const shared = { core: ['core'], isolated: true };
    expect([...rig.configd.sessions.values()].map((bundle) => bundle.shared)).toEqual([shared, shared]);
  });

  it('renews with the circuit-id and without it', async () => {
    const mac = macOf(3);
    const { ipv4 } = await rig.relay.attach(10, mac, 30_000, at('olt 3'));
    for (const more of [at('olt 3'), {}]) {
      const renewed = await rig.relay.ask(10, mac, 'request', { ciaddr: ipv4, ...more });
      expect([messageType(renewed), renewed.yiaddr]).toEqual([MESSAGE_TYPE.ack, ipv4]);
    }
  });

  it('drops a newcomer whose access node does not say where it is, with the reason', async () => {
    const before = await drops('no_place');
    rig.relay.tell(10, macOf(4), 'discover');
    await waitFor('the drop', async () => (await drops('no_place')) === before + 1);
    const steps = () => service.stepsOf(macOf(4)).catch((): string[] => []);
    await waitFor('its line in the timeline', async () => (await steps()).includes('refused no_place discover'));
  });

  it('believes the access node, not what a client put in front of it', async () => {
    const mac = macOf(5);
    await rig.relay.attach(10, mac, 30_000, { extra: [circuit('olt 1'), circuit('olt 5')] });
    expect((await get(mac)).identity?.circuitId.toString()).toBe('olt 5');
    expect((await get(macOf(1))).identity?.circuitId.toString()).toBe('olt 1');
  });

  it('a CPE that is swapped takes over with the same address; the old session ends as preempted', async () => {
    const [old, fresh] = [macOf(6), macOf(7)];
    const first = await rig.relay.attach(10, old, 30_000, at('olt 6'));
    const before = await get(old);
    const second = await rig.relay.attach(10, fresh, 30_000, at('olt 6'));
    expect(second.ipv4).toBe(first.ipv4);
    await waitFor('out of VPP', () => !rig.configd.sessions.has(before.sessionId));
    await waitFor('DOWN', () => downs().some(([id]) => id === before.sessionId));
    expect(downs()).toContainEqual([before.sessionId, TerminateCause.PORT_PREEMPTED]);
  });

  it('a CPE that moves to another circuit leaves nothing behind', async () => {
    const mac = macOf(8);
    await rig.relay.attach(10, mac, 30_000, at('olt 8'));
    const before = await get(mac);
    const nak = await rig.relay.ask(10, mac, 'request', { requestedIp: before.ipv4, ...at('olt 9') });
    expect(messageType(nak)).toBe(MESSAGE_TYPE.nak);
    await rig.relay.attach(10, mac, 30_000, at('olt 9'));
    const after = await get(mac);
    expect(after.sessionId).not.toBe(before.sessionId);
    await waitFor('out of VPP', () => !rig.configd.sessions.has(before.sessionId));
    await waitFor('DOWN', () => downs().some(([id]) => id === before.sessionId));
  });

  it('a copied MAC address on another circuit that RADIUS rejects does not touch the one it copies', async () => {
    const mac = macOf(10);
    const { ipv4 } = await rig.relay.attach(10, mac, 30_000, at('olt 10'));
    rig.aaa.answer = () => ({ result: AuthorizeResponse_Result.REJECT });
    const before = await drops('radius_reject');
    rig.relay.tell(10, mac, 'discover', at('olt 11'));
    await waitFor('the reject', async () => (await drops('radius_reject')) === before + 1);
    rig.aaa.answer = () => ({});
    const renewed = await rig.relay.ask(10, mac, 'request', { ciaddr: ipv4, ...at('olt 10') });
    expect(messageType(renewed)).toBe(MESSAGE_TYPE.ack);
  });
});

describe('a VLAN shared by MAC address', () => {
  it('carries as many as allowed', async () => {
    for (const n of [20, 21, 22]) await rig.relay.attach(11, macOf(n));
    const before = await drops('line_full');
    rig.relay.tell(11, macOf(23), 'discover');
    await waitFor('the drop', async () => (await drops('line_full')) === before + 1);
  });
});

describe('lines of their own', () => {
  it('the same MAC address with the same user name on another line moves; with another user name it does not', async () => {
    const mac = macOf(30);
    rig.aaa.answer = () => ({ userName: 'anna' });
    await rig.relay.attach(12, mac);
    const before = await get('access.100.3');
    await rig.relay.attach(13, mac);
    await waitFor('out of VPP', () => !rig.configd.sessions.has(before.sessionId));
    const there = await get('access.100.4');
    rig.aaa.answer = () => ({ userName: 'berta' });
    await rig.relay.attach(12, mac);
    expect(rig.configd.sessions.has(there.sessionId)).toBe(true);
    rig.aaa.answer = () => ({});
  });
});
