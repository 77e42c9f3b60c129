import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Ip6Grant } from '#gen/bng/v1/aaa.js';
import { type Session, SessionEvent_Kind } from '#gen/bng/v1/subs.js';
import { OPTION6, STATUS6 } from '#lib/dhcp6/options.js';
import { has6, option6, withValue6 } from '#lib/dhcp6/packet.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { gateway6 } from '../testkit/configd.testkit.js';
import { macOf } from '../testkit/relay.testkit.js';
import { asks, associationsOf, grantOf, vppRelay } from '../testkit/relay6.testkit.js';
import { Rig, ServiceUnderTest } from '../testkit/rig.testkit.js';

const first = 10;
const homes = {
  name: 'homes',
  pools: ['main'],
  offerHoldS: 2,
  ipv6: { addressPools: ['na'], delegatedPools: ['pd'], dns: ['2001:db8::53'], domains: ['example.net'] },
};

describe('DHCPv6', () => {
  let rig: Rig;
  let service: ServiceUnderTest;
  /** Each test has clients and a line of its own. */
  let n = 0;
  const line = () => first + n;
  const mac = () => macOf(1000 + n);

  const settings = () => ({
    dhcp6: { listen: '[::1]:0', relays: [`[::1]:${rig.relay6.port}`] },
    pools6: [
      { name: 'na', prefix: '2001:db8:64::/64', length: 128, exclude: ['2001:db8:64::1/128'] },
      { name: 'pd', prefix: '2001:db8:a000::/40', length: 56 },
      { name: 'slaac', prefix: '2001:db8:b000::/48', length: 64 },
      { name: 'one', prefix: '2001:db8:c000::/56', length: 56 },
    ],
    groups: [homes],
  });
  const start = async (more = {}) => {
    service = await ServiceUnderTest.start(rig, { ...settings(), ...more });
  };
  const get = (key: string) => service.get(key);
  const gone = (key: string) => service.gone(key);
  const bundleOf = (session: Session) => rig.configd.sessions.get(session.sessionId);
  const drops = async () =>
    (await callUnary(service.client.stats.bind(service.client), {})).dhcpDrops as Record<string, bigint>;

  beforeAll(async () => {
    rig = await Rig.start(60);
    await start();
  }, 60_000);
  afterAll(async () => {
    await service.stop();
    await rig.stop();
  });
  beforeEach(() => {
    n++;
    rig.aaa.answer = () => ({});
  });
  afterEach(() => {
    rig.configd.fault = undefined;
  });

  test('a v6-only line: address and prefix are in VPP before the REPLY, with name servers and lifetimes', async () => {
    const got = await rig.relay6.attach(line(), mac());
    expect(got.address).toMatch(/^2001:db8:64::/);
    expect(got.prefix).toMatch(/^2001:db8:a0[0-9a-f:]*\/56$/);
    const session = await get(got.address ?? '');
    expect(bundleOf(session)).toMatchObject({
      ipv4: '',
      ip6: {
        linkLocal: vppRelay(0, mac()).peerAddress,
        addresses: [got.address],
        prefixes: [got.prefix],
        guardLinkLocal: true,
      },
    });
    expect(option6(got.reply, OPTION6.dnsServers)).toEqual(['2001:db8::53']);
    expect(option6(got.reply, OPTION6.domainList)).toEqual(['example.net']);
    expect(associationsOf(got.reply)).toMatchObject([
      { kind: 'na', t1S: 1800, t2S: 2880, leases: [{ preferredS: 2700, validS: 3600 }] },
      { kind: 'pd', t1S: 1800, t2S: 2880, leases: [{ preferredS: 2700, validS: 3600 }] },
    ]);
    expect(session.ipv6).toMatchObject({ address: got.address, delegatedPrefix: got.prefix, addressPool: 'na' });
    await waitFor('UP', () =>
      rig.events.of(SessionEvent_Kind.UP).find((up) => up.session?.sessionId === session.sessionId),
    );
  });

  test('one session, two families: each comes and goes alone, and both are told', async () => {
    const lease = await rig.relay.attach(line(), mac());
    const only4 = await get(lease.ipv4);
    const got = await rig.relay6.attach(line(), mac());
    const both = await get(got.prefix ?? '');
    expect(both.sessionId).toBe(only4.sessionId);
    expect(bundleOf(both)).toMatchObject({ ipv4: lease.ipv4, ip6: { addresses: [got.address] } });

    rig.relay.tell(line(), mac(), 'release', { ciaddr: lease.ipv4, serverId: lease.serverId });
    await waitFor('IPv4 gone', async () => ((await get(both.sessionId)).ipv4 === '' ? true : undefined));
    expect(bundleOf(both)).toMatchObject({ ipv4: '', ip6: { addresses: [got.address] } });

    const again = await rig.relay.attach(line(), mac());
    expect(again.ipv4).toBe(lease.ipv4);
    const released = await rig.relay6.ask(line(), mac(), {
      type: 'release',
      serverId: got.serverId,
      associations: asks(got.address, got.prefix),
    });
    expect(option6(released, OPTION6.status)?.code).toBe(STATUS6.success);
    expect(bundleOf(both)).toMatchObject({ ipv4: lease.ipv4, ip6: undefined });
    expect((await get(both.sessionId)).ipv6).toBeUndefined();
    const changes = await waitFor('changes', () => {
      const own = rig.events
        .of(SessionEvent_Kind.CHANGED)
        .filter(({ session }) => session?.sessionId === both.sessionId);
      return own.length >= 4 ? own : undefined;
    });
    expect(changes.map(({ session }) => [session?.ipv4 !== '', session?.ipv6 !== undefined])).toEqual([
      [true, true],
      [false, true],
      [true, true],
      [true, false],
    ]);
    expect(rig.aaa.asked.filter(({ identity }) => identity?.mac === mac())).toHaveLength(1);
  });

  test('the last family that goes ends the session; the same line gets the same again', async () => {
    const got = await rig.relay6.attach(line(), mac());
    const session = await get(mac());
    await rig.relay6.ask(line(), mac(), {
      type: 'release',
      serverId: got.serverId,
      associations: asks(got.address, got.prefix),
    });
    await gone(mac());
    expect(bundleOf(session)).toBeUndefined();
    expect(await rig.relay6.attach(line(), mac())).toMatchObject({ address: got.address, prefix: got.prefix });
  });

  test('part of it released, the rest stays', async () => {
    const got = await rig.relay6.attach(line(), mac());
    await rig.relay6.ask(line(), mac(), { type: 'release', serverId: got.serverId, associations: asks(got.address) });
    const session = await get(mac());
    expect(bundleOf(session)).toMatchObject({ ip6: { addresses: [], prefixes: [got.prefix] } });
    const renewed = await rig.relay6.ask(line(), mac(), {
      type: 'renew',
      serverId: got.serverId,
      associations: asks('', got.prefix),
    });
    expect(grantOf(renewed)).toEqual({ address: got.address, prefix: got.prefix });
    expect(bundleOf(session)).toMatchObject({ ip6: { addresses: [got.address], prefixes: [got.prefix] } });
  });

  test.each(['renew', 'rebind'] as const)('%s extends what is bound, and voids what is not', async (type) => {
    const got = await rig.relay6.attach(line(), mac());
    const serverId = type === 'renew' ? got.serverId : undefined;
    const before = (await get(mac())).ipv6?.leaseExpiresMs ?? 0n;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const reply = await rig.relay6.ask(line(), mac(), {
      type,
      serverId,
      associations: asks('2001:db8:64::dead', got.prefix),
    });
    expect(grantOf(reply)).toEqual({ address: got.address, prefix: got.prefix });
    expect(associationsOf(reply)[0]?.leases).toContainEqual({ value: '2001:db8:64::dead', preferredS: 0, validS: 0 });
    expect((await get(mac())).ipv6?.leaseExpiresMs).toBeGreaterThan(before);
  });

  test('nobody knows a RENEW: no binding; the REQUEST that follows is served', async () => {
    const { serverId } = await rig.relay6.attach(line(), mac());
    n++;
    const refused = await rig.relay6.ask(line(), mac(), {
      type: 'renew',
      serverId,
      associations: asks('2001:db8:64::9'),
    });
    expect(associationsOf(refused)).toMatchObject([{ leases: [], status: { code: STATUS6.noBinding } }]);
    const served = await rig.relay6.ask(line(), mac(), {
      type: 'request',
      serverId,
      associations: asks('2001:db8:64::99'),
    });
    expect(grantOf(served).address).toBe('2001:db8:64::99');
  });

  test('another IAID than the one it is bound under has no binding', async () => {
    const got = await rig.relay6.attach(line(), mac());
    const other = asks(got.address).map((one) => ({ ...one, iaid: 77 }));
    const reply = await rig.relay6.ask(line(), mac(), { type: 'renew', serverId: got.serverId, associations: other });
    expect(associationsOf(reply)).toMatchObject([{ iaid: 77, status: { code: STATUS6.noBinding } }]);
  });

  test('CONFIRM: success on its line, not on link elsewhere', async () => {
    const got = await rig.relay6.attach(line(), mac());
    const here = await rig.relay6.ask(line(), mac(), { type: 'confirm', associations: asks(got.address) });
    expect(option6(here, OPTION6.status)?.code).toBe(STATUS6.success);
    n++;
    const there = await rig.relay6.ask(line(), macOf(1000 + n - 1), {
      type: 'confirm',
      associations: asks(got.address),
    });
    expect(option6(there, OPTION6.status)?.code).toBe(STATUS6.notOnLink);
  });

  test('DECLINE: the address is not given again for a while', async () => {
    const got = await rig.relay6.attach(line(), mac(), asks(''));
    const reply = await rig.relay6.ask(line(), mac(), {
      type: 'decline',
      serverId: got.serverId,
      associations: asks(got.address),
    });
    expect(option6(reply, OPTION6.status)?.code).toBe(STATUS6.success);
    await gone(mac());
    expect((await rig.relay6.attach(line(), mac(), asks(''))).address).not.toBe(got.address);
  });

  test('rapid commit: two messages', async () => {
    const reply = await rig.relay6.ask(line(), mac(), {
      type: 'solicit',
      rapidCommit: true,
      associations: asks('', ''),
    });
    expect(reply.type).toBe(7);
    expect(has6(reply, OPTION6.rapidCommit.code)).toBe(true);
    expect(bundleOf(await get(grantOf(reply).prefix ?? ''))).toMatchObject({
      ip6: { addresses: [grantOf(reply).address] },
    });
  });

  test('an INFORMATION-REQUEST gets configuration and no session', async () => {
    const reply = await rig.relay6.ask(line(), mac(), { type: 'informationRequest', asks: [OPTION6.dnsServers.code] });
    expect(option6(reply, OPTION6.dnsServers)).toEqual(['2001:db8::53']);
    await expect(get(mac())).rejects.toMatchObject({ code: 'not_found' });
  });

  test('RADIUS says address, prefixes, routes and name servers', async () => {
    const given = Ip6Grant.fromPartial({
      framedAddress: '2001:db8:77::7',
      delegatedPrefix: '2001:db8:7700::/48',
      framedPrefix: '2001:db8:aa:7::/64',
      routes: ['2001:db8:f000::/48'],
      dns: ['2001:db8::99'],
    });
    rig.aaa.answer = () => ({ ipv6: given });
    const got = await rig.relay6.attach(line(), mac());
    expect(got).toMatchObject({ address: '2001:db8:77::7', prefix: '2001:db8:7700::/48' });
    expect(option6(got.reply, OPTION6.dnsServers)).toEqual(['2001:db8::99']);
    expect(bundleOf(await get('2001:db8:f000::1234'))).toMatchObject({
      ip6: {
        addresses: ['2001:db8:77::7'],
        prefixes: ['2001:db8:7700::/48', '2001:db8:f000::/48'],
        advertised: '2001:db8:aa:7::/64',
      },
    });
    n++;
    rig.aaa.answer = () => ({ ipv6: { ...given, routes: [] } });
    const twin = await rig.relay6.ask(line(), mac(), { type: 'solicit', associations: asks('', '') });
    expect(associationsOf(twin).map(({ status }) => status?.code)).toEqual([
      STATUS6.noAddrsAvail,
      STATUS6.noPrefixAvail,
    ]);
    expect(option6(twin, OPTION6.status)?.code).toBe(STATUS6.noAddrsAvail);
  });

  test('an advertised prefix is on the line as soon as IPv4 is up, without DHCPv6', async () => {
    rig.aaa.answer = () => ({ ipv6: Ip6Grant.fromPartial({ framedPool: 'slaac' }) });
    const lease = await rig.relay.attach(line(), mac());
    const session = await get(lease.ipv4);
    expect(session.ipv6).toMatchObject({ framedPrefix: expect.stringMatching(/^2001:db8:b000:.*\/64$/) });
    expect(bundleOf(session)).toMatchObject({
      ip6: { advertised: session.ipv6?.framedPrefix, addresses: [], linkLocal: vppRelay(0, mac()).peerAddress },
    });
  });

  test('a pool that is exhausted is said, and IPv4 is not held back', async () => {
    rig.aaa.answer = () => ({ ipv6: Ip6Grant.fromPartial({ delegatedPool: 'one' }) });
    expect((await rig.relay6.attach(line(), mac())).prefix).toBe('2001:db8:c000::/56');
    n++;
    const advertise = await rig.relay6.ask(line(), mac(), { type: 'solicit', associations: asks('', '') });
    expect(associationsOf(advertise)).toMatchObject([
      { kind: 'na', leases: [{ validS: 3600 }] },
      { kind: 'pd', status: { code: STATUS6.noPrefixAvail } },
    ]);
    expect((await rig.relay.attach(line(), mac())).ipv4).toMatch(/^100\.64\./);
    await waitFor('its line in the timeline', async () =>
      (await service.stepsOf(mac())).includes('address pool_exhausted IPv6 delegated: pools one'),
    );
  });

  test('RADIUS gives what another has, or the gateway: refused with its reason in the timeline, IPv4 comes up', async () => {
    const taken = '2001:db8:f00::/56';
    rig.aaa.answer = () => ({ ipv6: Ip6Grant.fromPartial({ delegatedPrefix: taken }) });
    expect((await rig.relay6.attach(line(), mac())).prefix).toBe(taken);
    n++;
    rig.aaa.answer = () => ({ ipv6: Ip6Grant.fromPartial({ delegatedPrefix: taken, framedAddress: gateway6 }) });
    for (const _ of [1, 2]) await rig.relay6.ask(line(), mac(), { type: 'solicit', associations: asks('', '') });
    expect((await rig.relay.attach(line(), mac())).ipv4).toMatch(/^100\.64\./);
    const refusals = async () => (await service.stepsOf(mac())).filter((step) => /^address (bad|address_)/.test(step));
    await waitFor('both lines in the timeline', async () => (await refusals()).length === 2);
    expect(await refusals()).toEqual([
      `address bad_address IPv6 address: ${gateway6} of RADIUS`,
      `address address_in_use IPv6 delegated: ${taken} of RADIUS`,
    ]);
  });

  test('two lines with one link-local address: only the first has it in its source check', async () => {
    const relay = { peerAddress: 'fe80::1' };
    const solicit = { type: 'solicit', rapidCommit: true, associations: asks('') } as const;
    await rig.relay6.ask(line(), mac(), solicit, relay);
    const one = await get(mac());
    n++;
    await rig.relay6.ask(line(), mac(), solicit, relay);
    expect(bundleOf(one)?.ip6?.guardLinkLocal).toBe(true);
    expect(bundleOf(await get(mac()))?.ip6?.guardLinkLocal).toBe(false);
  });

  test('an offer that is not taken is given back, beside IPv4 that stays', async () => {
    const lease = await rig.relay.attach(line(), mac());
    const advertise = await rig.relay6.ask(line(), mac(), { type: 'solicit', associations: asks('', '') });
    const offered = grantOf(advertise);
    await waitFor(
      'the offer lapsed',
      async () => {
        const { pools } = await callUnary(service.client.stats.bind(service.client), {});
        return pools.some(({ name }) => name === 'pd') &&
          (await get(offered.address ?? '').catch(() => undefined)) === undefined
          ? true
          : undefined;
      },
      40_000,
    );
    expect((await get(mac())).ipv4).toBe(lease.ipv4);
  }, 40_000);

  test('VPP refuses the second family: the client is not told, the first stays', async () => {
    const lease = await rig.relay.attach(line(), mac());
    const advertise = await rig.relay6.ask(line(), mac(), { type: 'solicit', associations: asks('') });
    rig.configd.fault = { code: 'dataplane', message: 'no' } as never;
    const before = rig.relay6.replies.length;
    const serverId = option6(advertise, OPTION6.serverId);
    rig.relay6.tell([vppRelay(line(), mac())], mac(), { type: 'request', serverId, associations: asks('') });
    await waitFor(
      'the refusal',
      async () => ((await drops()).apply_failed ?? 0n) + ((await drops()).configd_unavailable ?? 0n) > 0n || undefined,
    );
    expect(rig.relay6.replies).toHaveLength(before);
    expect((await get(mac())).ipv6).toBeUndefined();
    expect((await get(mac())).ipv4).toBe(lease.ipv4);
  });

  test('nothing is lost or doubled by a restart', async () => {
    const one = await rig.relay6.attach(line(), mac());
    const oneMac = mac();
    const lease = await rig.relay.attach(line(), mac());
    await service.stop();
    await start();
    const kept = await get(oneMac);
    expect(kept).toMatchObject({ ipv4: lease.ipv4, ipv6: { address: one.address, delegatedPrefix: one.prefix } });
    expect(bundleOf(kept)).toMatchObject({ ip6: { prefixes: [one.prefix] } });
    n++;
    const other = await rig.relay6.attach(line(), mac());
    expect(other.address).not.toBe(one.address);
    expect(other.prefix).not.toBe(one.prefix);
    const renewed = await rig.relay6.ask(line() - 1, oneMac, {
      type: 'renew',
      serverId: one.serverId,
      associations: asks(one.address, one.prefix),
    });
    expect(grantOf(renewed)).toEqual({ address: one.address, prefix: one.prefix });
  }, 40_000);

  test('a lease that runs out ends its family, with routes and addresses', async () => {
    await service.stop();
    await start({ restoreGraceS: 1, groups: [{ ...homes, ipv6: { ...homes.ipv6, leaseS: 10 } }] });
    const lease = await rig.relay.attach(line(), mac());
    const got = await rig.relay6.attach(line(), mac());
    await waitFor('IPv6 gone', async () => ((await get(mac())).ipv6 === undefined ? true : undefined), 40_000);
    const session = await get(mac());
    expect(session.ipv4).toBe(lease.ipv4);
    expect(bundleOf(session)).toMatchObject({ ipv4: lease.ipv4, ip6: undefined });
    await expect(get(got.prefix ?? '')).rejects.toMatchObject({ code: 'not_found' });
  }, 60_000);

  test.each<[string, () => Uint8Array | undefined, string]>([['no DHCPv6', () => Uint8Array.of(1, 2, 3), 'malformed']])(
    '%s is dropped and counted',
    async (_name, bytes, reason) => {
      const before = (await drops())[reason] ?? 0n;
      rig.relay6.send(bytes() ?? new Uint8Array(0));
      await waitFor(reason, async () => ((await drops())[reason] ?? 0n) > before || undefined);
    },
  );

  test.each<[string, Parameters<typeof vppRelay>[2], string, object]>([
    [
      'an interface-id of another length',
      { options: [withValue6(OPTION6.interfaceId, Uint8Array.of(1))] },
      'no_interface_id',
      {},
    ],
    ['another link address', { linkAddress: '2001:db8:99::1' }, 'link_mismatch', {}],
    ['another server', {}, 'other_server', { type: 'request', serverId: Uint8Array.of(0, 3, 0, 1, 2) }],
    ['a REQUEST to no server', {}, 'no_client_id', { type: 'request' }],
    ['a CONFIRM without addresses', {}, 'nothing_to_confirm', { type: 'confirm' }],
    ['a server’s message', {}, 'unknown_type', { type: 'advertise' }],
  ])('%s is dropped and counted', async (_name, relay, reason, message) => {
    const before = (await drops())[reason] ?? 0n;
    rig.relay6.tell([vppRelay(line(), mac(), relay)], mac(), { type: 'solicit', ...message });
    await waitFor(reason, async () => ((await drops())[reason] ?? 0n) > before || undefined);
  });
});
