import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dump, load } from 'js-yaml';
import { callUnary } from '#lib/kernel/rpc-client.js';
import { decodeUdp, ETHERTYPE } from '#lib/net/frame.js';
import { accessNodeOption, SubscriberLine } from '../conformance/subscriber-line.js';
import { ClientSwitch, type DhcpClient } from '../harness/dhcp-client.js';
import type { FrameLink } from '../harness/frame-link.js';
import { lanes } from '../harness/lanes.js';
import { type Stack, startStack } from '../harness/stack.js';
import { waitFor } from '../harness/wait-for.js';

const VLAN = 500;
const HOST = '198.51.100.9';
const STRANGER = '203.0.113.77';
const macs = ['02:5a:00:00:00:01', '02:5a:00:00:00:02', '02:5a:00:00:00:03'] as const;
const circuits = ['olt-1/0/1', 'olt-1/0/2', 'olt-1/0/3'] as const;

/** The sample network with one VLAN that three subscribers share, told apart by circuit-id. */
function sharedDocument(yaml: string): string {
  const document = load(yaml) as { interfaces: { access: { subInterfaces: object[] } } };
  document.interfaces.access.subInterfaces.push({ vlan: VLAN, unnumbered: 'subs-gw' });
  return dump(document, { lineWidth: 120 });
}

/** 8/2 Mbit/s for the first circuit, no limit for the others. */
const users = `access.500-olt-1/0/1  Cleartext-Password := "causeway"
	Causeway-Download-Kbps := 8000,
	Causeway-Upload-Kbps := 2000

DEFAULT  Cleartext-Password := "causeway"
	Framed-Pool := "residential"
`;

describe.each(lanes)('a VLAN that many share, on $name', (lane) => {
  const open = lane.available ? describe : describe.skip;
  open(lane.available ? 'subscribers' : `skipped: ${lane.why}`, () => {
    let stack: Stack;
    let link: FrameLink;
    let clients: DhcpClient[] = [];
    let gatewayMac = '';
    let core: SubscriberLine;
    let subscribers: SubscriberLine[];
    let coreMac = '';
    let coreLink: FrameLink;

    const session = (key: string) => callUnary(stack.subs.get.bind(stack.subs), { key });
    const addressOf = (n: number) => clients[n]?.lease?.address ?? '';
    const client = (on: ClientSwitch, mac: string, circuit: string) =>
      on.add({ mac, tags: [{ vid: VLAN }], extra: [accessNodeOption(circuit)], tries: 3 });

    beforeAll(async () => {
      stack = await startStack({
        lane,
        subscribers: 1,
        users,
        apply: false,
        adjust(configs) {
          Object.assign(configs.aaa, { userName: '{line}-{circuitId}' });
          const [group] = configs['subs-manager'].groups;
          Object.assign(group ?? {}, { subscriberBy: 'circuit-id', core: ['core'] });
        },
      });
      await stack.apply(sharedDocument(stack.document));
      gatewayMac = await stack.gatewayMac();
      link = await stack.accessLink();
      const access = new ClientSwitch(link);
      clients = macs.map((mac, n) => client(access, mac, circuits[n] ?? ''));
      await Promise.all(clients.map((one) => one.attach()));
      const interfaces = await stack.dataplane.interfaces();
      const coreName = `host-${stack.vpp.devices.core}`;
      coreMac = interfaces.find(({ interface_name }) => interface_name === coreName)?.l2_address ?? '';
      coreLink = await stack.vpp.coreLink();
      core = new SubscriberLine(coreLink, [], '02:00:00:00:c0:09');
      subscribers = macs.map((mac) => new SubscriberLine(link, [VLAN], mac));
    }, 180_000);
    afterAll(async () => {
      await coreLink?.close();
      await stack?.stop();
    }, 60_000);

    it('each circuit has a session, an address and a static neighbour of its own', async () => {
      expect(new Set(clients.map((_, n) => addressOf(n))).size).toBe(3);
      const neighbours = await stack.dataplane.neighbours();
      for (const [n, mac] of macs.entries()) {
        expect((await session(mac)).identity?.circuitId.toString()).toBe(circuits[n]);
        expect(neighbours.get(addressOf(n))).toBe(mac);
      }
    });

    it('renews through the guard', async () => {
      for (const one of clients) await one.renew(gatewayMac);
    });

    it('a CPE that is swapped takes over, and nothing of the one before it is left in the dataplane', async () => {
      const [, , third] = clients;
      const before = addressOf(2);
      const swapped = client(new ClientSwitch(link), '02:5a:00:00:00:33', circuits[2]);
      expect((await swapped.attach()).address).toBe(before);
      const { sessionId } = await session('02:5a:00:00:00:33');
      expect((await stack.dataplane.neighbours()).get(before)).toBe('02:5a:00:00:00:33');
      const names = [...(await stack.dataplane.policerKbps()).keys()].filter((name) => name.includes('session.'));
      expect(names).toHaveLength(6);
      expect(names.filter((name) => name.includes(sessionId))).toHaveLength(2);
      await expect(third?.renew(gatewayMac)).rejects.toThrow();
    }, 120_000);

    const packets = lane.kind === 'vpp' ? describe : describe.skip;
    packets('packets', () => {
      const from = (line: SubscriberLine, source: string) =>
        line.seen.filter(({ etherType, payload }) => {
          const udp = etherType === ETHERTYPE.ip4 ? decodeUdp(payload) : undefined;
          return udp?.ok && udp.value.sourceIp === source;
        });
      const upload = (n: number, source: string, destination = HOST, bytes = 100) =>
        subscribers[n]?.udp(gatewayMac, source, destination, bytes);
      /** What was sent before has passed, or was dropped, once this has arrived. */
      const marker = async () => {
        const before = from(core, addressOf(1)).length;
        upload(1, addressOf(1));
        await waitFor('the marker', () => from(core, addressOf(1)).length > before);
      };

      it('a subscriber may send from its own address, not from its neighbour’s, a free one, or a stranger’s', async () => {
        const sent = [addressOf(0), addressOf(1), '100.64.200.200', STRANGER];
        const before = sent.map((source) => from(core, source).length);
        for (const source of sent) upload(0, source);
        await marker();
        const after = sent.map((source, n) => from(core, source).length - (before[n] ?? 0));
        // The one from the neighbour's address is the neighbour's own marker.
        expect(after).toEqual([1, 1, 0, 0]);
      });

      it('subscribers of the VLAN do not reach each other, the core reaches both', async () => {
        upload(0, addressOf(0), addressOf(1));
        core.udp(coreMac, HOST, addressOf(0), 100);
        core.udp(coreMac, HOST, addressOf(1), 100);
        const seen = (n: number) => from(subscribers[n] as SubscriberLine, HOST);
        await waitFor('both', () => seen(0).length > 0 && seen(1).length > 0);
        await marker();
        expect(from(subscribers[1] as SubscriberLine, addressOf(0))).toHaveLength(0);
      });

      it('each is limited by its own rate in both directions, and counted by what it passed', async () => {
        const burst = async (send: () => void, seen: () => number, wait: () => Promise<unknown>) => {
          const before = seen();
          for (let n = 0; n < 400; n++) send();
          await wait();
          return seen() - before;
        };
        const up = (n: number) =>
          burst(
            () => upload(n, addressOf(n), HOST, 1400),
            () => from(core, addressOf(n)).length,
            marker,
          );
        const [limited, free] = [await up(0), await up(1)];
        // A bucket of at least ten full frames (15220 bytes), refilled at 2 Mbit/s while the burst lasts.
        expect(limited).toBeGreaterThanOrEqual(10);
        expect(limited).toBeLessThan(200);
        expect(free).toBeGreaterThan(390);
        const counted = await waitFor(
          'the counters',
          async () => {
            const { counters } = await session(macs[1]);
            return (counters?.inputPackets ?? 0n) >= BigInt(free) && counters;
          },
          60_000,
        );
        const other = (await session(macs[0])).counters;
        expect(other?.inputPackets ?? 0n).toBeLessThan(counted.inputPackets - 150n);
      }, 60_000);
    });
  });
});
