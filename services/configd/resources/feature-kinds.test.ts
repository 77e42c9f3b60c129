import { describe, expect, test } from '@jest/globals';
import { onEachLane } from '../../../test/conformance/lane.js';
import { infraOwner } from '../reconcile/engine.js';
import type { Resource } from '../reconcile/resource.js';
import { address } from './address.js';
import { flowprobe } from './flowprobe.js';
import { flowprobeInterface } from './flowprobe-interface.js';
import { hostInterface } from './host-interface.js';
import { interfaceVrf } from './interface-vrf.js';
import { ipfixExporter } from './ipfix-exporter.js';
import { kindSuite, startLaneWith } from './kind-suite.testkit.js';
import { openEngine } from './kinds.testkit.js';
import { lldp } from './lldp.js';
import { hardwareIndexIn, lldpInterface } from './lldp-interface.js';
import { loopback } from './loopback.js';
import { mssClamp } from './mss-clamp.js';
import { stableMac } from './names.js';
import { promiscuous } from './promiscuous.js';
import { qosMap, qosMapId } from './qos-map.js';
import { qosMark } from './qos-mark.js';
import { qosRecord } from './qos-record.js';
import { qosStore } from './qos-store.js';
import { rxQueue } from './rx-queue.js';
import { subInterface } from './sub-interface.js';
import { vrf } from './vrf.js';
import { type VrrpSpec, vrrp } from './vrrp.js';

const devices = ['cwf1', 'cwf2'];
const mac = (name: string) => stableMac('test', name);
const core = hostInterface.of({ name: 'core', device: 'cwf1', mac: mac('core') });
/** After a sub-interface, so that its index of hardware is not its sw_if_index. */
const late = hostInterface.of({ name: 'late', device: 'cwf2', mac: mac('late') });
const line = subInterface.of({ parent: core.key, outerVlan: 100 });
const gateway = loopback.of({ name: 'gw', instance: 0, mac: mac('gw') });
const blue = vrf.of({ name: 'blue', tableId: 10 });

const base = [
  core,
  line,
  late,
  gateway,
  address.of({ interface: core.key, prefix: '192.0.2.2/24' }),
  address.of({ interface: core.key, prefix: '2001:db8::2/64' }),
  address.of({ interface: gateway.key, prefix: '198.51.100.1/32' }),
];

const same = (count: number) => Array.from({ length: count }, (_, mark) => mark);
const toPriority = (fromDscp = same(64).map((mark) => mark >> 3)) =>
  qosMap.of({ name: 'to-pcp', id: qosMapId(1), writes: 'pcp', fromDscp, fromPcp: same(8) });
const toDscp = qosMap.of({
  ...{ name: 'to-dscp', id: qosMapId(2), writes: 'dscp' },
  ...{ fromDscp: same(64), fromPcp: same(8).map((mark) => mark << 3) },
});

const router = (change: Partial<VrrpSpec> = {}) =>
  vrrp.of({
    ...{ interface: core.key, id: 10, addresses: ['192.0.2.1'], priority: 200, intervalCs: 100, preempt: true },
    ...{ accept: false, peers: [], track: [{ interface: gateway.key, decrement: 50 }], ...change },
  });
const exporter = (change: object = {}) =>
  ipfixExporter.of({
    ...{ collector: '192.0.2.9', port: 4739, source: '192.0.2.2', pathMtu: 1400, templateIntervalS: 60 },
    ...{ udpChecksum: false, ...change },
  });

/** No dump shows these; a restore sends them again, and what each needs to be off first. */
const unreadable = {
  resources: () => [
    promiscuous.of({ interface: core.key }),
    lldp.of({ systemName: 'bng1', txIntervalS: 10, txHold: 3 }),
    lldpInterface.of({ interface: late.key, portDescription: 'to the left', managementIp4: '192.0.2.2' }),
  ],
  messages: 1 + 1 + 2,
};

const before = (): Resource[] => [
  ...base,
  ...unreadable.resources(),
  mssClamp.of({ interface: core.key, ip4: 1400, ip6: 1380 }),
  mssClamp.of({ interface: line.key, ip4: 1452, direction: 'in' }),
  rxQueue.of({ interface: core.key, queue: 0, mode: 'polling', worker: 'main' }),
  router(),
  router({ id: 11, addresses: ['192.0.2.2'], priority: 255, track: [], owns: ['address/core/192.0.2.2/24'] }),
  router({ id: 12, addresses: ['192.0.2.3'], peers: ['192.0.2.8', '192.0.2.9'], track: [] }),
  router({ addresses: ['fe80::1', '2001:db8::1'], intervalCs: 50, preempt: false }),
  exporter(),
  flowprobe.of({ record: { l2: false, l3: true, l4: true }, activeS: 10, passiveS: 20 }),
  flowprobeInterface.of({ interface: core.key, traffic: 'ip4', direction: 'both' }),
  flowprobeInterface.of({ interface: late.key, traffic: 'l2', direction: 'in' }),
  toPriority(),
  toDscp,
  qosRecord.of({ interface: core.key, source: 'dscp' }),
  qosRecord.of({ interface: core.key, source: 'pcp' }),
  qosStore.of({ interface: late.key, dscp: 46 }),
  qosMark.of({ interface: line.key, writes: 'pcp', map: toPriority().key }),
  qosMark.of({ interface: core.key, writes: 'dscp', map: toDscp.key }),
];

/** Each of them changed, some gone, some elsewhere. */
const after = (): Resource[] => [
  ...base,
  blue,
  interfaceVrf.of({ interface: late.key, vrf: blue.key }),
  lldp.of({ systemName: 'bng2', txIntervalS: 30, txHold: 4 }),
  lldpInterface.of({ interface: late.key, portDescription: 'to the right' }),
  lldpInterface.of({ interface: core.key }),
  mssClamp.of({ interface: core.key, ip6: 1300, direction: 'out' }),
  mssClamp.of({ interface: late.key, ip4: 1452 }),
  rxQueue.of({ interface: core.key, queue: 0, mode: 'interrupt' }),
  router({ priority: 90, accept: true, track: [] }),
  router({ id: 12, addresses: ['192.0.2.3'], peers: ['192.0.2.8'], track: [{ interface: late.key, decrement: 1 }] }),
  router({ id: 13, addresses: ['192.0.2.77'], track: [{ interface: late.key, decrement: 9 }] }),
  exporter({ vrf: blue.key, udpChecksum: true }),
  flowprobe.of({ record: { l2: true, l3: true, l4: false }, activeS: 1, passiveS: 0 }),
  flowprobeInterface.of({ interface: core.key, traffic: 'ip6', direction: 'out' }),
  toPriority(same(64).map(() => 5)),
  qosRecord.of({ interface: line.key, source: 'pcp' }),
  qosStore.of({ interface: late.key, dscp: 10 }),
  qosMark.of({ interface: line.key, writes: 'pcp', map: toPriority().key }),
  qosMark.of({ interface: core.key, writes: 'pcp', map: toPriority().key }),
];

kindSuite('features of interfaces', { devices, before, after, unreadable: unreadable.messages });

describe('what cannot be', () => {
  test.each<[string, () => unknown]>([
    ['addresses of two families', () => router({ addresses: ['192.0.2.1', '2001:db8::1'] })],
    ['peers of the other family', () => router({ peers: ['2001:db8::1'] })],
    ['a clamp of nothing', () => mssClamp.of({ interface: core.key })],
    ['a clamp of 65535', () => mssClamp.of({ interface: core.key, ip4: 65535 })],
    ['an IPv6 collector', () => exporter({ collector: '2001:db8::9' })],
    ['a path MTU of 1500', () => exporter({ pathMtu: 1500 })],
  ])('%s', (_name, make) => expect(make).toThrow());
});

onEachLane('LLDP', (lane) => {
  test('is refused with its reason where VPP would refuse it: no interface has the number of the hardware', async () => {
    const place = await startLaneWith(lane, devices);
    const it = await openEngine(place.apiSocket);
    await it.engine.restore();
    const apply = async (...resources: Resource[]) => (await it.engine.apply(infraOwner, resources)).outcome;
    for (const made of [[core], [core, line], [core, line, late]]) expect((await apply(...made)).failures).toEqual([]);
    expect((await apply(core, late)).failures).toEqual([]);
    const { result, error } = await apply(core, late, lldpInterface.of({ interface: late.key }));
    expect(result).toBe('undone');
    expect(error?.message).toBe(
      'lldp-interface/late: VPP refuses LLDP on host-cwf2: it takes the hardware index 2 for an interface, and none has that number now; a restart of VPP numbers them anew',
    );
    expect((await apply(core, line, late, lldpInterface.of({ interface: late.key }))).failures).toEqual([]);
    await it.close();
    await place.stop();
  }, 60_000);
});

test('the hardware index stands behind the name', () => {
  const text =
    '              Name                Idx   Link  Hardware\nhost-cwf2                          2     up   host-cwf2\n';
  expect(hardwareIndexIn(text, 'host-cwf2')).toBe(2);
  expect(hardwareIndexIn(text, 'host-cwf')).toBeUndefined();
  expect(hardwareIndexIn('', '')).toBeUndefined();
});
