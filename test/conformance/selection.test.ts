import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import { dhcpProxyConfig, dhcpProxyDump, dhcpProxySetVss, vssType } from '#lib/vpp/messages/dhcp.js';
import { ipRouteV2Dump, ipTableAddDelV2, ipTableDump } from '#lib/vpp/messages/ip.js';
import * as svs from '#lib/vpp/messages/svs.js';
import { retvals } from '#lib/vpp/retval.js';
import { type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { retvalOf } from './requests.js';

const UNKNOWN = swIfIndex(9999);
/** `fib_source_dump`: svs. */
const SVS = 26;
const { VSS_TYPE_API_ASCII: ASCII, VSS_TYPE_API_VPN_ID: VPN_ID, VSS_TYPE_API_DEFAULT: DEFAULT } = vssType.values;

onEachLane('tables by source, and virtual subnets', (lane) => {
  let it: Subject;
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  const tables = async () => (await it.client.dump(ipTableDump, {})).map(({ table }) => table.table_id);
  const newTable = async () => {
    const table_id = it.unique();
    await it.client.call(ipTableAddDelV2, {
      is_add: true,
      create_mfib: true,
      table: { table_id, is_ip6: false, name: '' },
    });
    return table_id;
  };

  describe('source VRF select', () => {
    let port: { index: SwIfIndex; device: string };
    beforeEach(async () => {
      port = await it.hostInterface();
    });
    const table = (is_add: boolean, table_id: number) =>
      retvalOf(it.client, svs.svsTableAddDel, { is_add, af: 0, table_id });
    const route = (is_add: boolean, table_id: number, source_table_id: number) =>
      retvalOf(it.client, svs.svsRouteAddDel, { is_add, prefix: '10.1.0.0/16', table_id, source_table_id });
    const select = (is_enable: boolean, table_id: number, sw_if_index = port.index) =>
      retvalOf(it.client, svs.svsEnableDisable, { is_enable, af: 0, table_id, sw_if_index });
    const selected = async () =>
      (await it.client.dump(svs.svsDump, {})).filter(({ sw_if_index }) => sw_if_index === port.index);
    const routes = async (table_id: number) =>
      (await it.client.dump(ipRouteV2Dump, { src: SVS, table: { table_id, is_ip6: false, name: '' } })).map(
        ({ route: { prefix } }) => prefix,
      );

    test('a table made and gone', async () => {
      const id = it.unique();
      expect(await table(false, id)).toBe(retvals.NO_SUCH_FIB);
      expect([await table(true, id), await table(true, id)]).toEqual([0, 0]);
      expect(await tables()).toContain(id);
      expect([await table(false, id), await table(false, id)]).toEqual([0, 0]);
      expect(await tables()).not.toContain(id);
    });

    test('routes say which table', async () => {
      const [id, into] = [it.unique(), await newTable()];
      await table(true, id);
      expect(await route(true, id, into)).toBe(0);
      expect(await routes(id)).toEqual(['10.1.0.0/16']);
      expect([await route(false, id, into), await route(false, id, into)]).toEqual([0, 0]);
      expect(await routes(id)).toEqual([]);
      const missing = it.unique();
      expect([await route(true, missing, into), await route(true, id, missing)]).toEqual([
        retvals.NO_SUCH_FIB,
        retvals.NO_SUCH_FIB,
      ]);
      await table(false, id);
    });

    test('on an interface, with a route for all others; the table stays while it is used', async () => {
      const id = it.unique();
      expect(await select(true, id)).toBe(retvals.NO_SUCH_FIB);
      await table(true, id);
      expect([await select(true, id), await select(true, id)]).toEqual([0, 0]);
      expect(await selected()).toEqual([{ table_id: id, sw_if_index: port.index, af: 0 }]);
      expect(await routes(id)).toEqual(['0.0.0.0/0']);
      expect(await table(false, id)).toBe(retvals.INSTANCE_IN_USE);
      expect([await select(false, id), await select(false, id)]).toEqual([0, 0]);
      expect(await selected()).toEqual([]);
      expect(await routes(id)).toEqual([]);
      expect(await table(false, id)).toBe(0);
      expect(await select(true, id, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('outlives its interface', async () => {
      const id = it.unique();
      await table(true, id);
      await select(true, id);
      await it.client.call(afPacketDelete, { host_if_name: port.device });
      expect(await selected()).toEqual([{ table_id: id, sw_if_index: port.index, af: 0 }]);
      await it.hostInterface();
      expect(await select(false, id)).toBe(0);
      expect(await table(false, id)).toBe(0);
    });
  });

  describe('virtual subnet of relayed packets', () => {
    const vss = (tbl_id: number, is_add: boolean, vss_type: number = ASCII) =>
      retvalOf(it.client, dhcpProxySetVss, {
        tbl_id,
        vss_type,
        vpn_ascii_id: 'blue',
        oui: 0x0a0b0c,
        vpn_index: 77,
        is_ipv6: false,
        is_add,
      });
    const relay = (rx_vrf_id: number, is_add: boolean) =>
      it.client.call(dhcpProxyConfig, {
        rx_vrf_id,
        server_vrf_id: 0,
        is_add,
        dhcp_server: '10.255.0.2',
        dhcp_src_address: '10.255.0.1',
      });
    const shown = async (id: number) =>
      (await it.client.dump(dhcpProxyDump, { is_ip6: false }))
        .filter(({ rx_vrf_id }) => rx_vrf_id === id)
        .map(({ vss_oui, vss_fib_id, vss_type, vss_vpn_ascii_id }) => [
          vss_type,
          vss_vpn_ascii_id,
          vss_oui,
          vss_fib_id,
        ]);

    test('set, changed, read back with the relay, removed, removed again', async () => {
      const id = await newTable();
      await relay(id, true);
      expect(await vss(id, true)).toBe(0);
      expect(await shown(id)).toEqual([[ASCII, 'blue', 0, 0]]);
      expect(await vss(id, true, VPN_ID)).toBe(0);
      expect(await shown(id)).toEqual([[VPN_ID, '', 0x0a0b0c, 77]]);
      expect(await vss(id, true, DEFAULT)).toBe(0);
      expect(await shown(id)).toEqual([[DEFAULT, '', 0, 0]]);
      expect(await vss(id, false)).toBe(0);
      expect(await vss(id, false)).toBe(retvals.NO_SUCH_ENTRY);
      await relay(id, false);
    });

    test('makes its table, and lets it go', async () => {
      const id = it.unique();
      expect(await vss(id, true)).toBe(0);
      expect(await tables()).toContain(id);
      expect(await vss(id, false)).toBe(0);
      expect(await tables()).not.toContain(id);
    });
  });
});
