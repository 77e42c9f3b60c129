import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Session, SessionState } from '#gen/bng/v1/subs.js';
import { MESSAGE6, OPTION6, STATUS6 } from '#lib/dhcp6/options.js';
import { option6 } from '#lib/dhcp6/packet.js';
import { freeUdpPort } from '../../test/harness/free-port.js';
import { type KeaServer, startKea } from '../../test/harness/kea.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { macOf } from './testkit/relay.testkit.js';
import { asks, associationsOf, grantOf, vppRelay } from './testkit/relay6.testkit.js';
import { Rig, ServiceUnderTest } from './testkit/rig.testkit.js';

/** Each test has its own line: index 10 + n is line access.100.(n+1). */
let nextLine = 0;
const line = () => {
  const n = nextLine++;
  return { index: 10 + n, name: `access.100.${n + 1}`, mac: macOf(2000 + n) };
};

const lifetimes = (validS: number) => ({
  'valid-lifetime': validS,
  'preferred-lifetime': validS,
  'renew-timer': Math.floor(validS / 2),
  'rebind-timer': Math.floor(validS * 0.8),
});

/** Addresses and prefixes of a server; line 3 has an address outside of what we allow, line 4 a lease of two seconds. */
const subnets = (addresses: string, prefix: string) => [
  {
    subnet: '2001:db8:64::/64',
    ...lifetimes(1000),
    pools: [{ pool: addresses }],
    'pd-pools': [{ prefix, 'prefix-len': 40, 'delegated-len': 56 }],
    'option-data': [{ name: 'dns-servers', data: '2001:db8::53' }],
    reservations: [{ 'hw-address': macOf(2002), 'ip-addresses': ['2001:db8:64::bad'] }],
  },
];
const more = {
  'client-classes': [
    {
      name: 'short',
      test: "relay6[0].option[18].hex == 'access.100.4'",
      'valid-lifetime': 2,
      'preferred-lifetime': 2,
    },
  ],
};

let rig: Rig;
let service: ServiceUnderTest;
let first: KeaServer;
let second: KeaServer;
let port: number;

const settings = () => ({
  dhcp6: { listen: `[::1]:${port}`, relays: [`[::1]:${rig.relay6.port}`] },
  groups: [
    {
      name: 'business',
      pools: ['main'],
      ipv6: {
        relay: {
          servers: [`[::1]:${first.serverPort}`, `[::1]:${second.serverPort}`],
          prefixes: ['2001:db8:64::1:0/112', '2001:db8:64::2:0/112', '2001:db8:a000::/40', '2001:db8:b000::/40'],
          timeoutMs: 1500,
          deadTimeS: 2,
        },
      },
    },
  ],
});
const get = (key: string) => service.get(key);
const gone = (key: string) => service.gone(key);
const dropsOf = (reason: string) => service.dropsOf(reason);
const stepsOf = (key: string) => service.stepsOf(key);
const bundleOf = ({ sessionId }: Session) => rig.configd.sessions.get(sessionId)?.ip6;
const leasesOf = (kea: KeaServer, mac: string) =>
  kea
    .leases()
    .filter(({ hwaddr }) => hwaddr === mac)
    .map(({ address }) => address);

beforeAll(async () => {
  rig = await Rig.start(40);
  port = await freeUdpPort('::1');
  [first, second] = await Promise.all([
    startKea(6, { relayPort: port, subnets: subnets('2001:db8:64::1:0/112', '2001:db8:a000::'), more }),
    startKea(6, { relayPort: port, subnets: subnets('2001:db8:64::2:0/112', '2001:db8:b000::'), more }),
  ]);
  service = await ServiceUnderTest.start(rig, settings());
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await Promise.all([first?.stop(), second?.stop()]);
  await rig?.stop();
}, 60_000);

describe('a group with DHCPv6 servers', () => {
  it('asks RADIUS, then Kea; address and route of the prefix are in VPP before the REPLY', async () => {
    const { index, name, mac } = line();
    const { address, prefix, reply } = await rig.relay6.attach(index, mac);
    expect(address).toMatch(/^2001:db8:64::1:/);
    expect(prefix).toMatch(/^2001:db8:a0.*\/56$/);
    expect(option6(reply, OPTION6.dnsServers)).toEqual(['2001:db8::53']);
    const session = await get(name);
    expect(session).toMatchObject({
      state: SessionState.ACTIVE,
      ipv6: { address, delegatedPrefix: prefix, leaseS: 1000 },
    });
    expect(bundleOf(session)).toMatchObject({ addresses: [address], prefixes: [prefix] });
    expect(rig.aaa.asked.filter(({ identity }) => identity?.mac === mac)).toHaveLength(1);
    expect(leasesOf(first, mac).sort()).toEqual([address, prefix?.split('/')[0]].sort());
    expect(await stepsOf(mac)).toContain(`server ok reply ${address} ${prefix}`);
  });

  it('renews and releases at the server that gave the lease; the routes go with it', async () => {
    const { index, name, mac } = line();
    const { address, prefix, serverId, reply } = await rig.relay6.attach(index, mac);
    const before = await get(name);
    const began = Number(first.leases().find((one) => one.hwaddr === mac)?.expire);
    await waitFor('a later second', () => Math.floor(Date.now() / 1000) + 1000 > began);
    const associations = associationsOf(reply);
    const renewed = await rig.relay6.ask(index, mac, { type: 'renew', serverId, associations });
    expect(grantOf(renewed)).toEqual({ address, prefix });
    expect(Number(first.leases().find((one) => one.hwaddr === mac)?.expire)).toBeGreaterThan(began);
    const after = await get(name);
    expect(after.sessionId).toBe(before.sessionId);
    expect(after.ipv6?.leaseExpiresMs).toBeGreaterThan(before.ipv6?.leaseExpiresMs ?? 0n);
    const released = await rig.relay6.ask(index, mac, { type: 'release', serverId, associations });
    expect(option6(released, OPTION6.status)?.code).toBe(STATUS6.success);
    expect(bundleOf(after)).toBeUndefined();
    await gone(name);
    await waitFor('the release at Kea', () => leasesOf(first, mac).length === 0);
  });

  it('does not pass on what the group may not have', async () => {
    const { index, mac } = line();
    expect(mac).toBe(macOf(2002));
    const before = await dropsOf('address_not_allowed');
    const replies = rig.relay6.replies.length;
    rig.relay6.tell([vppRelay(index, mac)], mac, { type: 'solicit', associations: asks('', '') });
    await waitFor('the refusal', async () => (await dropsOf('address_not_allowed')) > before);
    expect(rig.relay6.replies).toHaveLength(replies);
    const named = (await stepsOf(mac)).some((step) => step.startsWith('server address_not_allowed 2001:db8:64::bad'));
    expect(named).toBe(true);
  });

  it('ends with the lease that the server gave, and the server sees the line as interface-id', async () => {
    const { index, name, mac } = line();
    expect(name).toBe('access.100.4');
    await rig.relay6.attach(index, mac);
    const session = await get(name);
    expect(session.ipv6?.leaseS).toBe(2);
    await gone(name);
    expect(bundleOf(session)).toBeUndefined();
  });

  it('is one session with IPv4 from a pool of ours; each family goes alone', async () => {
    const { index, name, mac } = line();
    const { ipv4 } = await rig.relay.attach(index, mac);
    const { address, serverId, reply } = await rig.relay6.attach(index, mac);
    expect(await get(name)).toMatchObject({ ipv4, ipv6: { address } });
    await rig.relay6.ask(index, mac, { type: 'release', serverId, associations: associationsOf(reply) });
    expect(await get(name)).toMatchObject({ ipv4, ipv6: undefined });
  });

  it('answers INFORMATION-REQUEST with what the server says', async () => {
    const { index, mac } = line();
    const reply = await rig.relay6.ask(index, mac, { type: 'informationRequest', asks: [OPTION6.dnsServers.code] });
    expect(reply.type).toBe(MESSAGE6.reply);
    expect(option6(reply, OPTION6.dnsServers)).toEqual(['2001:db8::53']);
  });

  it('goes to the next server when one is silent; a REBIND moves what the client has to the other one', async () => {
    const [one, two] = [line(), line()];
    const held = await rig.relay6.attach(one.index, one.mac);
    first.pause();
    expect((await rig.relay6.attach(two.index, two.mac)).address).toMatch(/^2001:db8:64::2:/);
    const before = await get(one.name);
    const rebound = await rig.relay6.ask(one.index, one.mac, {
      type: 'rebind',
      associations: associationsOf(held.reply),
    });
    first.resume();
    const moved = grantOf(rebound);
    expect(moved.prefix).toMatch(/^2001:db8:b0/);
    const after = await get(one.name);
    expect(after).toMatchObject({ sessionId: before.sessionId, ipv6: { delegatedPrefix: moved.prefix } });
    expect(bundleOf(after)).toMatchObject({ prefixes: [moved.prefix] });
  }, 40_000);

  it('keeps leases and their servers over a restart', async () => {
    const { index, name, mac } = line();
    const { address, prefix, serverId, reply } = await rig.relay6.attach(index, mac);
    await service.stop();
    service = await ServiceUnderTest.start(rig, settings());
    expect(await get(name)).toMatchObject({ ipv6: { address, delegatedPrefix: prefix } });
    const associations = associationsOf(reply);
    const renewed = await rig.relay6.ask(index, mac, { type: 'renew', serverId, associations });
    expect(grantOf(renewed)).toEqual({ address, prefix });
    await rig.relay6.ask(index, mac, { type: 'release', serverId, associations });
    await waitFor('the release at Kea', () => [...leasesOf(first, mac), ...leasesOf(second, mac)].length === 0);
  }, 40_000);
});
