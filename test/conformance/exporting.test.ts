import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import * as flowprobe from '#lib/vpp/messages/flowprobe.js';
import * as ipfix from '#lib/vpp/messages/ipfix-export.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { onEachLaneWith } from './plugins.js';
import { retvalOf } from './requests.js';

const UNKNOWN = swIfIndex(9999);
type Exporter = Infer<typeof ipfix.setIpfixExporter.request>;

const exporter = (change: Partial<Exporter> = {}): Exporter => ({
  collector_address: '10.255.0.9',
  collector_port: 4739,
  src_address: '10.255.0.1',
  vrf_id: 0,
  path_mtu: 1400,
  template_interval: 20,
  udp_checksum: false,
  ...change,
});

onEachLane('IPFIX exporters', (lane) => {
  let it: Subject;
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it.stop(), 30_000);

  const setFirst = (change: Partial<Exporter> = {}) => retvalOf(it.client, ipfix.setIpfixExporter, exporter(change));
  const first = async () => (await it.client.dump(ipfix.ipfixExporterDump, {}))[0];
  const change = (is_create: boolean, collector_address: string, options: Partial<Exporter> = {}) =>
    retvalOf(it.client, ipfix.ipfixExporterCreateDelete, { is_create, ...exporter({ collector_address, ...options }) });
  const all = () => it.client.streamGet(ipfix.ipfixAllExporterGet, { cursor: 0 });

  test('the first one is there, off', async () => {
    expect(await first()).toEqual({
      collector_address: '0.0.0.0',
      collector_port: 0,
      src_address: '0.0.0.0',
      vrf_id: anyIndex,
      path_mtu: 0,
      template_interval: 0,
      udp_checksum: false,
    });
  });

  test('set, repeated, with defaults, off', async () => {
    expect([await setFirst(), await setFirst({ udp_checksum: true })]).toEqual([0, 0]);
    expect(await first()).toEqual(exporter({ udp_checksum: true }));
    const unset = { collector_port: 0xffff, path_mtu: anyIndex, template_interval: anyIndex, vrf_id: anyIndex };
    expect(await setFirst(unset)).toBe(0);
    expect(await first()).toEqual(exporter({ path_mtu: 512, vrf_id: anyIndex }));
    expect(await setFirst({ src_address: '192.0.2.77' })).toBe(0);
    expect(await setFirst({ collector_address: '0.0.0.0', src_address: '0.0.0.0' })).toBe(0);
    expect(await first()).toMatchObject({ collector_address: '0.0.0.0' });
  });

  test.each<[string, Partial<Exporter>, number]>([
    ['an unknown table', { vrf_id: 123_456 }, retvals.NO_SUCH_FIB],
    ['a path too narrow', { path_mtu: 60 }, retvals.INVALID_VALUE],
    ['a path too wide', { path_mtu: 1451 }, retvals.INVALID_VALUE],
    ['no source', { src_address: '0.0.0.0' }, retvals.INVALID_VALUE],
    ['IPv6', { collector_address: '2001:db8::9', src_address: '2001:db8::1' }, retvals.INVALID_VALUE],
  ])('%s is refused', async (_name, settings, retval) => {
    await setFirst();
    expect(await setFirst(settings)).toBe(retval);
    expect(await first()).toEqual(exporter());
  });

  test('an IPv6 collector is read as IPv4', async () => {
    expect(await setFirst({ collector_address: '2001:db8::9' })).toBe(0);
    expect(await first()).toMatchObject({ collector_address: '32.1.13.184' });
  });

  test('further ones, by their collector', async () => {
    await setFirst();
    expect(await change(true, '10.255.0.10')).toBe(0);
    expect(await change(true, '10.255.0.10', { path_mtu: 1000 })).toBe(0);
    expect(await change(true, '2001:db8::9', { src_address: '2001:db8::1' })).toBe(0);
    expect((await all()).map(({ collector_address, path_mtu }) => [collector_address, path_mtu])).toEqual([
      ['10.255.0.9', 1400],
      ['10.255.0.10', 1000],
      ['2001:db8::9', 1400],
    ]);
    expect([await change(false, '10.255.0.10'), await change(false, '10.255.0.10')]).toEqual([
      0,
      retvals.NO_SUCH_ENTRY,
    ]);
    expect(await change(false, '2001:db8::9')).toBe(0);
    expect(await all()).toHaveLength(1);
    expect(await retvalOf(it.client, ipfix.ipfixFlush, {})).toBe(0);
  });
});

onEachLaneWith('flowprobe', 'flowprobe', (lane) => {
  let it: Subject;
  let port: { index: SwIfIndex; device: string };
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it.stop(), 30_000);
  beforeEach(async () => {
    port = await it.hostInterface();
  });
  afterEach(async () => {
    for (const entry of await probed())
      await it.client.call(flowprobe.flowprobeInterfaceAddDel, { is_add: false, ...entry }, { raw: true });
  });

  const probe = (is_add: boolean, which: number, direction: number, sw_if_index = port.index) =>
    retvalOf(it.client, flowprobe.flowprobeInterfaceAddDel, { is_add, which, direction, sw_if_index });
  const probed = (index = noInterface) => it.client.dump(flowprobe.flowprobeInterfaceDump, { sw_if_index: index });
  const setParams = (record_flags: number, active_timer: number, passive_timer: number) =>
    retvalOf(it.client, flowprobe.flowprobeSetParams, { record_flags, active_timer, passive_timer });
  const params = () => it.client.call(flowprobe.flowprobeGetParams, {});

  test('no interface without parameters', async () => {
    expect(await params()).toEqual({ retval: 0, record_flags: 0, active_timer: 15, passive_timer: 120 });
    expect(await probe(true, 0, 0)).toBe(retvals.CANNOT_ENABLE_DISABLE_FEATURE);
  });

  test('parameters', async () => {
    expect(await setParams(7, 10, 60)).toBe(0);
    expect(await params()).toEqual({ retval: 0, record_flags: 7, active_timer: 10, passive_timer: 60 });
    expect(await setParams(7, 100, 60)).toBe(retvals.INVALID_VALUE);
    expect(await setParams(6, anyIndex, anyIndex)).toBe(0);
    expect(await params()).toEqual({ retval: 0, record_flags: 6, active_timer: 15, passive_timer: 120 });
    expect(await setParams(7, 0, 0)).toBe(0);
  });

  test('one kind per interface', async () => {
    await setParams(7, 15, 120);
    expect(await probe(true, 0, 0)).toBe(0);
    for (const [which, direction] of [
      [0, 0],
      [1, 0],
      [0, 1],
    ])
      expect(await probe(true, which ?? 0, direction ?? 0)).toBe(retvals.ENTRY_ALREADY_EXISTS);
    const other = await it.hostInterface();
    expect(await probe(true, 2, 2, other.index)).toBe(0);
    expect(await probed()).toEqual([
      { which: 0, direction: 0, sw_if_index: port.index },
      { which: 2, direction: 2, sw_if_index: other.index },
    ]);
    expect(await probed(other.index)).toHaveLength(1);
    expect(await setParams(7, 15, 120)).toBe(retvals.UNSUPPORTED);
    expect(await probe(false, 1, 0)).toBe(retvals.ENTRY_ALREADY_EXISTS);
    expect(await probe(false, 0, 2)).toBe(0);
    expect(await probe(false, 0, 0)).toBe(retvals.NO_SUCH_ENTRY);
  });

  test('refused', async () => {
    await setParams(7, 15, 120);
    expect(await probe(true, 3, 0)).toBe(retvals.INVALID_VALUE);
    expect(await probe(true, 0, 3)).toBe(retvals.INVALID_VALUE);
    expect(await probe(true, 0, 0, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
  });

  test('outlives its interface, and blocks the parameters', async () => {
    await setParams(7, 15, 120);
    await probe(true, 0, 2);
    await it.client.call(afPacketDelete, { host_if_name: port.device });
    expect(await probed()).toHaveLength(1);
    expect(await probe(false, 0, 2)).toBe(retvals.INVALID_SW_IF_INDEX);
    expect(await setParams(7, 15, 120)).toBe(retvals.UNSUPPORTED);
    port = await it.hostInterface();
    expect(await probe(false, 0, 2)).toBe(0);
    expect(await setParams(7, 15, 120)).toBe(0);
  });
});
