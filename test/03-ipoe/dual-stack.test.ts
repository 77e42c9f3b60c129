import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPTION6, STATUS6 } from '#lib/dhcp6/options.js';
import { option6 } from '#lib/dhcp6/packet.js';
import { callUnary } from '#lib/kernel/rpc-client.js';
import type { DhcpClient } from '../harness/dhcp-client.js';
import { Dhcp6Client } from '../harness/dhcp6-client.js';
import type { DetailRecord } from '../harness/freeradius.js';
import { lanes } from '../harness/lanes.js';
import { type Stack, startStack } from '../harness/stack.js';
import { sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';
import { dualStackDocument, dualStackGroups, internet, portMac, routerOf, Side, upstream } from './dual-stack-node.js';

/** RADIUS says the prefixes of the second line; all others take theirs from the pools. */
const users = `access.100.2 Cleartext-Password := "causeway"
	Framed-IPv6-Address := 2001:db8:77::2,
	Framed-IPv6-Prefix := 2001:db8:aa:2::/64,
	Delegated-IPv6-Prefix := 2001:db8:7700::/56,
	Framed-IPv6-Route := "2001:db8:f000::/48 ::",
	DNS-Server-IPv6-Address := 2001:db8::99

DEFAULT Cleartext-Password := "causeway"
	Acct-Interim-Interval := 60
`;

describe.each(lanes)('dual stack on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'a subscriber' : `skipped: ${lane.why}`, () => {
    let stack: Stack;
    let gatewayMac: string;
    let coreMac: string;
    let core: Side;
    const line = sampleLine(0);
    let cpe: Side;
    let client4: DhcpClient;
    let client6: Dhcp6Client;

    const get = (key: string) => callUnary(stack.subs.get.bind(stack.subs), { key });
    const tagsOf = (index: number) => [{ vid: sampleLine(index).outerVlan }, { vid: sampleLine(index).innerVlan }];
    const recordsOf = (mac: string): DetailRecord[] =>
      stack.radius.detail().filter((one) => one.get('Calling-Station-Id')?.toLowerCase().replaceAll('-', ':') === mac);
    const address = () => client6.lease?.address ?? '';
    /** A host in the delegated prefix. */
    const host = () => (client6.lease?.prefix ?? '').replace(/::\/56$/, ':7::7').replace(/:\/56$/, '7::7');

    beforeAll(async () => {
      stack = await startStack({
        lane,
        subscribers: 3,
        users,
        apply: false,
        adjust: (configs) => {
          const [group] = configs['subs-manager'].groups;
          Object.assign(configs['subs-manager'], { pools6: dualStackGroups.pools6 });
          Object.assign(group ?? {}, { ipv6: dualStackGroups.ipv6 });
        },
      });
      await stack.apply(dualStackDocument(stack.document));
      gatewayMac = await stack.gatewayMac();
      coreMac = await portMac(stack, stack.vpp.devices.core);
      const access = await stack.accessLink();
      core = new Side(await stack.vpp.coreLink(), upstream.mac, []);
      cpe = new Side(access, line.mac, tagsOf(0));
      client4 = stack.extraClient(access, { ...line, tries: 8 });
      client6 = new Dhcp6Client(access, line.mac, tagsOf(0));
    }, 240_000);
    afterAll(() => stack?.stop(), 60_000);

    it('attaches in both families as one session, each in VPP before its answer', async () => {
      await client4.attach();
      const lease = await client6.attach();
      expect(lease.dns).toEqual(['2001:db8::53']);
      expect(await stack.dataplane.ip6Routes()).toEqual(
        expect.arrayContaining([`${lease.address}/128`, lease.prefix, `${client6.linkLocal}/128`]),
      );
      expect((await stack.dataplane.ip6Neighbours()).get(client6.linkLocal)).toBe(line.mac);
      const session = await get(lease.address);
      expect(session).toMatchObject({
        ipv4: client4.lease?.address,
        ipv6: { address: lease.address, delegatedPrefix: lease.prefix, linkLocal: client6.linkLocal },
      });
      expect(await get(host())).toMatchObject({ sessionId: session.sessionId });
    }, 60_000);

    it('sends and receives in both families, from its address and from its delegated prefix', async () => {
      const own4 = client4.lease?.address ?? '';
      cpe.send(own4, internet.ip4, 5001, gatewayMac);
      cpe.send(address(), internet.ip6, 5002, gatewayMac);
      cpe.send(host(), internet.ip6, 5003, gatewayMac);
      expect(await core.arrived(5001)).toMatchObject({ from: own4, mac: upstream.mac });
      expect(await core.arrived(5002)).toMatchObject({ from: address(), mac: upstream.mac });
      expect(await core.arrived(5003)).toMatchObject({ from: host(), mac: upstream.mac });
      core.send(internet.ip4, own4, 5004, coreMac);
      core.send(internet.ip6, address(), 5005, coreMac);
      core.send(internet.ip6, host(), 5006, coreMac);
      const arrives = { mac: line.mac, tags: `${line.outerVlan}.${line.innerVlan}` };
      for (const port of [5004, 5005, 5006]) expect(await cpe.arrived(port)).toMatchObject(arrives);
    }, 90_000);

    it('cannot send from what is not its own', async () => {
      const strangers = ['2001:db8:64::dead', '2001:db8:a0ff::1', internet.ip6];
      for (const [at, from] of strangers.entries()) cpe.send(from, internet.ip6, 5100 + at, gatewayMac);
      cpe.send('100.64.99.99', internet.ip4, 5110, gatewayMac);
      cpe.send(address(), internet.ip6, 5120, gatewayMac);
      await core.arrived(5120);
      expect(core.seen.filter(({ port }) => port >= 5100 && port < 5120)).toEqual([]);
    }, 60_000);

    it('finds its router again by a unicast probe, while its source is checked', async () => {
      const router = routerOf(gatewayMac);
      cpe.probe('fe80::bad:1', router, gatewayMac);
      cpe.probe(client6.linkLocal, router, gatewayMac);
      await waitFor('an answer to the probe', () => cpe.advertised.includes(router), 40_000);
      cpe.send(address(), internet.ip6, 5150, gatewayMac);
      await core.arrived(5150);
      expect(cpe.advertised.filter((target) => target === router)).toHaveLength(1);
    }, 60_000);

    it('tells FreeRADIUS of the IPv6 part, in its own detail file', async () => {
      const record = await waitFor(
        'a record with IPv6',
        () => recordsOf(line.mac).find((one) => one.has('Delegated-IPv6-Prefix')),
        60_000,
      );
      expect(record.get('Delegated-IPv6-Prefix')).toBe(client6.lease?.prefix);
      expect(record.get('Framed-IPv6-Address')).toBe(address());
      expect(record.get('Framed-IP-Address')).toBe(client4.lease?.address);
      expect(record.has('Framed-Interface-Id')).toBe(true);
    }, 40_000);

    it('renews in place', async () => {
      const before = { ...client6.lease };
      expect(await client6.renew()).toMatchObject({ address: before.address, prefix: before.prefix });
    }, 40_000);

    it('gives IPv6 up and keeps IPv4: routes, neighbour and source check are gone with it', async () => {
      const { address: old, prefix } = { address: address(), prefix: client6.lease?.prefix ?? '' };
      const reply = await client6.release();
      expect(option6(reply, OPTION6.status)?.code).toBe(STATUS6.success);
      const routes = await stack.dataplane.ip6Routes();
      for (const gone of [`${old}/128`, prefix, `${client6.linkLocal}/128`]) expect(routes).not.toContain(gone);
      expect((await stack.dataplane.ip6Neighbours()).has(client6.linkLocal)).toBe(false);
      expect(await stack.dataplane.hostRoutes()).toContain(`${client4.lease?.address}/32`);
      expect((await get(line.mac)).ipv6).toBeUndefined();
      expect(await client6.attach()).toMatchObject({ address: old, prefix });
    }, 60_000);

    it('keeps IPv6 when IPv4 is released, and ends with the last of them', async () => {
      const { sessionId } = await get(line.mac);
      const old = client4.lease?.address ?? '';
      client4.release(gatewayMac);
      await waitFor('IPv4 gone', async () => (await get(sessionId)).ipv4 === '', 40_000);
      expect(await stack.dataplane.hostRoutes()).not.toContain(`${old}/32`);
      expect(await get(sessionId)).toMatchObject({ ipv6: { address: address() } });
      cpe.send(address(), internet.ip6, 5201, gatewayMac);
      await core.arrived(5201);
      await client6.release();
      await waitFor('Stop', () => recordsOf(line.mac).find((one) => one.get('Acct-Status-Type') === 'Stop'), 30_000);
      expect(await stack.dataplane.ip6Neighbours()).not.toContain(client6.linkLocal);
    }, 90_000);

    it('has what RADIUS says: address, delegated prefix, route, and a prefix in the advertisements of its line', async () => {
      const { mac } = sampleLine(1);
      const only6 = new Dhcp6Client(await stack.accessLink(), mac, tagsOf(1));
      expect(await only6.attach()).toMatchObject({
        address: '2001:db8:77::2',
        prefix: '2001:db8:7700::/56',
        dns: ['2001:db8::99'],
      });
      const routes = await stack.dataplane.ip6Routes();
      const all = ['2001:db8:77::2/128', '2001:db8:7700::/56', '2001:db8:f000::/48', '2001:db8:aa:2::/64'];
      expect(routes).toEqual(expect.arrayContaining(all));
      expect(await get('2001:db8:f000::77')).toMatchObject({ ipv4: '', ipv6: { framedPrefix: '2001:db8:aa:2::/64' } });
      const side = new Side(await stack.accessLink(), mac, tagsOf(1));
      for (const [at, from] of ['2001:db8:aa:2::9', '2001:db8:f000::9'].entries()) {
        side.send(from, internet.ip6, 5400 + at, gatewayMac);
        expect(await core.arrived(5400 + at)).toMatchObject({ from });
      }
      await only6.release();
      for (const gone of all) expect(await stack.dataplane.ip6Routes()).not.toContain(gone);
    }, 60_000);

    it('survives a SIGKILL of subs-manager: the same lease, and packets flow', async () => {
      const { mac } = sampleLine(2);
      const one = new Dhcp6Client(await stack.accessLink(), mac, tagsOf(2));
      const lease = { ...(await one.attach()) };
      await stack.killAndRestart('subs-manager');
      expect(await one.renew()).toMatchObject({ address: lease.address, prefix: lease.prefix });
      const side = new Side(await stack.accessLink(), mac, tagsOf(2));
      side.send(lease.address ?? '', internet.ip6, 5301, gatewayMac);
      expect(await core.arrived(5301)).toMatchObject({ from: lease.address });
    }, 120_000);
  });
});
