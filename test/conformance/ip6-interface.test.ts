import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import { swInterfaceAddDelAddress, swInterfaceSetMacAddress } from '#lib/vpp/messages/interface.js';
import * as ip from '#lib/vpp/messages/ip.js';
import * as nd from '#lib/vpp/messages/ip6-nd.js';
import { retvals } from '#lib/vpp/retval.js';
import { pathVia, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, address, features, interfaces, retvalOf, setUp } from './requests.js';

const UNKNOWN = swIfIndex(9999);
const HOST = '2001:db8:5::10';
/** `fib_source_dump`: IPv6-proxy-nd. */
const PROXY_ND = 13;

onEachLane('IPv4 and IPv6 on an interface', (lane) => {
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

  const ip6 = (enable: boolean) =>
    retvalOf(it.client, ip.swInterfaceIp6EnableDisable, { sw_if_index: port.index, enable });
  const nameOf = async () =>
    (await interfaces(it.client)).find(({ sw_if_index }) => sw_if_index === port.index)?.interface_name ?? '';

  describe('link-local address', () => {
    const get = (sw_if_index = port.index) =>
      it.client.call(ip.swInterfaceIp6GetLinkLocalAddress, { sw_if_index }, { raw: true });
    const set = (address: string, sw_if_index = port.index) =>
      retvalOf(it.client, ip.swInterfaceIp6SetLinkLocalAddress, { sw_if_index, ip: address });

    test('none without IPv6, else made of the MAC address', async () => {
      expect(await get()).toMatchObject({ retval: retvals.IP6_NOT_ENABLED });
      expect(await get(UNKNOWN)).toMatchObject({ retval: retvals.INVALID_SW_IF_INDEX });
      await it.client.call(swInterfaceSetMacAddress, { sw_if_index: port.index, mac_address: '02:00:00:00:00:07' });
      expect(await ip6(true)).toBe(0);
      expect(await get()).toEqual({ retval: 0, ip: 'fe80::ff:fe00:7' });
    });

    test('given, it stays; it brings IPv6', async () => {
      expect(await set('fe80::1')).toBe(0);
      expect(await get()).toEqual({ retval: 0, ip: 'fe80::1' });
      expect(await ip6(true)).toBe(retvals.VALUE_EXIST);
      expect(await set('fe80::2')).toBe(0);
      expect(await get()).toEqual({ retval: 0, ip: 'fe80::2' });
      expect(await set('fe80::2', UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('goes with IPv6, and is made of the MAC address again', async () => {
      await it.client.call(swInterfaceSetMacAddress, { sw_if_index: port.index, mac_address: '02:00:00:00:00:09' });
      await set('fe80::1');
      expect(await ip6(false)).toBe(0);
      expect(await get()).toMatchObject({ retval: retvals.IP6_NOT_ENABLED });
      await ip6(true);
      expect(await get()).toEqual({ retval: 0, ip: 'fe80::ff:fe00:9' });
    });
  });

  describe('IPv4 switched by hand', () => {
    const ip4 = (enable: boolean, sw_if_index = port.index) =>
      retvalOf(it.client, ip.swInterfaceIp4EnableDisable, { sw_if_index, enable });
    const drops = async () =>
      (await features(it.client, await nameOf(), 'ip4-unicast')).filter((name) => name === 'ip4-not-enabled').length;

    test('the wrong way round: enabling adds the feature that drops, each time', async () => {
      expect(await drops()).toBe(1);
      expect([await ip4(true), await ip4(true)]).toEqual([0, 0]);
      expect(await drops()).toBe(3);
      for (const left of [2, 1, 0, 0]) {
        expect(await ip4(false)).toBe(0);
        expect(await drops()).toBe(left);
      }
      expect(await ip4(true, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('an address takes one away, and gives it back', async () => {
      await addAddress(it.client, port.index, '192.0.2.1/24');
      expect(await drops()).toBe(0);
      await ip4(true);
      expect(await drops()).toBe(1);
      await it.client.call(swInterfaceAddDelAddress, address(port.index, '192.0.2.1/24', false));
      expect(await drops()).toBe(2);
    });
  });

  describe('neighbour proxy', () => {
    const proxy = (is_add: boolean, sw_if_index = port.index, address = HOST) =>
      retvalOf(it.client, nd.ip6ndProxyAddDel, { sw_if_index, is_add, ip: address });
    const proxies = async () =>
      (await it.client.dump(nd.ip6ndProxyDump, {})).filter(({ sw_if_index }) => sw_if_index === port.index);
    const routes = async () =>
      (await it.client.dump(ip.ipRouteV2Dump, { src: PROXY_ND, table: { table_id: 0, is_ip6: true, name: '' } })).map(
        ({ route }) => [route.prefix, route.paths[0]?.sw_if_index, route.paths[0] && pathVia(route.paths[0])],
      );

    test('added, repeated, read back with its route, removed, removed again', async () => {
      await ip6(true);
      expect([await proxy(true), await proxy(true)]).toEqual([0, 0]);
      expect(await proxies()).toEqual([{ sw_if_index: port.index, ip: HOST }]);
      expect(await routes()).toEqual([[`${HOST}/128`, port.index, HOST]]);
      expect([await proxy(false), await proxy(false)]).toEqual([0, 0]);
      expect(await proxies()).toEqual([]);
      expect(await routes()).toEqual([]);
    });

    test('of another interface stays', async () => {
      const other = await it.hostInterface();
      await proxy(true);
      expect(await proxy(false, other.index)).toBe(0);
      expect(await proxies()).toHaveLength(1);
      await proxy(false);
    });

    test('of an interface that is not there', async () => {
      expect(await proxy(true, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
    });

    test('on, repeated and off', async () => {
      const answer = (is_enable: boolean, sw_if_index = port.index) =>
        retvalOf(it.client, nd.ip6ndProxyEnableDisable, { sw_if_index, is_enable });
      await addAddress(it.client, port.index, '2001:db8:6::1/64');
      expect([await answer(true), await answer(true), await answer(false), await answer(false)]).toEqual([0, 0, 0, 0]);
      expect(await answer(true, UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
      await it.client.call(afPacketDelete, { host_if_name: port.device });
      expect(await answer(false)).toBe(retvals.INVALID_SW_IF_INDEX);
    });
  });
});
