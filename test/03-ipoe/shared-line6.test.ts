import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dump, load } from 'js-yaml';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { ClientSwitch, type DhcpClient } from '../harness/dhcp-client.js';
import { Dhcp6Client } from '../harness/dhcp6-client.js';
import type { FrameLink } from '../harness/frame-link.js';
import { lanes } from '../harness/lanes.js';
import { type Stack, startStack } from '../harness/stack.js';
import { waitFor } from '../harness/wait-for.js';
import { dualStackDocument, dualStackGroups, internet, portMac, routerOf, Side, upstream } from './dual-stack-node.js';
import { Flood } from './flood.js';

const VLAN = 500;
const TAGS = [{ vid: VLAN }];
const macs = ['02:5a:00:00:06:01', '02:5a:00:00:06:02'] as const;
const RATE_BPS = 4_000_000;
const BURST = 100_000;

const users = `access.500-${macs[0]}  Cleartext-Password := "causeway"
	Causeway-Download-Kbps := ${RATE_BPS / 1000},
	Causeway-Upload-Kbps := ${RATE_BPS / 1000},
	Causeway-Download-Burst-Bytes := ${BURST},
	Causeway-Upload-Burst-Bytes := ${BURST}

DEFAULT  Cleartext-Password := "causeway"
	Acct-Interim-Interval := 60
`;

/** The dual-stack network with one VLAN that two subscribers share. */
function sharedDocument(sample: string): string {
  const document = load(dualStackDocument(sample)) as { interfaces: { access: { subInterfaces: object[] } } };
  document.interfaces.access.subInterfaces.push({
    vlan: VLAN,
    unnumbered: 'subs-gw',
    routerAdvertisement: { managed: true, other: true },
  });
  return dump(document, { lineWidth: 120 });
}

interface Subscriber {
  readonly side: Side;
  readonly client4: DhcpClient;
  readonly client6: Dhcp6Client;
}

describe.each(lanes)('two dual-stack subscribers in one VLAN, on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'each' : `skipped: ${lane.why}`, () => {
    let stack: Stack;
    let gatewayMac: string;
    let coreMac: string;
    let core: Side;
    let coreLink: FrameLink;
    let subscribers: Subscriber[];

    const at = (n: number): Subscriber => subscribers[n] as Subscriber;
    const ip4 = (n: number) => at(n).client4.lease?.address ?? '';
    const ip6 = (n: number) => at(n).client6.lease?.address ?? '';
    const prefix = (n: number) => at(n).client6.lease?.prefix ?? '';
    /** A host behind the subscriber. */
    const host = (n: number) => prefix(n).replace(/::?\/56$/, '::9');
    const send = (n: number, from: string, to: string, port: number) => at(n).side.send(from, to, port, gatewayMac);
    const ports = (side: Side, ...wanted: number[]) => side.seen.filter(({ port }) => wanted.includes(port));

    beforeAll(async () => {
      stack = await startStack({
        lane,
        subscribers: 1,
        users,
        apply: false,
        adjust(configs) {
          Object.assign(configs.aaa, { userName: '{line}-{mac}' });
          const [group] = configs['subs-manager'].groups;
          Object.assign(configs['subs-manager'], { pools6: dualStackGroups.pools6, counterPollS: 1 });
          Object.assign(group ?? {}, { ipv6: dualStackGroups.ipv6, subscriberBy: 'mac', core: ['core'] });
        },
      });
      await stack.apply(sharedDocument(stack.document));
      gatewayMac = await stack.gatewayMac();
      coreMac = await portMac(stack, stack.vpp.devices.core);
      coreLink = await stack.vpp.coreLink();
      core = new Side(coreLink, upstream.mac, []);
      const link = await stack.accessLink();
      const access = new ClientSwitch(link);
      subscribers = macs.map((mac) => ({
        side: new Side(link, mac, TAGS),
        client4: access.add({ mac, tags: TAGS, tries: 8 }),
        client6: new Dhcp6Client(link, mac, TAGS),
      }));
      for (const { client4, client6 } of subscribers) {
        await client4.attach();
        await client6.attach();
      }
    }, 240_000);
    afterAll(async () => {
      await coreLink?.close();
      await stack?.stop();
    }, 60_000);

    it('is one session with both families', async () => {
      for (const n of [0, 1]) {
        const session = await callUnary(stack.subs.get.bind(stack.subs), { key: macs[n] ?? '' });
        expect(session).toMatchObject({ ipv4: ip4(n), ipv6: { address: ip6(n), delegatedPrefix: prefix(n) } });
      }
      const names = [...(await stack.dataplane.policerKbps()).keys()].filter((name) => name.includes('session.'));
      expect(names).toHaveLength(4);
    });

    it('sends and receives from its address and from its delegated prefix, and renews through the guard', async () => {
      for (const [i, own] of [ip4(0), ip6(0), host(0)].entries()) {
        const far = own.includes(':') ? internet.ip6 : internet.ip4;
        send(0, own, far, 6001 + i);
        expect(await core.arrived(6001 + i)).toMatchObject({ from: own });
        core.send(far, own, 6011 + i, coreMac);
        expect(await at(0).side.arrived(6011 + i)).toMatchObject({ mac: macs[0], tags: `${VLAN}` });
      }
      expect(await at(0).client6.renew()).toMatchObject({ address: ip6(0), prefix: prefix(0) });
    }, 60_000);

    it('cannot send from what is its neighbour’s, free, or a stranger’s, nor with another MAC address', async () => {
      const strangers = [ip6(1), host(1), '2001:db8:64::dead', '2001:db8:a0ff::1', internet.ip6];
      for (const [i, from] of strangers.entries()) send(0, from, internet.ip6, 6100 + i);
      send(1, ip6(0), internet.ip6, 6110);
      send(0, ip6(0), internet.ip6, 6120);
      await core.arrived(6120);
      expect(ports(core, 6100, 6101, 6102, 6103, 6104, 6110)).toEqual([]);
    }, 60_000);

    it('does not reach the other one, neither by address, nor by prefix, nor by link-local address', async () => {
      const targets = [ip6(1), host(1), at(1).client6.linkLocal];
      for (const [i, to] of targets.entries()) send(0, ip6(0), to, 6200 + i);
      send(0, at(0).client6.linkLocal, at(1).client6.linkLocal, 6203);
      send(0, ip4(0), ip4(1), 6204);
      send(0, ip6(0), internet.ip6, 6210);
      await core.arrived(6210);
      core.send(internet.ip6, ip6(1), 6211, coreMac);
      await at(1).side.arrived(6211);
      expect(ports(at(1).side, 6200, 6201, 6202, 6203, 6204)).toEqual([]);
    }, 60_000);

    it('finds its router by a unicast probe from its link-local address', async () => {
      const router = routerOf(gatewayMac);
      at(0).side.probe(at(0).client6.linkLocal, router, gatewayMac);
      await waitFor('an answer to the probe', () => at(0).side.advertised.includes(router), 20_000);
    }, 30_000);

    const packets = lane.kind === 'vpp' ? it : it.skip;
    packets.each(['up', 'down'] as const)(
      'gets its rate once for IPv4, its address and its prefix together: %s',
      async (way) => {
        const flood = new Flood({ bps: RATE_BPS * 2, forMs: 3000, burst: BURST });
        const own = [ip4(0), ip6(0), host(0)];
        const port = way === 'up' ? 6301 : 6302;
        const sink = way === 'up' ? core : at(0).side;
        const shares: number[] = [];
        for (let turn = 0; turn < 3 && !shares.some((share) => share > 0.95); turn++) {
          await flood.calm();
          const passed = await flood.measure(
            (i) => {
              const address = own[i % own.length] ?? '';
              const far = address.includes(':') ? internet.ip6 : internet.ip4;
              const bytes = flood.payloadOf(address);
              if (way === 'up') at(0).side.send(address, far, port, gatewayMac, bytes);
              else core.send(far, address, port, coreMac, bytes);
            },
            () => ports(sink, port).length,
          );
          shares.push(passed / RATE_BPS);
        }
        // Classify policers charge the IP packet, 22 of 1400 bytes less than the flood counts.
        expect(Math.max(...shares)).toBeGreaterThan(0.95);
        expect(Math.max(...shares)).toBeLessThan(1.05);
        const families = new Set(ports(sink, port).map(({ family }) => family));
        expect([...families].sort()).toEqual(['ip4', 'ip6']);
      },
      60_000,
    );

    it('leaves nothing of IPv6 behind', async () => {
      const { address: old = '', prefix: delegated = '' } = at(1).client6.lease ?? {};
      await at(1).client6.release();
      const routes = await stack.dataplane.ip6Routes();
      for (const gone of [`${old}/128`, delegated]) expect(routes).not.toContain(gone);
      send(1, old, internet.ip6, 6400);
      send(1, ip4(1), internet.ip4, 6401);
      await core.arrived(6401);
      expect(ports(core, 6400)).toEqual([]);
    }, 60_000);
  });
});
