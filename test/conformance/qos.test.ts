import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import * as qos from '#lib/vpp/messages/qos.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { retvalOf } from './requests.js';

const { QOS_API_SOURCE_VLAN: VLAN, QOS_API_SOURCE_IP: IP } = qos.qosSource.values;
const NO_SOURCE = 4;
const UNKNOWN = swIfIndex(9999);

onEachLane('QoS', (lane) => {
  let it: Subject;
  let port: { index: SwIfIndex; device: string };
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it.stop(), 30_000);
  beforeEach(async () => {
    port = await it.hostInterface();
  });

  const record = (enable: boolean, source: number, index = port.index) =>
    retvalOf(it.client, qos.qosRecordEnableDisable, {
      record: { sw_if_index: index, input_source: source },
      enable,
    });
  const store = (enable: boolean, source: number, value: number, index = port.index) =>
    retvalOf(it.client, qos.qosStoreEnableDisable, {
      store: { sw_if_index: index, input_source: source, value },
      enable,
    });
  const mark = (enable: boolean, map_id: number, source: number, index = port.index) =>
    retvalOf(it.client, qos.qosMarkEnableDisable, {
      mark: { sw_if_index: index, map_id, output_source: source },
      enable,
    });
  const records = async () =>
    (await it.client.dump(qos.qosRecordDump, {}))
      .filter((row) => row.record.sw_if_index === port.index)
      .map((row) => row.record.input_source);
  const stores = async () =>
    (await it.client.dump(qos.qosStoreDump, {})).filter((row) => row.store.sw_if_index === port.index);
  const marks = async () =>
    (await it.client.dump(qos.qosMarkDump, { sw_if_index: noInterface }))
      .filter((row) => row.mark.sw_if_index === port.index)
      .map((row) => [row.mark.map_id, row.mark.output_source]);
  const newMap = async (add: number) => {
    const id = it.unique();
    expect(await setMap(id, add)).toBe(0);
    return id;
  };
  const rows = (add: number) =>
    [0, 1, 2, 3].map((row) => ({ outputs: Uint8Array.from({ length: 256 }, (_, i) => (i + row + add) & 0xff) }));
  const setMap = (id: number, add: number) =>
    retvalOf(it.client, qos.qosEgressMapUpdate, { map: { id, rows: rows(add) } });

  describe('recording', () => {
    test('counted, by source', async () => {
      expect([await record(true, IP), await record(true, IP), await record(true, VLAN)]).toEqual([0, 0, 0]);
      expect(await records()).toEqual([VLAN, IP]);
      expect(await record(false, IP)).toBe(0);
      expect(await records()).toEqual([VLAN, IP]);
      expect(await record(false, IP)).toBe(0);
      expect(await records()).toEqual([VLAN]);
      expect(await record(false, IP)).toBe(retvals.VALUE_EXIST);
    });

    test('goes with its interface', async () => {
      await record(true, IP);
      await it.client.call(afPacketDelete, { host_if_name: port.device });
      expect(await records()).toEqual([]);
    });

    test('refused', async () => {
      expect(await record(true, NO_SOURCE)).toBe(retvals.INVALID_VALUE);
      expect(await record(true, IP, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
      const never = await it.hostInterface();
      expect(await record(false, 0, never.index)).toBe(retvals.NO_MATCHING_INTERFACE);
    });
  });

  describe('storing', () => {
    test('an IP mark; the first value stays until all are gone', async () => {
      expect([await store(true, IP, 46), await store(true, IP, 10)]).toEqual([0, 0]);
      const shown = { store: { sw_if_index: port.index, input_source: IP, value: 46 } };
      expect(await stores()).toEqual([shown]);
      expect(await store(false, IP, 0)).toBe(0);
      expect(await stores()).toEqual([shown]);
      expect([await store(false, IP, 0), await store(false, IP, 0)]).toEqual([0, retvals.VALUE_EXIST]);
      expect(await stores()).toEqual([]);
      expect(await store(true, IP, 10)).toBe(0);
      expect(await stores()).toEqual([{ store: { sw_if_index: port.index, input_source: IP, value: 10 } }]);
    });

    test('refused', async () => {
      expect(await store(true, VLAN, 1)).toBe(retvals.UNIMPLEMENTED);
      expect(await store(true, NO_SOURCE, 1)).toBe(retvals.INVALID_VALUE);
      expect(await store(true, IP, 1, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
    });
  });

  describe('maps', () => {
    const maps = async () => (await it.client.dump(qos.qosEgressMapDump, {})).map((row) => row.map);

    test('set, replaced, removed, removed again', async () => {
      const id = await newMap(1);
      expect(await maps()).toContainEqual({ id, rows: rows(1) });
      expect(await setMap(id, 2)).toBe(0);
      expect(await maps()).toContainEqual({ id, rows: rows(2) });
      const remove = () => retvalOf(it.client, qos.qosEgressMapDelete, { id });
      expect([await remove(), await remove()]).toEqual([0, 0]);
      expect((await maps()).map((map) => map.id)).not.toContain(id);
    });
  });

  describe('marking', () => {
    test('by a map, repeated, changed, taken off, taken off again', async () => {
      const [first, second] = [await newMap(1), await newMap(2)];
      expect([await mark(true, first, IP), await mark(true, first, IP)]).toEqual([0, 0]);
      expect(await mark(true, second, VLAN)).toBe(0);
      expect(await marks()).toEqual([
        [second, VLAN],
        [first, IP],
      ]);
      expect(await mark(true, second, IP)).toBe(0);
      expect(await marks()).toContainEqual([second, IP]);
      expect([await mark(false, second, IP), await mark(false, second, IP)]).toEqual([0, retvals.VALUE_EXIST]);
      expect(await marks()).toEqual([[second, VLAN]]);
    });

    test('outlives its map and its interface', async () => {
      const id = await newMap(1);
      await mark(true, id, IP);
      await it.client.call(qos.qosEgressMapDelete, { id });
      expect(await marks()).toEqual([[anyIndex, IP]]);
      await it.client.call(afPacketDelete, { host_if_name: port.device });
      expect(await marks()).toEqual([[anyIndex, IP]]);
    });

    test('refused', async () => {
      expect(await mark(true, 123_456, IP)).toBe(retvals.NO_SUCH_TABLE);
      expect(await mark(true, await newMap(1), NO_SOURCE)).toBe(retvals.INVALID_VALUE);
    });
  });
});
