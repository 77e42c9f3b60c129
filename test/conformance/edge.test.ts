import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import * as rx from '#lib/vpp/messages/interface-rx.js';
import * as lldp from '#lib/vpp/messages/lldp.js';
import * as mss from '#lib/vpp/messages/mss-clamp.js';
import * as punt from '#lib/vpp/messages/punt.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, noInterface, path, pathVia, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { features, interfaces, loopback, makeSubif, retvalOf, setUp } from './requests.js';

const UNKNOWN = swIfIndex(9999);
const { MSS_CLAMP_DIR_NONE: NONE, MSS_CLAMP_DIR_RX: RX, MSS_CLAMP_DIR_TX: TX } = mss.mssClampDir.values;
const {
  RX_MODE_API_POLLING: POLLING,
  RX_MODE_API_INTERRUPT: INTERRUPT,
  RX_MODE_API_ADAPTIVE: ADAPTIVE,
} = rx.rxMode.values;

onEachLane('settings at the edge', (lane) => {
  let it: Subject;
  let port: { index: SwIfIndex; device: string };
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);
  beforeEach(async () => {
    port = await it.hostInterface();
    await setUp(it.client, port.index);
  });
  const nameOf = async (index: SwIfIndex) =>
    (await interfaces(it.client)).find(({ sw_if_index }) => sw_if_index === index)?.interface_name ?? '';
  const remove = () => it.client.call(afPacketDelete, { host_if_name: port.device });

  describe('MSS clamp', () => {
    const clamp = (ip4: number, direction4: number, ip6 = 0, direction6: number = NONE, index = port.index) =>
      retvalOf(it.client, mss.mssClampEnableDisable, {
        sw_if_index: index,
        ipv4_mss: ip4,
        ipv6_mss: ip6,
        ipv4_direction: direction4,
        ipv6_direction: direction6,
      });
    const get = (sw_if_index: SwIfIndex = port.index) =>
      it.client.streamGet(mss.mssClampGet, { cursor: 0, sw_if_index });
    const onArc = async (arc: string) =>
      (await features(it.client, await nameOf(port.index), arc)).filter((name) => name.includes('mss-clamp'));

    test('set, changed, read back, off', async () => {
      expect(await clamp(1452, RX | TX, 1432, RX)).toBe(0);
      const set = { sw_if_index: port.index, ipv4_mss: 1452, ipv6_mss: 1432 };
      expect(await get()).toEqual([{ ...set, ipv4_direction: RX | TX, ipv6_direction: RX }]);
      expect(await onArc('ip4-unicast')).toEqual(['tcp-mss-clamping-ip4-in']);
      expect(await clamp(1400, TX)).toBe(0);
      expect(await get()).toMatchObject([{ ipv4_mss: 1400, ipv4_direction: TX, ipv6_direction: NONE }]);
      expect(await onArc('ip4-unicast')).toEqual([]);
      expect(await clamp(0, NONE)).toBe(0);
      expect(await get()).toEqual([]);
    });

    test('all that are on', async () => {
      await clamp(1452, RX);
      expect((await get(noInterface)).map(({ sw_if_index }) => sw_if_index)).toContain(port.index);
      await clamp(0, NONE);
      expect((await get(noInterface)).map(({ sw_if_index }) => sw_if_index)).not.toContain(port.index);
    });

    test('stays on the index of an interface that is gone, and is not on the next', async () => {
      await clamp(1452, RX);
      await remove();
      const next = await it.hostInterface();
      expect(next.index).toBe(port.index);
      expect(await get()).toMatchObject([{ ipv4_mss: 1452 }]);
      expect(await clamp(1452, RX)).toBe(0);
      expect(await onArc('ip4-unicast')).toEqual([]);
      expect([await clamp(0, NONE), await clamp(1452, RX)]).toEqual([0, 0]);
      expect(await onArc('ip4-unicast')).toEqual(['tcp-mss-clamping-ip4-in']);
      await clamp(0, NONE);
    });

    test('of an interface that is not there', async () => {
      expect(await clamp(1452, RX, 0, NONE, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
    });
  });

  describe('LLDP', () => {
    const set = (enable: boolean, index = port.index) =>
      retvalOf(it.client, lldp.swInterfaceSetLldp, {
        sw_if_index: index,
        mgmt_ip4: '0.0.0.0',
        mgmt_ip6: '::',
        mgmt_oid: new Uint8Array(128),
        enable,
        port_desc: '',
      });
    const ports = async () =>
      (await it.client.streamGet(lldp.lldpDump, { cursor: 0 })).map(({ sw_if_index }) => sw_if_index);

    test('on, on again, off, off again', async () => {
      expect([await set(true), await set(true)]).toEqual([0, 0]);
      expect(await ports()).toContain(port.index);
      expect([await set(false), await set(false)]).toEqual([0, 0]);
      expect(await ports()).not.toContain(port.index);
    });

    test('on ports only', async () => {
      const sub = await makeSubif(it.client, port.index, 7, 7);
      expect(await set(true, sub)).toBe(retvals.INVALID_VALUE);
      expect(await set(true, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('its times', async () => {
      const config = (tx_hold: number, tx_interval: number) =>
        retvalOf(it.client, lldp.lldpConfig, { tx_hold, tx_interval, system_name: 'bng1' });
      expect(await config(4, 30)).toBe(0);
      expect(await config(4, 3601)).toBe(retvals.INVALID_VALUE);
    });
  });

  describe('receive queues', () => {
    const mode = (wanted: number, queue?: number, index = port.index) =>
      retvalOf(it.client, rx.swInterfaceSetRxMode, {
        sw_if_index: index,
        queue_id_valid: queue !== undefined,
        queue_id: queue ?? 0,
        mode: wanted,
      });
    const place = (queue_id: number, index = port.index, is_main = true) =>
      retvalOf(it.client, rx.swInterfaceSetRxPlacement, { sw_if_index: index, queue_id, worker_id: 0, is_main });
    const queues = (sw_if_index: SwIfIndex = port.index) =>
      it.client.dump(rx.swInterfaceRxPlacementDump, { sw_if_index });

    test('one, on the main thread', async () => {
      expect(await queues()).toEqual([{ sw_if_index: port.index, queue_id: 0, worker_id: 0, mode: INTERRUPT }]);
      expect(await place(0)).toBe(0);
      expect(await place(1)).not.toBe(0);
    });

    test('modes', async () => {
      expect(await mode(POLLING)).toBe(0);
      expect(await queues()).toMatchObject([{ mode: POLLING }]);
      expect(await mode(INTERRUPT, 0)).toBe(0);
      expect(await queues()).toMatchObject([{ mode: INTERRUPT }]);
      expect(await mode(ADAPTIVE)).not.toBe(0);
      expect(await mode(INTERRUPT, 9)).not.toBe(0);
    });

    test('of ports only', async () => {
      const sub = await makeSubif(it.client, port.index, 8, 8);
      expect([await mode(POLLING, undefined, sub), await place(0, sub)]).toEqual([
        retvals.INVALID_VALUE,
        retvals.INVALID_VALUE,
      ]);
      expect([await mode(POLLING, undefined, UNKNOWN), await place(0, UNKNOWN)]).toEqual([
        retvals.INVALID_SW_IF_INDEX,
        retvals.INVALID_SW_IF_INDEX,
      ]);
      const loop = await loopback(it.client, it.unique());
      expect(await queues(loop)).toEqual([]);
      expect(await place(0, loop)).not.toBe(0);
    });
  });

  describe('punted packets', () => {
    const redirect = (from: SwIfIndex, is_add: boolean, via = '192.0.2.9', out = port.index) =>
      retvalOf(it.client, punt.addDelIpPuntRedirectV2, {
        is_add,
        punt: { rx_sw_if_index: from, af: 0, paths: [path({ sw_if_index: out, via })] },
      });
    const redirects = async (sw_if_index: SwIfIndex = noInterface) =>
      (await it.client.dump(punt.ipPuntRedirectV2Dump, { sw_if_index, af: 0 })).map(
        ({ punt: { rx_sw_if_index, paths } }) => [
          rx_sw_if_index,
          paths.map((each) => [each.sw_if_index, pathVia(each)]),
        ],
      );

    test('redirected from one interface and from any, replaced, ended', async () => {
      expect([await redirect(port.index, true), await redirect(noInterface, true)]).toEqual([0, 0]);
      expect(await redirects()).toEqual([
        [noInterface, [[port.index, '192.0.2.9']]],
        [port.index, [[port.index, '192.0.2.9']]],
      ]);
      expect(await redirect(port.index, true, '192.0.2.10')).toBe(0);
      expect(await redirects(port.index)).toEqual([[port.index, [[port.index, '192.0.2.10']]]]);
      expect([await redirect(port.index, false), await redirect(port.index, false)]).toEqual([0, 0]);
      expect(await redirect(noInterface, false)).toBe(0);
      expect(await redirects()).toEqual([]);
    });

    test('to an interface that is not there', async () => {
      expect(await redirect(port.index, true, '192.0.2.9', UNKNOWN)).toBe(retvals.NO_MATCHING_INTERFACE);
    });

    test('policed', async () => {
      const police = (policer_index: number, is_add: boolean) =>
        retvalOf(it.client, punt.ipPuntPolice, { policer_index, is_add, is_ip6: false });
      expect(await police(anyIndex, false)).toBe(0);
    });
  });
});
