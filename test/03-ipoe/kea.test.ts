import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { type DhclientEvent, openCpePort, startDhclient } from '../harness/cpe-port.js';
import type { DhcpClient } from '../harness/dhcp-client.js';
import { Dhcp6Client } from '../harness/dhcp6-client.js';
import { freeUdpPort } from '../harness/free-port.js';
import { type KeaServer, startKea } from '../harness/kea.js';
import { type Lane, lanes } from '../harness/lanes.js';
import { enterPrivateNetwork } from '../harness/private-network.js';
import { type Stack, startStack } from '../harness/stack.js';
import { sampleNetwork } from '../harness/stack-config.js';
import { sampleLine } from '../harness/subscribers.js';
import { waitFor } from '../harness/wait-for.js';
import { dualStackDocument, internet, portMac, Side, upstream } from './dual-stack-node.js';

const subnet4 = {
  subnet: sampleNetwork.prefix,
  pools: [{ pool: '100.70.1.1 - 100.70.1.254' }],
  'option-data': [
    { name: 'routers', data: sampleNetwork.gateway },
    { name: 'domain-name-servers', data: '192.0.2.53' },
  ],
  reservations: [{ 'circuit-id': `'${sampleLine(1).name}'`, 'ip-address': '100.70.9.2' }],
};
const subnet6 = {
  subnet: '2001:db8:64::/64',
  pools: [{ pool: '2001:db8:64::1:0/112' }],
  'pd-pools': [{ prefix: '2001:db8:a000::', 'prefix-len': 40, 'delegated-len': 56 }],
  'option-data': [{ name: 'dns-servers', data: '2001:db8::53' }],
};

/** The stack with a Kea of each protocol behind subs-manager, in the place of its pools. */
async function startWithKea(lane: Lane) {
  if (lane.kind === 'vpp') enterPrivateNetwork();
  const ports = { 4: await freeUdpPort(), 6: await freeUdpPort('::1') };
  let answerTo = { 4: 0, 6: 0 };
  const stack = await startStack({
    lane,
    subscribers: 3,
    users: 'DEFAULT Cleartext-Password := "causeway"\n',
    apply: false,
    adjust: (configs) => {
      const { dhcp, dhcp6 } = configs['subs-manager'];
      const portOf = (listen: string) => Number(listen.slice(listen.lastIndexOf(':') + 1));
      answerTo = { 4: portOf(dhcp.listen), 6: portOf(dhcp6.listen) };
      Object.assign(configs['subs-manager'].groups[0] ?? {}, {
        pools: [],
        relay: { servers: [`127.0.0.1:${ports[4]}`], prefixes: ['100.70.0.0/16'] },
        ipv6: { relay: { servers: [`[::1]:${ports[6]}`], prefixes: ['2001:db8:64::/64', '2001:db8:a000::/40'] } },
      });
    },
  });
  const reserved = { 'host-reservation-identifiers': ['circuit-id'] };
  const keas = await Promise.all([
    startKea(4, { serverPort: ports[4], relayPort: answerTo[4], subnets: [subnet4], more: reserved }),
    startKea(6, { serverPort: ports[6], relayPort: answerTo[6], subnets: [subnet6] }),
  ]);
  await stack.apply(dualStackDocument(stack.document));
  return { stack, keas };
}

describe.each(lanes)('Kea behind the gateway on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'a subscriber' : `skipped: ${lane.why}`, () => {
    let stack: Stack;
    /** What dhclient's test leaves behind. */
    const ends: (() => Promise<void>)[] = [];
    let kea4: KeaServer;
    let kea6: KeaServer;
    let gatewayMac: string;
    const line = sampleLine(0);
    let client4: DhcpClient;
    let client6: Dhcp6Client;
    const tagsOf = (index: number) => [{ vid: sampleLine(index).outerVlan }, { vid: sampleLine(index).innerVlan }];
    const get = (key: string) => callUnary(stack.subs.get.bind(stack.subs), { key });
    const leased = (kea: KeaServer, value: string) => kea.leases().some(({ address }) => address === value);
    const delegated = () => (client6.lease?.prefix ?? '').replace('/56', '');

    beforeAll(async () => {
      const started = await startWithKea(lane);
      stack = started.stack;
      [kea4, kea6] = started.keas;
      gatewayMac = await stack.gatewayMac();
      const access = await stack.accessLink();
      client4 = stack.extraClient(access, { ...line, tries: 8 });
      client6 = new Dhcp6Client(access, line.mac, tagsOf(0));
    }, 240_000);
    afterAll(async () => {
      for (const end of ends.reverse()) await end();
      await stack?.stop();
      await Promise.all([kea4?.stop(), kea6?.stop()]);
    }, 60_000);

    it('has the leases of Kea in VPP: addresses, and the route of its prefix', async () => {
      const lease4 = await client4.attach();
      const lease6 = await client6.attach();
      expect(lease4).toMatchObject({ serverId: sampleNetwork.gateway, router: sampleNetwork.gateway, leaseS: 3600 });
      expect(lease6.dns).toEqual(['2001:db8::53']);
      expect(leased(kea4, lease4.address)).toBe(true);
      expect(leased(kea6, lease6.address) && leased(kea6, delegated())).toBe(true);
      expect(await stack.dataplane.hostRoutes()).toContain(`${lease4.address}/32`);
      expect(await stack.dataplane.ip6Routes()).toEqual(
        expect.arrayContaining([`${lease6.address}/128`, lease6.prefix]),
      );
      expect(await get(line.mac)).toMatchObject({ ipv4: lease4.address, ipv6: { address: lease6.address } });
    }, 60_000);

    it('sends and receives in both families', async () => {
      const access = await stack.accessLink();
      const cpe = new Side(access, line.mac, tagsOf(0));
      const coreLink = await stack.vpp.coreLink();
      ends.push(() => coreLink.close());
      const core = new Side(coreLink, upstream.mac, []);
      const coreMac = await portMac(stack, stack.vpp.devices.core);
      const own4 = client4.lease?.address ?? '';
      const host6 = `${delegated()}7`;
      cpe.send(own4, internet.ip4, 5001, gatewayMac);
      cpe.send(host6, internet.ip6, 5002, gatewayMac);
      expect(await core.arrived(5001)).toMatchObject({ from: own4 });
      expect(await core.arrived(5002)).toMatchObject({ mac: upstream.mac });
      core.send(internet.ip4, own4, 5003, coreMac);
      core.send(internet.ip6, host6, 5004, coreMac);
      for (const port of [5003, 5004]) expect(await cpe.arrived(port)).toMatchObject({ mac: line.mac });
    }, 90_000);

    it('renews by unicast and by multicast, through the gateway', async () => {
      const ack = await client4.renew(gatewayMac);
      expect(ack.yiaddr).toBe(client4.lease?.address);
      const before = client6.lease?.prefix;
      expect(await client6.renew()).toMatchObject({ prefix: before });
    }, 60_000);

    it('has the address that Kea keeps for its line', async () => {
      const second = stack.extraClient(await stack.accessLink(), { ...sampleLine(1), tries: 8 });
      expect(await second.attach()).toMatchObject({ address: '100.70.9.2' });
    }, 60_000);

    it('keeps its lease over a SIGKILL of subs-manager, and takes everything with it when it goes', async () => {
      const own4 = client4.lease?.address ?? '';
      const { address, prefix } = client6.lease ?? { address: '', prefix: '' };
      await stack.killAndRestart('subs-manager');
      expect((await client4.renew(gatewayMac)).yiaddr).toBe(own4);
      await client6.release();
      client4.release(gatewayMac);
      await waitFor('no route', async () => !(await stack.dataplane.hostRoutes()).includes(`${own4}/32`), 30_000);
      await waitFor('no route of IPv6', async () => {
        const routes = await stack.dataplane.ip6Routes();
        return ![`${address}/128`, prefix].some((gone) => routes.includes(gone));
      });
      await waitFor('the release at Kea', () => !leased(kea4, own4) && !leased(kea6, address), 30_000);
    }, 120_000);

    // A network device needs a private network, as the real lane has one.
    for (const { name } of lanes.filter((one) => one === lane && one.kind === 'vpp'))
      it(`is bound on ${name} by dhclient in both families, and bound again`, async () => {
        const { mac } = sampleLine(2);
        const port = await openCpePort(await stack.accessLink(), mac, tagsOf(2));
        ends.push(() => port.close());
        const dhclient = (family: 4 | 6) => {
          const started = startDhclient(stack.folder, port.device, family);
          ends.push(() => started.child.stop());
          return started;
        };
        const bound = (
          one: { events(): DhclientEvent[]; child: { assertRunning(): void; output: string } },
          ...reasons: string[]
        ) =>
          waitFor(
            `dhclient: ${reasons.join(' or ')}`,
            () => {
              one.child.assertRunning();
              return one.events().find(({ reason }) => reasons.includes(reason));
            },
            40_000,
          ).catch((error) => {
            throw new Error(`${String(error)}\n${one.child.output}`);
          });
        const four = dhclient(4);
        const lease4 = await bound(four, 'BOUND');
        expect(lease4).toMatchObject({
          new_dhcp_server_identifier: sampleNetwork.gateway,
          new_domain_name_servers: '192.0.2.53',
          new_dhcp_lease_time: '3600',
        });
        expect(leased(kea4, lease4.new_ip_address ?? '')).toBe(true);
        expect(await stack.dataplane.hostRoutes()).toContain(`${lease4.new_ip_address}/32`);
        const six = dhclient(6);
        const lease6 = await bound(six, 'BOUND6');
        const routes = await stack.dataplane.ip6Routes();
        const got = six.events().filter(({ reason }) => reason === 'BOUND6');
        const values = got.flatMap((one) => [one.new_ip6_address && `${one.new_ip6_address}/128`, one.new_ip6_prefix]);
        expect(lease6.new_dhcp6_name_servers).toBe('2001:db8::53');
        for (const value of values.filter(Boolean)) expect(routes).toContain(value);
        await Promise.all([four.child.stop(), six.child.stop()]);
        const again = dhclient(4);
        expect(await bound(again, 'BOUND', 'REBOOT')).toMatchObject({ new_ip_address: lease4.new_ip_address });
      }, 150_000);
  });
});
