import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import { SessionState, TerminateCause } from '#gen/bng/v1/subs.js';
import { MESSAGE_TYPE, OPTION } from '#lib/dhcp/options.js';
import { messageType, option, relayAgentOptions } from '#lib/dhcp/packet.js';
import { encodeRelayAgent } from '#lib/dhcp/relay-agent.js';
import { freeUdpPort } from '../../test/harness/free-port.js';
import { type KeaServer, startKea } from '../../test/harness/kea.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { gateway } from './testkit/configd.testkit.js';
import { macOf, relayed } from './testkit/relay.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

/** Each test has its own line: index 10 + n is line access.100.(n+1). */
let nextLine = 0;
const line = () => {
  const n = nextLine++;
  return { index: 10 + n, name: `access.100.${n + 1}`, mac: macOf(1000 + n) };
};

/** Leases of 1000 s; a host with a fixed address for circuit-id `port 9`, one outside of what we allow, and one of a few seconds. */
const subnet = (pool: string) => [
  {
    subnet: '100.64.0.0/10',
    pools: [{ pool }],
    'valid-lifetime': 1000,
    authoritative: true,
    'option-data': [
      { name: 'routers', data: gateway },
      { name: 'domain-name-servers', data: '192.0.2.53' },
    ],
    reservations: [
      { 'circuit-id': "'port 9'", 'ip-address': '100.70.0.9' },
      { 'circuit-id': "'outside'", 'ip-address': '100.99.0.1' },
      { 'circuit-id': "'twin'", 'ip-address': '100.70.0.9' },
    ],
  },
];
const more = {
  'host-reservation-identifiers': ['circuit-id'],
  'ip-reservations-unique': false,
  'client-classes': [{ name: 'short', test: "option[60].text == 'short'", 'valid-lifetime': 2 }],
};

let rig: Rig;
let service: ServiceUnderTest;
let first: KeaServer;
let second: KeaServer;
let port: number;

const settings = () => ({
  dhcp: {
    listen: `127.0.0.1:${port}`,
    relays: { '10.255.0.1': `127.0.0.1:${rig.relay.port}` },
    lineBurst: 100,
  },
  pools: [],
  groups: [
    {
      name: 'business',
      relay: {
        servers: [`127.0.0.1:${first.serverPort}`, `127.0.0.1:${second.serverPort}`],
        prefixes: ['100.70.0.0/16', '100.71.0.0/16'],
        timeoutMs: 1500,
        deadTimeS: 2,
      },
    },
  ],
});
const get = (key: string) => service.get(key);
const gone = (key: string) => service.gone(key);
const _stats = () => service.stats();
const dropsOf = (reason: string) => service.dropsOf(reason);
const stepsOf = (key: string) => service.stepsOf(key);
const circuit = (text: string) => [{ code: 82, data: encodeRelayAgent([{ code: 1, data: Buffer.from(text) }]) }];
const leaseAt = (kea: KeaServer, mac: string) => kea.leases().find(({ hwaddr }) => hwaddr === mac);

beforeAll(async () => {
  rig = await Rig.start(60);
  port = await freeUdpPort();
  [first, second] = await Promise.all([
    startKea(4, { relayPort: port, subnets: subnet('100.70.1.1 - 100.70.1.254'), more }),
    startKea(4, { relayPort: port, subnets: subnet('100.71.1.1 - 100.71.1.254'), more }),
  ]);
  service = await ServiceUnderTest.start(rig, settings());
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await Promise.all([first?.stop(), second?.stop()]);
  await rig?.stop();
}, 60_000);

describe('a group with DHCP servers', () => {
  it('asks RADIUS, then Kea; the session is in VPP with the address and the lease of Kea before its ACK', async () => {
    const { index, name, mac } = line();
    const offer = await rig.relay.ask(index, mac, 'discover', { asks: [3, 6, 51] });
    expect([messageType(offer), option(offer, OPTION.serverIdentifier)]).toEqual([MESSAGE_TYPE.offer, gateway]);
    expect(rig.aaa.asked.filter(({ identity }) => identity?.mac === mac)).toHaveLength(1);
    const request = { requestedIp: offer.yiaddr, serverId: gateway, asks: [3, 6, 51] };
    const ack = await rig.relay.ask(index, mac, 'request', request);
    expect([...rig.configd.sessions.values()].some(({ ipv4 }) => ipv4 === ack.yiaddr)).toBe(true);
    expect(ack.yiaddr).toMatch(/^100\.70\.1\./);
    expect(ack.giaddr).toBe('10.255.0.1');
    expect(option(ack, OPTION.serverIdentifier)).toBe(gateway);
    expect(option(ack, OPTION.domainNameServers)).toEqual(['192.0.2.53']);
    expect(option(ack, OPTION.leaseTimeS)).toBe(1000);
    expect(relayAgentOptions(ack).map(({ data }) => Buffer.from(data).toString('hex'))).toEqual([
      `0104${index.toString(16).padStart(8, '0')}050464400001`,
    ]);
    expect(await get(name)).toMatchObject({ state: SessionState.ACTIVE, ipv4: ack.yiaddr, leaseS: 1000 });
    expect(leaseAt(first, mac)).toMatchObject({ address: ack.yiaddr, valid_lifetime: '1000' });
    const steps = await stepsOf(mac);
    expect(steps).toEqual(
      expect.arrayContaining([`server ok offer ${ack.yiaddr}`, `server ok ack ${ack.yiaddr}`, 'active ok ip4']),
    );
  });

  it("gives the server the access node's word on the line, and takes its own back to the client", async () => {
    const { index, mac } = line();
    rig.relay.send(relayed({ type: 'discover', mac, xid: 0xbeef }, index, circuit('port 9')));
    const offer = await waitFor('offer', () => rig.relay.replyTo(0xbeef));
    expect(offer.yiaddr).toBe('100.70.0.9');
    expect(relayAgentOptions(offer)).toHaveLength(2);
    expect(Buffer.from(relayAgentOptions(offer)[0]?.data ?? []).toString('latin1')).toContain('port 9');
  });

  it('refuses RADIUS rejects before any server hears of them', async () => {
    const { index, mac } = line();
    rig.aaa.answer = () => ({ result: AuthorizeResponse_Result.REJECT });
    rig.relay.tell(index, mac, 'discover');
    await waitFor('the refusal', async () => (await stepsOf(mac)).some((step) => step.startsWith('refused')));
    rig.aaa.answer = () => ({});
    expect(first.log()).not.toContain(mac);
  });

  it('renews, reboots and releases at the server that gave the lease', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    const before = await get(name);
    const began = leaseAt(first, mac)?.expire ?? '';
    await waitFor('a later second', () => Math.floor(Date.now() / 1000) + 1000 > Number(began));
    const renewed = await rig.relay.ask(index, mac, 'request', { ciaddr: ipv4 });
    expect([messageType(renewed), renewed.yiaddr]).toEqual([MESSAGE_TYPE.ack, ipv4]);
    await waitFor('the later end with the server', () => Number(leaseAt(first, mac)?.expire) > Number(began));
    const rebooted = await rig.relay.ask(index, mac, 'request', { requestedIp: ipv4 });
    expect([messageType(rebooted), rebooted.yiaddr]).toEqual([MESSAGE_TYPE.ack, ipv4]);
    const after = await get(name);
    expect(after).toMatchObject({ sessionId: before.sessionId, ipv4 });
    expect(after.leaseExpiresMs).toBeGreaterThan(before.leaseExpiresMs);
    rig.relay.tell(index, mac, 'release', { ciaddr: ipv4, serverId: gateway });
    await gone(name);
    await waitFor('the release at Kea', () => leaseAt(first, mac) === undefined);
  });

  it('tells the server of a DECLINE, and nobody gets the address', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    rig.relay.tell(index, mac, 'decline', { requestedIp: ipv4, serverId: gateway });
    await gone(name);
    await waitFor('the decline at Kea', () => first.leases().some((one) => one.address === ipv4 && one.state === '1'));
  });

  it('brings INFORM to the server and its answer to the client', async () => {
    const { index, mac } = line();
    const ack = await rig.relay.ask(index, mac, 'inform', { ciaddr: '100.70.9.9', asks: [6] });
    expect([messageType(ack), option(ack, OPTION.leaseTimeS)]).toEqual([MESSAGE_TYPE.ack, undefined]);
    expect(option(ack, OPTION.domainNameServers)).toEqual(['192.0.2.53']);
    expect([option(ack, OPTION.serverIdentifier), ack.ciaddr]).toEqual([gateway, '100.70.9.9']);
  });

  it('does not pass on an address that the group may not have', async () => {
    const { index, mac } = line();
    const before = await dropsOf('address_not_allowed');
    rig.relay.send(relayed({ type: 'discover', mac, xid: 0xbad1 }, index, circuit('outside')));
    await waitFor('the refusal', async () => (await dropsOf('address_not_allowed')) > before);
    expect(rig.relay.replyTo(0xbad1)).toBeUndefined();
    expect(await stepsOf(mac)).toContain('server address_not_allowed 100.99.0.1');
  });

  it('does not pass on an address that another session has', async () => {
    const [one, other] = [line(), line()];
    const attach = (at: typeof one, id: string) => {
      rig.relay.send(relayed({ type: 'discover', mac: at.mac, xid: at.index }, at.index, circuit(id)));
    };
    attach(one, 'port 9');
    attach(other, 'twin');
    await waitFor('the refusal', async () => (await dropsOf('address_in_use')) > 0);
    const steps = [...(await stepsOf(one.mac)), ...(await stepsOf(other.mac))];
    expect(steps.some((step) => step === 'server address_in_use 100.70.0.9')).toBe(true);
  });

  it('ends with the lease that the server gave', async () => {
    const { index, name, mac } = line();
    await rig.relay.attach(index, mac, 30_000, { vendorClass: 'short' });
    const up = await waitFor('UP', () => rig.events.events.find(({ session }) => session?.identity?.mac === mac));
    const { sessionId, leaseS } = up.session ?? {};
    expect(leaseS).toBe(2);
    await gone(name);
    const down = await waitFor('DOWN', () =>
      rig.events.events.find((event) => event.session?.sessionId === sessionId && event.terminateCause > 0),
    );
    expect(down.terminateCause).toBe(TerminateCause.LOST_CARRIER);
  });

  it('goes to the next server when one is silent, and comes back to it', async () => {
    const [one, two, three] = [line(), line(), line()];
    first.pause();
    expect((await rig.relay.attach(one.index, one.mac)).ipv4).toMatch(/^100\.71\.1\./);
    expect((await rig.relay.attach(two.index, two.mac)).ipv4).toMatch(/^100\.71\.1\./);
    expect((await rig.relay.attach(three.index, three.mac)).ipv4).toMatch(/^100\.71\.1\./);
    first.resume();
    await waitFor(
      'an address of the first server again',
      async () => {
        const { index, mac } = line();
        return (await rig.relay.attach(index, mac)).ipv4.startsWith('100.70.1.');
      },
      40_000,
    );
    const renewed = await rig.relay.ask(one.index, one.mac, 'request', { ciaddr: (await get(one.name)).ipv4 });
    expect(messageType(renewed)).toBe(MESSAGE_TYPE.ack);
    expect(leaseAt(second, one.mac)).toBeDefined();
    // The first server knows nothing of that lease: its NAK goes to the client, and the session ends.
    second.pause();
    const refused = await rig.relay.ask(one.index, one.mac, 'request', { requestedIp: renewed.yiaddr });
    second.resume();
    expect([messageType(refused), option(refused, OPTION.serverIdentifier)]).toEqual([MESSAGE_TYPE.nak, gateway]);
    await gone(one.name);
    expect(await stepsOf(one.mac)).toContainEqual(expect.stringContaining('server server_nak'));
  }, 60_000);

  it('answers nobody, and says why, when all servers are silent; sessions that are up stay', async () => {
    const [up, late] = [line(), line()];
    await rig.relay.attach(up.index, up.mac);
    first.pause();
    second.pause();
    rig.relay.tell(late.index, late.mac, 'discover');
    const timedOut = async () => (await stepsOf(late.mac)).some((step) => step.startsWith('server server_timeout'));
    await waitFor('the time-out', () => timedOut().catch(() => false), 40_000);
    expect(await dropsOf('server_timeout')).toBeGreaterThan(0);
    expect(await get(up.name)).toMatchObject({ state: SessionState.ACTIVE });
    first.resume();
    second.resume();
    await rig.relay.attach(late.index, late.mac, 20_000);
  }, 60_000);

  it('keeps leases and their servers over a restart', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    const { sessionId } = await get(name);
    await service.stop();
    service = await ServiceUnderTest.start(rig, settings());
    expect(await get(name)).toMatchObject({ sessionId, ipv4, state: SessionState.ACTIVE });
    const renewed = await rig.relay.ask(index, mac, 'request', { ciaddr: ipv4 });
    expect([messageType(renewed), renewed.yiaddr]).toEqual([MESSAGE_TYPE.ack, ipv4]);
    rig.relay.tell(index, mac, 'release', { ciaddr: ipv4, serverId: gateway });
    await gone(name);
    await waitFor('the release at Kea', () => leaseAt(first, mac) === undefined && leaseAt(second, mac) === undefined);
  }, 60_000);

  it('drops answers of strangers and answers that nobody waits for', async () => {
    const { index, mac } = line();
    const forged = { ...relayed({ type: 'offer', mac, xid: 1 }, index) };
    const bytes = Uint8Array.from(Object.values(forged));
    bytes[0] = 2;
    const before = await dropsOf('unmatched_answer');
    rig.relay.send(bytes);
    await waitFor('the drop', async () => (await dropsOf('unmatched_answer')) > before);
  });
});
