import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as det from '#lib/vpp/messages/det44.js';
import { ipTableDump } from '#lib/vpp/messages/ip.js';
import { retvals } from '#lib/vpp/retval.js';
import { swIfIndex } from '#lib/vpp/types.js';
import { type Subject, startSubject } from './lane.js';
import { onEachLaneWith } from './plugins.js';
import { retvalOf } from './requests.js';

const UNKNOWN = swIfIndex(9999);
const NO_CHANGE = 1;
const DEFAULT_TIMEOUTS = { udp: 300, tcp_established: 7440, tcp_transitory: 240, icmp: 60 };

// What kills VPP has no place here: a map with more outside than inside, disabling after an interface was taken off.
onEachLaneWith('det44', 'DET44', (lane) => {
  let it: Subject;
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it.stop(), 30_000);

  const plugin = (enable: boolean, inside_vrf = 0, outside_vrf = 0) =>
    retvalOf(it.client, det.det44PluginEnableDisable, { inside_vrf, outside_vrf, enable });
  const map = (is_add: boolean, [inside = '', outside = '']: readonly string[]) => {
    const [in_addr = '', in_plen] = inside.split('/');
    const [out_addr = '', out_plen] = outside.split('/');
    const request = { is_add, in_addr, in_plen: Number(in_plen), out_addr, out_plen: Number(out_plen) };
    return retvalOf(it.client, det.det44AddDelMap, request);
  };
  const maps = () => it.client.dump(det.det44MapDump, {});
  const feature = (sw_if_index: ReturnType<typeof swIfIndex>, is_inside: boolean, is_add = true) =>
    retvalOf(it.client, det.det44InterfaceAddDelFeature, { is_add, is_inside, sw_if_index });
  const features = () => it.client.dump(det.det44InterfaceDump, {});
  const SHARED = ['10.0.0.0/24', '203.0.113.0/30'];

  test('enabled and disabled, repeats; tables are made, all else is forgotten', async () => {
    const [inside, outside] = [it.unique(), it.unique()];
    expect(await plugin(false)).toBe(NO_CHANGE);
    expect(await plugin(true, inside, outside)).toBe(0);
    expect(await plugin(true)).toBe(NO_CHANGE);
    const tables = (await it.client.dump(ipTableDump, {})).map(({ table }) => table.table_id);
    expect(tables).toEqual(expect.arrayContaining([inside, outside]));
    await map(true, SHARED);
    await it.client.call(det.det44SetTimeouts, { ...DEFAULT_TIMEOUTS, udp: 10 });
    expect(await plugin(false)).toBe(0);
    expect(await maps()).toEqual([]);
    expect(await it.client.call(det.det44GetTimeouts, {})).toEqual({ retval: 0, ...DEFAULT_TIMEOUTS });
  });

  describe('maps, on or off', () => {
    test('added, repeated, read back, removed, removed again', async () => {
      expect(await map(true, SHARED)).toBe(0);
      expect(await map(true, SHARED)).toBe(retvals.VALUE_EXIST);
      expect(await maps()).toEqual([
        {
          in_addr: '10.0.0.0',
          in_plen: 24,
          out_addr: '203.0.113.0',
          out_plen: 30,
          sharing_ratio: 64,
          ports_per_host: 1008,
          ses_num: 0,
        },
      ]);
      expect(await map(false, ['10.0.0.0/24', '203.0.113.4/30'])).toBe(retvals.NO_SUCH_ENTRY);
      expect(await map(false, SHARED)).toBe(0);
      expect(await map(false, SHARED)).toBe(retvals.NO_SUCH_ENTRY);
    });

    test('host bits are cleared, overlaps accepted', async () => {
      expect(await map(true, ['10.1.0.7/24', '203.0.113.9/30'])).toBe(0);
      expect(await map(true, ['10.2.0.0/24', '203.0.113.8/30'])).toBe(0);
      expect(await map(true, ['10.5.0.0/30', '203.0.113.64/30'])).toBe(0);
      expect(await maps()).toMatchObject([
        { in_addr: '10.1.0.0', out_addr: '203.0.113.8' },
        { in_addr: '10.2.0.0', out_addr: '203.0.113.8' },
        { in_addr: '10.5.0.0', sharing_ratio: 1, ports_per_host: 64_512 },
      ]);
      expect(await map(false, ['10.1.0.7/24', '203.0.113.9/30'])).toBe(0);
      for (const gone of [
        ['10.2.0.0/24', '203.0.113.8/30'],
        ['10.5.0.0/30', '203.0.113.64/30'],
      ])
        expect(await map(false, gone)).toBe(0);
    });

    test('computed both ways', async () => {
      await map(true, SHARED);
      const forward = (in_addr: string) => it.client.call(det.det44Forward, { in_addr }, { raw: true });
      const reverse = (out_addr: string, out_port: number) =>
        it.client.call(det.det44Reverse, { out_addr, out_port }, { raw: true });
      const ports = (out_addr: string, out_port_lo: number, out_port_hi: number) => ({
        out_addr,
        out_port_lo,
        out_port_hi,
      });
      expect(await forward('10.0.0.2')).toEqual({ retval: 0, ...ports('203.0.113.0', 3040, 4047) });
      expect(await forward('10.0.0.255')).toEqual({ retval: 0, ...ports('203.0.113.3', 64_528, 65_535) });
      expect(await forward('10.99.0.1')).toEqual({ retval: retvals.NO_SUCH_ENTRY, ...ports('0.0.0.0', 0, 0) });
      expect(await reverse('203.0.113.0', 2600)).toEqual({ retval: 0, in_addr: '10.0.0.1' });
      expect(await reverse('203.0.113.3', 65_535)).toEqual({ retval: 0, in_addr: '10.0.0.255' });
      expect(await reverse('203.0.113.0', 100)).toEqual({ retval: 0, in_addr: '10.0.0.0' });
      expect(await reverse('192.0.2.1', 2600)).toEqual({ retval: retvals.NO_SUCH_ENTRY, in_addr: '0.0.0.0' });
      await map(false, SHARED);
    });

    test('no sessions', async () => {
      await map(true, SHARED);
      const close = { in_addr: '10.0.0.2', in_port: 1, ext_addr: '192.0.2.1', ext_port: 80 };
      expect(await retvalOf(it.client, det.det44CloseSessionIn, close)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await it.client.dump(det.det44SessionDump, { user_addr: '10.0.0.2' })).toEqual([]);
      await map(false, SHARED);
    });
  });

  test('timeouts; 0 keeps', async () => {
    const change = { udp: 0, tcp_established: 20, tcp_transitory: 0, icmp: 40 };
    expect(await retvalOf(it.client, det.det44SetTimeouts, change)).toBe(0);
    const wanted = { ...DEFAULT_TIMEOUTS, tcp_established: 20, icmp: 40 };
    expect(await it.client.call(det.det44GetTimeouts, {})).toEqual({ retval: 0, ...wanted });
  });

  test('interfaces have one role', async () => {
    const [inside, outside] = [(await it.hostInterface()).index, (await it.hostInterface()).index];
    expect(await feature(inside, true)).toBe(0);
    expect(await feature(inside, true)).toBe(retvals.INVALID_VALUE);
    expect(await feature(inside, false)).toBe(retvals.INVALID_VALUE);
    expect(await feature(outside, false)).toBe(0);
    expect(await feature(UNKNOWN, true)).toBe(retvals.INVALID_SW_IF_INDEX);
    expect(await features()).toEqual([
      { is_inside: true, is_outside: false, sw_if_index: inside },
      { is_inside: false, is_outside: true, sw_if_index: outside },
    ]);
    expect(await feature(outside, true, false)).toBe(0);
    expect(await feature(outside, false, false)).toBe(retvals.INVALID_VALUE);
    expect(await features()).toHaveLength(1);
  });
});
