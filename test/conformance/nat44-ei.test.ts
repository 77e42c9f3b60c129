import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import * as nat from '#lib/vpp/messages/nat44-ei.js';
import * as ha from '#lib/vpp/messages/nat44-ei-ha.js';
import * as pools from '#lib/vpp/messages/nat44-ei-pools.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { type Subject, startSubject } from './lane.js';
import { onEachLaneWith } from './plugins.js';
import { addAddress, retvalOf } from './requests.js';

const { NAT44_EI_IF_INSIDE: INSIDE, NAT44_EI_IF_OUTSIDE: OUTSIDE } = nat.nat44EiConfigFlags.values;
const ADDRESS_ONLY = nat.nat44EiConfigFlags.values.NAT44_EI_ADDR_ONLY_MAPPING;
const UNKNOWN = swIfIndex(9999);
const NO_HAIRPIN = 1;
const NO_USER = 1;
const POOL = '203.0.113.1';

type Enable = Infer<typeof nat.nat44EiPluginEnableDisable.request>;
type Static = Infer<typeof pools.nat44EiAddDelStaticMapping.request>;

const plugin = (change: Partial<Enable> = {}): Enable => ({
  inside_vrf: 0,
  outside_vrf: 0,
  users: 100,
  user_memory: 0,
  sessions: 1000,
  session_memory: 0,
  user_sessions: 50,
  enable: true,
  flags: 0,
  ...change,
});
const mapping = (change: Partial<Static> = {}): Static => ({
  is_add: true,
  flags: 0,
  local_ip_address: '10.0.0.2',
  external_ip_address: POOL,
  protocol: 6,
  local_port: 80,
  external_port: 8080,
  external_sw_if_index: noInterface,
  vrf_id: anyIndex,
  tag: 'web',
  ...change,
});

onEachLaneWith('nat44_ei', 'NAT44-EI', (lane) => {
  let it: Subject;
  let inside: SwIfIndex;
  let outside: SwIfIndex;
  beforeAll(async () => {
    it = await startSubject(lane);
    inside = (await it.hostInterface()).index;
    outside = (await it.hostInterface()).index;
  }, 60_000);
  afterAll(() => it.stop(), 30_000);

  const setPlugin = (change: Partial<Enable> = {}) =>
    retvalOf(it.client, nat.nat44EiPluginEnableDisable, plugin(change));
  const setRole = (index: SwIfIndex, flags: number, is_add = true) =>
    retvalOf(it.client, pools.nat44EiInterfaceAddDelFeature, { is_add, flags, sw_if_index: index });
  const setOutput = (index: SwIfIndex, is_add = true) =>
    retvalOf(it.client, pools.nat44EiAddDelOutputInterface, { is_add, sw_if_index: index });
  const setRange = (first: string, last: string, is_add = true) =>
    retvalOf(it.client, pools.nat44EiAddDelAddressRange, {
      first_ip_address: first,
      last_ip_address: last,
      vrf_id: anyIndex,
      is_add,
    });
  const setMapping = (change: Partial<Static> = {}) =>
    retvalOf(it.client, pools.nat44EiAddDelStaticMapping, mapping(change));
  const setInterfaceAddress = (index: SwIfIndex, is_add = true) =>
    retvalOf(it.client, pools.nat44EiAddDelInterfaceAddr, { is_add, sw_if_index: index, flags: 0 });
  const roles = async () =>
    (await it.client.dump(pools.nat44EiInterfaceDump, {})).sort((a, b) => a.sw_if_index - b.sw_if_index);
  const addresses = async () =>
    (await it.client.dump(pools.nat44EiAddressDump, {})).map(({ ip_address }) => ip_address).sort();
  const mappings = () => it.client.dump(pools.nat44EiStaticMappingDump, {});
  const running = () => it.client.call(nat.nat44EiShowRunningConfig, {});
  const { is_add: _, ...shown } = mapping({ vrf_id: 0 });

  test('off, it refuses most requests', async () => {
    const { FEATURE_ALREADY_DISABLED: OFF } = retvals;
    expect(await setPlugin({ enable: false })).toBe(OFF);
    expect(await setRole(inside, INSIDE)).toBe(OFF);
    expect(await setRole(UNKNOWN, INSIDE)).toBe(retvals.INVALID_SW_IF_INDEX);
    expect(await setOutput(inside)).toBe(OFF);
    expect(await setRange(POOL, POOL)).toBe(OFF);
    expect(await setRange(POOL, POOL, false)).toBe(OFF);
    expect(await setMapping()).toBe(OFF);
    expect(await setMapping({ is_add: false })).toBe(OFF);
  });

  describe('on', () => {
    beforeEach(async () => {
      await it.client.call(nat.nat44EiPluginEnableDisable, plugin());
    });
    afterEach(async () => {
      await setPlugin({ enable: false });
    });

    test('enabled, repeated, disabled; sizes', async () => {
      expect(await setPlugin()).toBe(retvals.FEATURE_ALREADY_ENABLED);
      expect(await running()).toMatchObject({ users: 100, sessions: 1000, user_sessions: 50, user_buckets: 32 });
      expect(await setPlugin({ enable: false })).toBe(0);
      expect(await setPlugin({ users: 0, sessions: 0, user_sessions: 0 })).toBe(0);
      expect(await running()).toMatchObject({
        users: 1024,
        sessions: 10_240,
        user_sessions: 10_240,
        user_buckets: 512,
        translation_buckets: 4096,
        timeouts: { udp: 300, tcp_established: 7440, tcp_transitory: 240, icmp: 60 },
      });
    });

    test('interfaces by role; inside taken off where there is none', async () => {
      expect([await setRole(inside, INSIDE), await setRole(inside, INSIDE)]).toEqual([0, 0]);
      expect(await setRole(inside, OUTSIDE)).toBe(0);
      expect(await setRole(outside, OUTSIDE)).toBe(0);
      expect(await roles()).toEqual([
        { sw_if_index: inside, flags: INSIDE | OUTSIDE },
        { sw_if_index: outside, flags: OUTSIDE },
      ]);
      expect(await setOutput(inside)).toBe(retvals.VALUE_EXIST);
      expect(await setRole(inside, OUTSIDE, false)).toBe(0);
      expect(await setRole(inside, INSIDE, false)).toBe(0);
      expect(await setRole(inside, INSIDE, false)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await roles()).toEqual([{ sw_if_index: outside, flags: OUTSIDE }]);
      expect(await setRole(outside, INSIDE, false)).toBe(NO_HAIRPIN);
      expect(await roles()).toHaveLength(1);
    });

    test('a role that is not there: forgotten', async () => {
      await setRole(inside, INSIDE);
      expect(await setRole(inside, OUTSIDE, false)).toBe(0);
      expect(await roles()).toEqual([]);
    });

    test('NAT after routing', async () => {
      expect([await setOutput(outside), await setOutput(outside)]).toEqual([0, retvals.VALUE_EXIST]);
      expect(await setRole(outside, OUTSIDE)).toBe(retvals.VALUE_EXIST);
      const all = () => it.client.streamGet(pools.nat44EiOutputInterfaceGet, { cursor: 0 });
      expect(await all()).toEqual([{ sw_if_index: outside }]);
      expect([await setOutput(outside, false), await setOutput(outside, false)]).toEqual([0, retvals.NO_SUCH_ENTRY]);
    });

    test('pools; an address that mappings stand on stays', async () => {
      expect(await setRange(POOL, '203.0.113.3')).toBe(0);
      expect(await setRange(POOL, POOL)).toBe(retvals.VALUE_EXIST);
      expect(await setRange('203.0.113.2', '203.0.113.4', false)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await addresses()).toEqual([POOL]);
      await setMapping();
      expect(await setRange(POOL, POOL, false)).toBe(retvals.UNSPECIFIED);
      await setMapping({ is_add: false });
      expect(await setRange(POOL, POOL, false)).toBe(0);
    });

    test('the address of an interface', async () => {
      const { index, device } = await it.hostInterface();
      expect([await setInterfaceAddress(index), await setInterfaceAddress(index)]).toEqual([0, retvals.VALUE_EXIST]);
      await addAddress(it.client, index, '192.0.2.1/24');
      expect(await addresses()).toEqual(['192.0.2.1']);
      expect(await it.client.dump(pools.nat44EiInterfaceAddrDump, {})).toEqual([{ sw_if_index: index }]);
      expect(await setInterfaceAddress(index, false)).toBe(0);
      expect(await setInterfaceAddress(index, false)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await addresses()).toEqual([]);
      await it.client.call(afPacketDelete, { host_if_name: device });
    });

    test('static mappings stand on the pool, unless of addresses only', async () => {
      expect(await setMapping()).toBe(retvals.NO_SUCH_ENTRY);
      expect(await setMapping({ flags: ADDRESS_ONLY })).toBe(0);
      expect(await mappings()).toEqual([
        { ...shown, flags: ADDRESS_ONLY, protocol: 0, local_port: 0, external_port: 0 },
      ]);
      await setMapping({ flags: ADDRESS_ONLY, is_add: false });
      await setRange(POOL, POOL);
      expect([await setMapping(), await setMapping()]).toEqual([0, retvals.VALUE_EXIST]);
      expect(await setMapping({ external_port: 9090 })).toBe(retvals.VALUE_EXIST);
      expect(await setMapping({ protocol: 47, local_port: 9, external_port: 9 })).toBe(0);
      expect(await mappings()).toEqual([shown, { ...shown, protocol: 255, local_port: 9, external_port: 9 }]);
      expect([await setMapping({ is_add: false }), await setMapping({ is_add: false })]).toEqual([
        0,
        retvals.NO_SUCH_ENTRY,
      ]);
    });

    test('a mapping by interface that is refused is remembered', async () => {
      await addAddress(it.client, outside, '198.51.100.1/24');
      expect(await setMapping({ external_sw_if_index: outside })).toBe(retvals.NO_SUCH_ENTRY);
      expect(await setMapping({ external_sw_if_index: outside })).toBe(retvals.VALUE_EXIST);
      expect(await mappings()).toMatchObject([{ external_sw_if_index: outside, external_ip_address: '0.0.0.0' }]);
    });

    test('identity mappings', async () => {
      const set = (flags: number, is_add = true) =>
        retvalOf(it.client, pools.nat44EiAddDelIdentityMapping, {
          is_add,
          flags,
          ip_address: '10.0.0.9',
          protocol: 17,
          port: 53,
          sw_if_index: noInterface,
          vrf_id: 0,
          tag: 'dns',
        });
      expect(await set(0)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await set(ADDRESS_ONLY)).toBe(0);
      expect(await it.client.dump(pools.nat44EiIdentityMappingDump, {})).toMatchObject([
        { flags: ADDRESS_ONLY, ip_address: '10.0.0.9', protocol: 255, port: 0, vrf_id: 0, tag: 'dns' },
      ]);
      expect([await set(ADDRESS_ONLY, false), await set(ADDRESS_ONLY, false)]).toEqual([0, retvals.NO_SUCH_ENTRY]);
    });

    test('port allocation', async () => {
      const none = { psid_offset: 0, psid_length: 0, psid: 0, start_port: 0, end_port: 0 };
      const set = (change: object) =>
        retvalOf(it.client, nat.nat44EiSetAddrAndPortAllocAlg, { alg: 0, ...none, ...change });
      const get = () => it.client.call(nat.nat44EiGetAddrAndPortAllocAlg, {});
      const mapE = { alg: 1, psid_offset: 6, psid_length: 6, psid: 10 };
      expect(await set(mapE)).toBe(0);
      expect(await get()).toMatchObject(mapE);
      const ports = { alg: 2, start_port: 2000, end_port: 3000 };
      expect(await set(ports)).toBe(0);
      expect(await set({ alg: 2, start_port: 3000, end_port: 2000 })).toBe(retvals.INVALID_VALUE);
      expect(await set({ alg: 3 })).toBe(retvals.INVALID_VALUE);
      expect(await get()).toEqual({ retval: 0, ...mapE, ...ports });
      expect(await set({ alg: 0 })).toBe(0);
      expect(await get()).toEqual({ retval: 0, ...mapE, ...ports, alg: 0 });
    });

    test('settings, users, the partner', async () => {
      const timeouts = { udp: 10, tcp_established: 20, tcp_transitory: 30, icmp: 40 };
      await it.client.call(nat.nat44EiSetTimeouts, timeouts);
      await it.client.call(nat.nat44EiForwardingEnableDisable, { enable: true });
      await it.client.call(nat.nat44EiSetMssClamping, { mss_value: 1400, enable: true });
      expect(await running()).toMatchObject({ forwarding_enabled: true, timeouts });
      expect(await it.client.call(nat.nat44EiGetMssClamping, {})).toEqual({ retval: 0, mss_value: 1400, enable: true });
      expect(await it.client.dump(nat.nat44EiUserDump, {})).toEqual([]);
      expect(await retvalOf(it.client, nat.nat44EiDelUser, { ip_address: '10.0.0.1', fib_index: 0 })).toBe(NO_USER);
      const listener = { ip_address: '10.0.0.1', port: 1234, path_mtu: 1400 };
      const failover = { ip_address: '10.0.0.9', port: 1235, session_refresh_interval: 5 };
      await it.client.call(ha.nat44EiHaSetListener, listener);
      await it.client.call(ha.nat44EiHaSetFailover, failover);
      expect(await it.client.call(ha.nat44EiHaGetListener, {})).toEqual({ retval: 0, ...listener });
      expect(await it.client.call(ha.nat44EiHaGetFailover, {})).toEqual({ retval: 0, ...failover });
    });
  });
});
