import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dhcpProxyConfig, dhcpProxyDump, proxyAddressBytes, proxyAddressText } from '#lib/vpp/messages/dhcp.js';
import * as intf from '#lib/vpp/messages/interface.js';
import { ipTableAddDelV2, ipTableDump } from '#lib/vpp/messages/ip.js';
import { urpfInterfaceDump, urpfUpdateV2 } from '#lib/vpp/messages/urpf.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { features, makeSubif, retvalOf } from './requests.js';

const unknown = swIfIndex(4_000_000);
const OFF = 0;
const LOOSE = 1;
const STRICT = 2;
const NO_VSS = 0x7b00_0000;

onEachLane('relay and reverse path checks', (lane) => {
  let it: Subject;
  let parent: { device: string; index: SwIfIndex };
  beforeAll(async () => {
    it = await startSubject(lane);
    parent = await it.hostInterface();
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  describe('DHCP proxy', () => {
    const config = (rx: number, server: string, source = '10.255.0.1', is_add = true) =>
      retvalOf(it.client, dhcpProxyConfig, {
        rx_vrf_id: rx,
        server_vrf_id: 0,
        is_add,
        dhcp_server: server,
        dhcp_src_address: source,
      });
    const proxies = (is_ip6 = false) => it.client.dump(dhcpProxyDump, { is_ip6 });
    const shown = ({ is_ipv6, dhcp_src_address, servers }: Awaited<ReturnType<typeof proxies>>[number]) => ({
      source: proxyAddressText(dhcp_src_address, is_ipv6),
      servers: servers.map(({ dhcp_server }) => proxyAddressText(dhcp_server, is_ipv6)),
    });

    test('set, repeated, read back, removed twice', async () => {
      expect([await config(0, '10.255.0.2'), await config(0, '10.255.0.2')]).toEqual([0, 0]);
      expect(await proxies()).toEqual([
        {
          rx_vrf_id: 0,
          vss_oui: 0,
          vss_fib_id: 0,
          vss_type: NO_VSS,
          is_ipv6: false,
          vss_vpn_ascii_id: '',
          dhcp_src_address: proxyAddressBytes('10.255.0.1'),
          servers: [{ server_vrf_id: 0, dhcp_server: proxyAddressBytes('10.255.0.2') }],
        },
      ]);
      const off = () => config(0, '10.255.0.2', '10.255.0.1', false);
      expect([await off(), await off()]).toEqual([0, 0]);
      expect(await proxies()).toEqual([]);
    });

    test('a second server is appended, its source address ignored', async () => {
      await config(0, '10.255.0.2');
      await config(0, '10.255.0.9', '10.255.0.77');
      const [found] = await proxies();
      expect(found && shown(found)).toEqual({ source: '10.255.0.1', servers: ['10.255.0.2', '10.255.0.9'] });
      await config(0, '10.255.0.2', '10.255.0.1', false);
      await config(0, '10.255.0.9', '10.255.0.1', false);
      expect(await proxies()).toEqual([]);
    });

    test('an unknown client table comes into being, and goes with the proxy', async () => {
      const id = it.unique();
      const present = async () => (await it.client.dump(ipTableDump, {})).some((row) => row.table.table_id === id);
      expect(await config(id, '10.255.0.2')).toBe(0);
      expect(await present()).toBe(true);
      await config(id, '10.255.0.2', '10.255.0.1', false);
      expect(await present()).toBe(false);
    });

    test.each([
      ['no server', '0.0.0.0', '10.255.0.1', retvals.INVALID_DST_ADDRESS],
      ['no source', '10.255.0.2', '0.0.0.0', retvals.INVALID_SRC_ADDRESS],
      ['two families', '10.255.0.2', '2001:db8::1', retvals.INVALID_ARGUMENT],
    ])('%s is refused', async (_, server, source, retval) => {
      expect(await config(0, server, source)).toBe(retval);
    });

    test('IPv6 has its own', async () => {
      expect(await config(0, '2001:db8:ff::2', '2001:db8:ff::1')).toBe(0);
      expect((await proxies(true)).map(shown)).toEqual([{ source: '2001:db8:ff::1', servers: ['2001:db8:ff::2'] }]);
      expect(await proxies()).toEqual([]);
      await config(0, '2001:db8:ff::2', '2001:db8:ff::1', false);
    });
  });

  describe('uRPF', () => {
    const set = (sw_if_index: SwIfIndex, mode: number, table_id = anyIndex, af = 0) =>
      retvalOf(it.client, urpfUpdateV2, { is_input: true, mode, af, sw_if_index, table_id });
    const modes = async (sw_if_index: SwIfIndex) =>
      (await it.client.dump(urpfInterfaceDump, { sw_if_index })).filter((row) => row.is_input && row.mode !== OFF);
    const line = async () => {
      const vlan = it.unique();
      return { vlan, index: await makeSubif(it.client, parent.index, vlan, vlan) };
    };
    const active = async (vlan: number) =>
      (await features(it.client, `host-${parent.device}.${vlan}`, 'ip4-unicast')).filter((name) =>
        name.includes('urpf'),
      );

    test('set, repeated, changed, read back, taken off twice', async () => {
      const { vlan, index } = await line();
      expect([await set(index, STRICT), await set(index, STRICT)]).toEqual([0, 0]);
      expect(await modes(index)).toEqual([
        expect.objectContaining({ sw_if_index: index, is_input: true, mode: STRICT, af: 0 }),
      ]);
      expect(await active(vlan)).toEqual(['ip4-rx-urpf-strict']);
      expect(await set(index, LOOSE)).toBe(0);
      expect(await active(vlan)).toEqual(['ip4-rx-urpf-loose']);
      expect(
        (await it.client.dump(urpfInterfaceDump, { sw_if_index: noInterface })).filter((row) => row.mode === LOOSE),
      ).toHaveLength(1);
      expect([await set(index, OFF), await set(index, OFF)]).toEqual([0, 0]);
      expect(await modes(index)).toEqual([]);
      expect(await active(vlan)).toEqual([]);
    });

    test('unknown interface and table', async () => {
      const { index } = await line();
      expect(await set(unknown, STRICT)).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await set(index, STRICT, 77_777)).not.toBe(0);
      expect(await modes(index)).toEqual([]);
    });

    test('families are apart', async () => {
      const { index } = await line();
      await set(index, STRICT, anyIndex, 0);
      await set(index, LOOSE, anyIndex, 1);
      expect((await modes(index)).map(({ af, mode }) => [af, mode]).sort()).toEqual([
        [0, STRICT],
        [1, LOOSE],
      ]);
    });

    test('on a reused index the dump lies, the same mode does nothing, off and on again works', async () => {
      const old = await line();
      await set(old.index, STRICT);
      await it.client.call(intf.deleteSubif, { sw_if_index: old.index });
      const { vlan, index } = await line();
      expect(index).toBe(old.index);
      expect((await modes(index)).map(({ mode }) => mode)).toEqual([STRICT]);
      expect(await active(vlan)).toEqual([]);
      expect(await set(index, STRICT)).toBe(0);
      expect(await active(vlan)).toEqual([]);
      await set(index, OFF);
      await set(index, STRICT);
      expect(await active(vlan)).toEqual(['ip4-rx-urpf-strict']);
    });

    test('a table of its own', async () => {
      const id = it.unique();
      const table = { table_id: id, is_ip6: false, name: 'check' };
      await it.client.call(ipTableAddDelV2, { table, create_mfib: true, is_add: true });
      const { index } = await line();
      expect(await set(index, STRICT, id)).toBe(0);
      expect((await modes(index)).map((row) => row.table_id)).toEqual([id]);
    });
  });
});
