import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeArp } from '#lib/net/arp.js';
import { decodeUdp, ETHERTYPE, encodeUdp } from '#lib/net/frame.js';
import { l2FibTableDump } from '#lib/vpp/messages/l2.js';
import { policerCounters, policerPatterns } from '#lib/vpp/stats/counters.js';
import { StatsReader } from '#lib/vpp/stats/reader.js';
import { AclHits } from '../../services/configd/acls/acl-hits.js';
import { WrittenRules } from '../../services/configd/acls/written-rules.js';
import { loadDocument } from '../../services/configd/document/load-document.js';
import type { PolicerHandle } from '../../services/configd/resources/policer.js';
import { VppStats } from '../../services/configd/vpp-stats.js';
import { ip4Packet } from '../conformance/ip4-packet.js';
import { SubscriberLine } from '../conformance/subscriber-line.js';
import { waitFor } from '../harness/wait-for.js';
import { Cables, noDrift, onRealVpp, PacketNode } from './packet-node.js';

const accessMac = '02:ca:00:00:00:01';
const coreMac = '02:ca:00:00:00:02';
const subscriber = '100.64.0.7';
const server = '198.51.100.9';
/** A protocol that nobody at VPP takes: the packet is punted. */
const UNKNOWN_PROTOCOL = 253;

const node = (line = '', top = '') => `interfaces:
  access:
    hostInterface: { device: cwa-access }
    mac: ${accessMac}
    subInterfaces:
      - { outerVlan: 100, innerVlan: 7, addresses: [100.64.0.1/16], neighbours: [{ address: ${subscriber}, mac: 02:00:5e:00:00:07 }] ${line} }
  core:
    hostInterface: { device: cwa-core }
    mac: ${coreMac}
    addresses: [198.51.100.1/24]
    neighbours: [{ address: ${server}, mac: 02:00:5e:00:00:0c }]
${top}
`;
const bridged = (limit: number) => `interfaces:
  access: { hostInterface: { device: cwa-access }, bridge: { domain: metro } }
  core: { hostInterface: { device: cwa-core }, bridge: { domain: metro } }
bridgeDomains: { metro: { learnLimit: ${limit} } }
`;

onRealVpp('what an access node promises', () => {
  let cables: Cables;
  let vpp: PacketNode;
  let stats: StatsReader;
  let cpe: SubscriberLine;
  let upstream: SubscriberLine;
  let access: ReturnType<Cables['far']>;
  beforeAll(async () => {
    cables = Cables.lay('cwa-access', 'cwa-core');
    vpp = await PacketNode.start('bng1');
    stats = await StatsReader.open(vpp.vpp.statsSocket);
    access = cables.far('cwa-access');
    cpe = new SubscriberLine(access, [100, 7], '02:00:5e:00:00:07');
    upstream = new SubscriberLine(cables.far('cwa-core'), [], '02:00:5e:00:00:0c');
  }, 60_000);
  afterAll(async () => {
    stats.close();
    await vpp.stop();
    await cables.remove();
  }, 60_000);
  beforeEach(() => {
    for (const line of [cpe, upstream]) line.seen.length = 0;
  });

  const answers = () =>
    cpe.seen.flatMap(({ etherType, payload }) => {
      const arp = etherType === ETHERTYPE.arp ? decodeArp(payload) : undefined;
      return arp?.ok && arp.value.operation === 'reply' ? [[arp.value.senderIp, arp.value.senderMac]] : [];
    });
  /** VPP answers in order: what was asked before the gateway is answered, or never will be. */
  async function asked(...targets: string[]): Promise<unknown> {
    cpe.seen.length = 0;
    for (const target of [...targets, '100.64.0.1']) cpe.ask(target, subscriber);
    await waitFor('the gateway', async () => answers().some(([ip]) => ip === '100.64.0.1') || undefined);
    return answers().filter(([ip]) => ip !== '100.64.0.1');
  }

  test('proxy ARP: neighbours of the network and of further ranges are answered for, others and without it none', async () => {
    const others = ['100.64.0.8', '192.0.2.20', '192.0.2.21'] as const;
    await vpp.apply(node(', proxyArp: true', 'proxyArpRanges: [{ first: 192.0.2.20, last: 192.0.2.20 }]'));
    expect(await asked(...others)).toEqual(['100.64.0.8', '192.0.2.20'].map((ip) => [ip, accessMac]));
    await vpp.apply(node());
    expect(await asked(...others)).toEqual([]);
    expect(await vpp.engine.audit()).toEqual(noDrift);
  }, 60_000);

  const udp = (sourceIp: string, destinationIp: string, sourcePort: number, destinationPort: number) =>
    encodeUdp({ sourceIp, destinationIp, sourcePort, destinationPort, payload: Uint8Array.of(1) });
  const up = (port: number) => cpe.send(ETHERTYPE.ip4, udp(subscriber, server, 4000, port), accessMac);
  const down = (port: number) => upstream.send(ETHERTYPE.ip4, udp(server, subscriber, port, 4000), coreMac);
  const ports = ({ seen }: SubscriberLine, side: 'sourcePort' | 'destinationPort') =>
    seen.flatMap(({ etherType, payload }) => {
      const packet = etherType === ETHERTYPE.ip4 ? decodeUdp(payload) : undefined;
      return packet?.ok ? [packet.value[side]] : [];
    });
  const lists = (first: string) => `acls:
  from-line: { rules: ["${first}", "reflect udp any any port 53", "permit udp any any port 123"] }
  to-line: { rules: ["permit udp any port 123 any"] }`;

  test('ACLs: the first rule decides, reflect lets answers in, and a change of one rule holds at once', async () => {
    const line = ', acl: { in: [from-line], out: [to-line] }';
    await vpp.apply(node(line, lists('deny udp any any port 99')));
    for (const port of [99, 77, 53, 123]) up(port);
    await waitFor('the last packet', async () => ports(upstream, 'destinationPort').includes(123) || undefined);
    expect(ports(upstream, 'destinationPort')).toEqual([53, 123]);
    for (const port of [99, 53, 123]) down(port);
    await waitFor('the last answer', async () => ports(cpe, 'sourcePort').includes(123) || undefined);
    expect(ports(cpe, 'sourcePort')).toEqual([53, 123]);
    upstream.seen.length = 0;
    await vpp.apply(node(line, lists('permit udp any any port 99')));
    for (const port of [77, 99, 123]) up(port);
    await waitFor('the last packet', async () => ports(upstream, 'destinationPort').includes(123) || undefined);
    expect(ports(upstream, 'destinationPort')).toEqual([99, 123]);
  }, 60_000);

  test('each rule counts what it matched, by its name', async () => {
    const rules = `acls:
  from-line:
    rules:
      - { name: mail, action: deny, proto: udp, dstPorts: [25, 99] }
      - { name: time, action: permit, proto: udp, dstPorts: 123 }`;
    const text = node(', acl: { in: [from-line] }', rules);
    await vpp.apply(text);
    const loaded = loadDocument(text);
    const written = new WrittenRules();
    const counters = new VppStats(vpp.vpp.statsSocket);
    await counters.reopen();
    const hits = new AclHits({
      recorded: vpp.engine.recorded,
      stats: counters,
      written: (name) => (loaded.ok ? written.of(loaded.model.document.acls[name]?.rules ?? []) : undefined),
    });
    for (const port of [25, 99, 99, 123, 123, 123, 123]) up(port);
    const packets = async () => (await hits.show('from-line')).map((rule) => [rule.name, rule.packets]);
    const wanted = [
      ['mail', 3n],
      ['time', 4n],
    ];
    await waitFor('all counted', async () => (await packets()).every(([, count], i) => count === wanted[i]?.[1]));
    expect(await packets()).toEqual(wanted);
    counters.close();
  }, 60_000);

  test('while rules and lists change, what all of them deny never passes', async () => {
    const to = (name: string, more: string) =>
      node(
        `, acl: { in: [${name}] }`,
        `acls: { ${name}: { rules: ["deny udp any any port 99", "permit udp any any port ${more}"] } }`,
      );
    await vpp.apply(to('one', '123'));
    const pump = setInterval(() => {
      for (const port of [99, 99, 123]) up(port);
    }, 1);
    for (let turn = 0; turn < 10; turn++)
      for (const document of [to('one', '120-123'), to('two', '123'), to('one', '123')]) await vpp.apply(document);
    clearInterval(pump);
    up(123);
    await waitFor('what is permitted', () => ports(upstream, 'destinationPort').length > 30);
    expect(ports(upstream, 'destinationPort')).not.toContain(99);
  }, 60_000);

  async function policed(name: string) {
    const handle = vpp.engine.recorded.get(`policer/${name}`)?.handle as PolicerHandle | undefined;
    const index = handle?.index ?? -1;
    const snapshot = await stats.snapshot(policerPatterns);
    if (!snapshot.ok) throw new Error(snapshot.error);
    const { conform, violate } = policerCounters(snapshot.value, index);
    return { passed: Number(conform.packets), dropped: Number(violate.packets) };
  }

  test('a punt policer bounds what VPP has no use for, and leaves what is forwarded alone', async () => {
    await vpp.apply(
      node('', 'policers: { scarce: { cirBps: 1k, cirBurstBytes: 1600 } }\npuntPolicers: { ip4: scarce }'),
    );
    const packet = ip4Packet(UNKNOWN_PROTOCOL, subscriber, '100.64.0.1', new Uint8Array(400));
    for (let n = 0; n < 20; n++) cpe.send(ETHERTYPE.ip4, packet, accessMac);
    up(1);
    await waitFor('the packet behind', async () => ports(upstream, 'destinationPort').includes(1) || undefined);
    const counted = await waitFor('twenty packets', async () => {
      const { passed, dropped } = await policed('scarce');
      return passed + dropped === 20 ? { passed, dropped } : undefined;
    });
    expect(counted.passed).toBeGreaterThan(0);
    expect(counted.passed).toBeLessThan(5);
  }, 60_000);

  const learned = async () => {
    const spec = vpp.engine.recorded.get('bridge-domain/metro')?.resource.spec as { id: number };
    const all = await vpp.dataplane.dump(l2FibTableDump, { bd_id: spec.id });
    return all.map(({ mac }) => mac).sort();
  };

  test('a bridge learns as many stations as it may; frames of further ones go on', async () => {
    await vpp.apply(bridged(2));
    const stations = [1, 2, 3].map((n) => new SubscriberLine(access, [], `02:00:5e:00:01:0${n}`));
    for (const one of stations) {
      one.ask('192.0.2.1', '192.0.2.2');
      await upstream.frame(`ARP of ${one.mac}`, ({ sourceMac }) => sourceMac === one.mac || undefined);
    }
    expect(await learned()).toEqual(stations.slice(0, 2).map(({ mac }) => mac));
  }, 60_000);
});
