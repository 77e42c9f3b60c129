import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import { swInterfaceAddDelAddress } from '#lib/vpp/messages/interface.js';
import { ipTableDump } from '#lib/vpp/messages/ip.js';
import { natConfigFlags } from '#lib/vpp/messages/nat-types.js';
import * as nat from '#lib/vpp/messages/nat44-ed.js';
import * as pools from '#lib/vpp/messages/nat44-ed-pools.js';
import * as sessions from '#lib/vpp/messages/nat44-ed-sessions.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import type { Subject } from './lane.js';
import { startSubject } from './lane.js';
import { onEachLaneWith } from './plugins.js';
import { addAddress, address, features, interfaces, retvalOf } from './requests.js';

const { NAT_IS_INSIDE: INSIDE, NAT_IS_OUTSIDE: OUTSIDE, NAT_IS_ADDR_ONLY: ADDRESS_ONLY } = natConfigFlags.values;
const { NAT_IS_TWICE_NAT: TWICE, NAT_IS_OUT2IN_ONLY: OUT2IN } = natConfigFlags.values;
const UNKNOWN = swIfIndex(9999);
const ANY = anyIndex;

type Enable = Infer<typeof nat.nat44EdPluginEnableDisable.request>;
type Range = Infer<typeof pools.nat44AddDelAddressRange.request>;
type Static = Infer<typeof pools.nat44AddDelStaticMappingV2.request>;
type Identity = Infer<typeof pools.nat44AddDelIdentityMapping.request>;

const plugin = (change: Partial<Enable> = {}): Enable => ({
  inside_vrf: 0,
  outside_vrf: 0,
  sessions: 1000,
  session_memory: 0,
  enable: true,
  flags: 0,
  ...change,
});
const range = (first: string, last: string, change: Partial<Range> = {}): Range => ({
  first_ip_address: first,
  last_ip_address: last,
  vrf_id: ANY,
  is_add: true,
  flags: 0,
  ...change,
});
const mapping = (change: Partial<Static> = {}): Static => ({
  is_add: true,
  match_pool: false,
  flags: 0,
  pool_ip_address: '0.0.0.0',
  local_ip_address: '10.0.0.2',
  external_ip_address: '203.0.113.1',
  protocol: 6,
  local_port: 80,
  external_port: 8080,
  external_sw_if_index: noInterface,
  vrf_id: ANY,
  tag: 'web',
  ...change,
});
const identity = (change: Partial<Identity> = {}): Identity => ({
  is_add: true,
  flags: 0,
  ip_address: '10.0.0.9',
  protocol: 17,
  port: 53,
  sw_if_index: noInterface,
  vrf_id: 0,
  tag: 'dns',
  ...change,
});

onEachLaneWith('nat', 'NAT44-ED', (lane) => {
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
    retvalOf(it.client, nat.nat44EdPluginEnableDisable, plugin(change));
  const setRole = (index: SwIfIndex, flags: number, is_add = true) =>
    retvalOf(it.client, pools.nat44InterfaceAddDelFeature, { is_add, flags, sw_if_index: index });
  const setOutput = (index: SwIfIndex, is_add = true) =>
    retvalOf(it.client, pools.nat44EdAddDelOutputInterface, { is_add, sw_if_index: index });
  const setRange = (request: Range) => retvalOf(it.client, pools.nat44AddDelAddressRange, request);
  const setMapping = (change: Partial<Static> = {}) =>
    retvalOf(it.client, pools.nat44AddDelStaticMappingV2, mapping(change));
  const setIdentity = (change: Partial<Identity> = {}) =>
    retvalOf(it.client, pools.nat44AddDelIdentityMapping, identity(change));
  const setInterfaceAddress = (index: SwIfIndex, flags = 0, is_add = true) =>
    retvalOf(it.client, pools.nat44AddDelInterfaceAddr, { is_add, flags, sw_if_index: index });
  const roles = async () =>
    (await it.client.dump(pools.nat44InterfaceDump, {})).sort((a, b) => a.sw_if_index - b.sw_if_index);
  const addresses = async () =>
    (await it.client.dump(pools.nat44AddressDump, {})).sort((a, b) => a.ip_address.localeCompare(b.ip_address));
  const mappings = async () =>
    (await it.client.dump(pools.nat44StaticMappingDump, {})).sort((a, b) => a.external_port - b.external_port);
  const identities = () => it.client.dump(pools.nat44IdentityMappingDump, {});
  const running = () => it.client.call(nat.nat44ShowRunningConfig, {});
  const tables = async () =>
    (await it.client.dump(ipTableDump, {})).filter(({ table }) => !table.is_ip6).map(({ table }) => table.table_id);
  const session = {
    address: '10.0.0.1',
    protocol: 6,
    port: 1,
    vrf_id: 0,
    flags: INSIDE,
    ext_host_address: '0.0.0.0',
    ext_host_port: 0,
  };

  describe('off', () => {
    test('refuses most requests', async () => {
      const { UNSUPPORTED } = retvals;
      expect(await setPlugin({ enable: false })).toBe(retvals.FEATURE_ALREADY_DISABLED);
      expect(await setRole(inside, INSIDE)).toBe(UNSUPPORTED);
      expect(await setRole(inside, INSIDE, false)).toBe(UNSUPPORTED);
      expect(await setRole(UNKNOWN, INSIDE)).toBe(retvals.INVALID_SW_IF_INDEX);
      expect(await setOutput(inside)).toBe(UNSUPPORTED);
      expect(await setRange(range('203.0.113.1', '203.0.113.1'))).toBe(UNSUPPORTED);
      expect(await setRange(range('203.0.113.1', '203.0.113.1', { is_add: false }))).toBe(retvals.NO_SUCH_ENTRY);
      expect(await setInterfaceAddress(inside)).toBe(UNSUPPORTED);
      expect(await setMapping()).toBe(UNSUPPORTED);
      expect(await setMapping({ is_add: false })).toBe(UNSUPPORTED);
      expect(await setIdentity()).toBe(UNSUPPORTED);
      expect(await retvalOf(it.client, sessions.nat44DelSession, session)).toBe(UNSUPPORTED);
      expect([await roles(), await addresses(), await mappings(), await identities()]).toEqual([[], [], [], []]);
    });

    test('takes settings, which enabling resets', async () => {
      const timeouts = { udp: 1, tcp_established: 2, tcp_transitory: 3, icmp: 4 };
      expect(await retvalOf(it.client, nat.natSetTimeouts, timeouts)).toBe(0);
      expect(await retvalOf(it.client, nat.nat44ForwardingEnableDisable, { enable: true })).toBe(0);
      expect(await retvalOf(it.client, nat.natSetMssClamping, { mss_value: 1400, enable: true })).toBe(0);
      expect(await running()).toMatchObject({ sessions: 0, forwarding_enabled: true, timeouts });
      await setPlugin();
      const defaults = { udp: 300, tcp_established: 7440, tcp_transitory: 240, icmp: 60 };
      expect(await running()).toMatchObject({ sessions: 1000, forwarding_enabled: false, timeouts: defaults });
      expect(await it.client.call(nat.natGetMssClamping, {})).toEqual({ retval: 0, mss_value: 0, enable: false });
      await setPlugin({ enable: false });
    });
  });

  describe('on', () => {
    beforeEach(async () => {
      await it.client.call(nat.nat44EdPluginEnableDisable, plugin());
    });
    afterEach(async () => {
      await setPlugin({ enable: false });
    });

    test('enabled, repeated, disabled; its tables are made, and stay', async () => {
      expect(await setPlugin()).toBe(retvals.FEATURE_ALREADY_ENABLED);
      expect(await running()).toMatchObject({ sessions: 1000, translation_buckets: 512, flags: 1 });
      expect(await setPlugin({ enable: false })).toBe(0);
      expect(await running()).toMatchObject({ sessions: 0, translation_buckets: 512 });
      const [insideVrf, outsideVrf] = [it.unique(), it.unique()];
      expect(await setPlugin({ inside_vrf: insideVrf, outside_vrf: outsideVrf, sessions: 0 })).toBe(0);
      expect(await running()).toMatchObject({ inside_vrf: insideVrf, outside_vrf: outsideVrf, sessions: 64_512 });
      expect(await tables()).toEqual(expect.arrayContaining([insideVrf, outsideVrf]));
      await setMapping();
      expect(await mappings()).toMatchObject([{ vrf_id: insideVrf }]);
      await setPlugin({ enable: false });
      expect(await tables()).toEqual(expect.arrayContaining([insideVrf, outsideVrf]));
    });

    test('flags of the other plugin are refused', async () => {
      await setPlugin({ enable: false });
      expect(await setPlugin({ flags: 2 })).toBe(retvals.UNSUPPORTED);
      expect(await setPlugin({ flags: 4 })).toBe(retvals.UNSUPPORTED);
      expect(await setPlugin({ flags: 1 })).toBe(0);
    });

    test('disabling forgets', async () => {
      await setRole(inside, INSIDE);
      await setRange(range('203.0.113.1', '203.0.113.2'));
      await setMapping();
      await setIdentity();
      await setInterfaceAddress(outside);
      await setPlugin({ enable: false });
      expect([await roles(), await addresses(), await mappings(), await identities()]).toEqual([[], [], [], []]);
      expect(await it.client.dump(pools.nat44InterfaceAddrDump, {})).toEqual([]);
    });

    describe('interfaces', () => {
      const arc = async (index: SwIfIndex) => {
        const found = (await interfaces(it.client)).find(({ sw_if_index }) => sw_if_index === index);
        const all = await features(it.client, found?.interface_name ?? '', 'ip4-unicast');
        return all.filter((feature) => feature.startsWith('nat'));
      };

      test('each in its role, or in both', async () => {
        expect(await setRole(inside, INSIDE)).toBe(0);
        expect(await setRole(inside, INSIDE)).toBe(0);
        expect(await setRole(outside, OUTSIDE)).toBe(0);
        expect([await arc(inside), await arc(outside)]).toEqual([['nat-pre-in2out'], ['nat-pre-out2in']]);
        expect(await setRole(inside, OUTSIDE)).toBe(0);
        expect(await arc(inside)).toEqual(['nat44-ed-classify']);
        expect(await roles()).toEqual([
          { sw_if_index: inside, flags: INSIDE | OUTSIDE },
          { sw_if_index: outside, flags: OUTSIDE },
        ]);
        expect(await setRole(inside, OUTSIDE, false)).toBe(0);
        expect(await arc(inside)).toEqual(['nat-pre-in2out']);
        expect(await setRole(inside, INSIDE, false)).toBe(0);
        expect(await setRole(inside, INSIDE, false)).toBe(retvals.NO_SUCH_ENTRY);
        expect(await arc(inside)).toEqual([]);
        expect(await roles()).toEqual([{ sw_if_index: outside, flags: OUTSIDE }]);
      });

      test('a role that is not there: forgotten, but the feature stays', async () => {
        const { index, device } = await it.hostInterface();
        await setRole(index, OUTSIDE);
        expect(await setRole(index, INSIDE, false)).toBe(0);
        expect(await roles()).toEqual([]);
        expect(await arc(index)).toEqual(['nat-pre-out2in']);
        await it.client.call(afPacketDelete, { host_if_name: device });
      });

      test('go with their interface', async () => {
        const { index, device } = await it.hostInterface();
        await setRole(index, INSIDE);
        await it.client.call(afPacketDelete, { host_if_name: device });
        expect(await roles()).toEqual([]);
      });

      test('NAT after routing excludes roles', async () => {
        expect(await setOutput(outside)).toBe(0);
        expect(await setOutput(outside)).toBe(retvals.VALUE_EXIST);
        expect(await setRole(outside, OUTSIDE)).toBe(retvals.VALUE_EXIST);
        expect(await it.client.streamGet(pools.nat44EdOutputInterfaceGet, { cursor: 0 })).toEqual([
          { sw_if_index: outside },
        ]);
        expect(await setOutput(outside, false)).toBe(0);
        expect(await setOutput(outside, false)).toBe(retvals.NO_SUCH_ENTRY);
        await setRole(outside, OUTSIDE);
        expect(await setOutput(outside)).toBe(retvals.VALUE_EXIST);
        expect(await setOutput(UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
      });
    });

    describe('pools', () => {
      const plain = (ip_address: string) => ({ ip_address, flags: 0, vrf_id: ANY });
      const inPool = async () => (await it.client.dump(pools.nat44AddressDump, {})).map(({ ip_address }) => ip_address);

      test('ranges; what was done before an error stays done', async () => {
        expect(await setRange(range('203.0.113.1', '203.0.113.3'))).toBe(0);
        expect(await setRange(range('203.0.113.1', '203.0.113.3'))).toBe(retvals.VALUE_EXIST);
        expect(await setRange(range('203.0.113.0', '203.0.113.3'))).toBe(retvals.VALUE_EXIST);
        expect(await addresses()).toEqual(['203.0.113.0', '203.0.113.1', '203.0.113.2', '203.0.113.3'].map(plain));
        expect(await setRange(range('203.0.113.2', '203.0.113.4', { is_add: false }))).toBe(retvals.NO_SUCH_ENTRY);
        expect(await addresses()).toEqual(['203.0.113.0', '203.0.113.1'].map(plain));
        expect(await setRange(range('203.0.113.9', '203.0.113.7'))).toBe(0);
        expect(await addresses()).toHaveLength(2);
      });

      test('one that goes leaves its place to the last', async () => {
        expect(await setRange(range('203.0.113.1', '203.0.113.4'))).toBe(0);
        expect(await setRange(range('203.0.113.2', '203.0.113.2', { is_add: false }))).toBe(0);
        expect(await inPool()).toEqual(['203.0.113.1', '203.0.113.4', '203.0.113.3']);
      });

      test('a last address before the first is a range of none, unless it counts past the highest', async () => {
        expect(await setRange(range('203.0.113.9', '198.51.100.1'))).toBe(0);
        expect(await inPool()).toEqual([]);
        expect(await setRange(range('255.255.255.255', '0.0.0.1'))).toBe(0);
        expect(await inPool()).toEqual(['255.255.255.255', '0.0.0.0', '0.0.0.1']);
      });

      test('of one table, which is made and goes', async () => {
        const vrf = it.unique();
        expect(await setRange(range('203.0.113.1', '203.0.113.1', { vrf_id: vrf }))).toBe(0);
        expect(await addresses()).toEqual([{ ip_address: '203.0.113.1', flags: 0, vrf_id: vrf }]);
        expect(await tables()).toContain(vrf);
        expect(await setRange(range('203.0.113.1', '203.0.113.1', { is_add: false }))).toBe(0);
        expect(await tables()).not.toContain(vrf);
      });

      test('for twice NAT on their own', async () => {
        expect(await setRange(range('203.0.113.1', '203.0.113.1', { flags: TWICE }))).toBe(0);
        expect(await setRange(range('203.0.113.1', '203.0.113.1', { is_add: false }))).toBe(retvals.NO_SUCH_ENTRY);
        expect(await addresses()).toEqual([{ ip_address: '203.0.113.1', flags: TWICE, vrf_id: ANY }]);
      });

      test('the address of an interface, now or later', async () => {
        const { index, device } = await it.hostInterface();
        expect(await setInterfaceAddress(index)).toBe(0);
        expect(await setInterfaceAddress(index)).toBe(retvals.VALUE_EXIST);
        expect(await setInterfaceAddress(UNKNOWN)).toBe(retvals.INVALID_SW_IF_INDEX);
        expect(await addresses()).toEqual([]);
        await addAddress(it.client, index, '192.0.2.1/24');
        expect(await addresses()).toEqual([plain('192.0.2.1')]);
        expect(await it.client.dump(pools.nat44InterfaceAddrDump, {})).toEqual([{ sw_if_index: index, flags: 0 }]);
        await it.client.call(swInterfaceAddDelAddress, address(index, '192.0.2.1/24', false));
        expect(await addresses()).toEqual([]);
        await addAddress(it.client, index, '192.0.2.2/24');
        expect(await setInterfaceAddress(index, 0, false)).toBe(0);
        expect(await setInterfaceAddress(index, 0, false)).toBe(retvals.NO_SUCH_ENTRY);
        expect(await addresses()).toEqual([]);
        await it.client.call(afPacketDelete, { host_if_name: device });
      });
    });

    describe('static mappings', () => {
      const { is_add: _, match_pool: __, pool_ip_address: ___, ...shown } = mapping({ vrf_id: 0 });

      test('added, repeated, read back, removed, removed again', async () => {
        expect(await setMapping()).toBe(0);
        expect(await setMapping()).toBe(retvals.VALUE_EXIST);
        expect(await mappings()).toEqual([shown]);
        expect(await setMapping({ is_add: false })).toBe(0);
        expect(await setMapping({ is_add: false })).toBe(retvals.NO_SUCH_ENTRY);
        expect(await mappings()).toEqual([]);
        expect(await setMapping()).toBe(0);
      });

      test('the same outside again, or the same inside, is refused', async () => {
        await setMapping();
        expect(await setMapping({ local_ip_address: '10.0.0.3' })).toBe(retvals.VALUE_EXIST);
        expect(await setMapping({ external_port: 9090 })).toBe(retvals.VALUE_EXIST);
        expect(await setMapping({ external_port: 9090, flags: OUT2IN })).toBe(0);
        expect(await mappings()).toEqual([shown, { ...shown, external_port: 9090, flags: OUT2IN }]);
      });

      test('removed with another inside host it is gone, and blocks the true one', async () => {
        await setMapping();
        expect(await setMapping({ is_add: false, local_ip_address: '10.0.0.77' })).toBe(0);
        expect(await mappings()).toEqual([]);
        expect(await setMapping()).toBe(retvals.VALUE_EXIST);
      });

      test('of addresses only, in a table of its own', async () => {
        const vrf = it.unique();
        const whole = { flags: ADDRESS_ONLY, vrf_id: vrf };
        expect(await setMapping(whole)).toBe(0);
        expect(await mappings()).toEqual([{ ...shown, ...whole, protocol: 0, local_port: 0, external_port: 0 }]);
        expect(await tables()).toContain(vrf);
        expect(await setMapping({ ...whole, is_add: false })).toBe(0);
        expect(await tables()).not.toContain(vrf);
      });

      test('twice NAT is not of addresses only', async () => {
        expect(await setMapping({ flags: TWICE | ADDRESS_ONLY })).toBe(retvals.UNSUPPORTED);
        expect(await setMapping({ flags: TWICE })).toBe(0);
        expect(await mappings()).toEqual([{ ...shown, flags: TWICE }]);
      });

      test('by the address of an interface, now or later', async () => {
        const { index, device } = await it.hostInterface();
        const by = { external_sw_if_index: index };
        const record = { ...shown, ...by, external_ip_address: '0.0.0.0', vrf_id: ANY };
        expect(await setMapping(by)).toBe(0);
        expect(await setMapping(by)).toBe(retvals.VALUE_EXIST);
        expect(await mappings()).toEqual([record]);
        await addAddress(it.client, index, '192.0.2.1/24');
        expect(await mappings()).toEqual([{ ...shown, external_ip_address: '192.0.2.1' }, record]);
        expect(await setMapping({ ...by, is_add: false })).toBe(0);
        expect(await setMapping({ ...by, is_add: false })).toBe(retvals.NO_SUCH_ENTRY);
        expect(await mappings()).toEqual([]);
        await it.client.call(afPacketDelete, { host_if_name: device });
      });
    });

    describe('identity mappings', () => {
      const { is_add: _, ...shown } = identity();

      test('in each table once', async () => {
        const vrf = it.unique();
        expect(await setIdentity()).toBe(0);
        expect(await setIdentity()).toBe(retvals.VALUE_EXIST);
        expect(await setIdentity({ vrf_id: vrf, tag: 'ignored' })).toBe(0);
        expect(await identities()).toEqual([shown, { ...shown, vrf_id: vrf }]);
        expect(await setIdentity({ is_add: false })).toBe(0);
        expect(await setIdentity({ is_add: false })).toBe(retvals.NO_SUCH_ENTRY);
        expect(await identities()).toEqual([{ ...shown, vrf_id: vrf }]);
        expect(await setIdentity({ is_add: false, vrf_id: vrf })).toBe(0);
        expect(await identities()).toEqual([]);
        expect(await mappings()).toEqual([]);
      });

      test('of an address only', async () => {
        expect(await setIdentity({ flags: ADDRESS_ONLY })).toBe(0);
        expect(await identities()).toEqual([{ ...shown, flags: ADDRESS_ONLY, protocol: 0, port: 0 }]);
      });
    });

    test('IPFIX logging reads back inverted', async () => {
      const log = (enable: boolean) =>
        retvalOf(it.client, nat.natIpfixEnableDisable, { domain_id: 1, src_port: 4739, enable });
      expect([await log(true), await log(true)]).toEqual([0, 0]);
      expect(await running()).toMatchObject({ ipfix_logging_enabled: false });
      expect([await log(false), await log(false)]).toEqual([0, 0]);
      expect(await running()).toMatchObject({ ipfix_logging_enabled: true });
    });

    test('limits, MSS, sessions', async () => {
      const limit = (vrf_id: number) => retvalOf(it.client, nat.nat44SetSessionLimit, { session_limit: 10, vrf_id });
      expect([await limit(0), await limit(123_456)]).toEqual([0, retvals.UNSPECIFIED]);
      await it.client.call(nat.natSetMssClamping, { mss_value: 1400, enable: true });
      expect(await it.client.call(nat.natGetMssClamping, {})).toEqual({ retval: 0, mss_value: 1400, enable: true });
      expect(await retvalOf(it.client, sessions.nat44DelSession, session)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await it.client.dump(sessions.nat44UserDump, {})).toEqual([]);
      expect(await it.client.dump(sessions.nat44UserSessionV3Dump, { ip_address: '10.0.0.1', vrf_id: 0 })).toEqual([]);
    });

    test('tables that NAT may route between', async () => {
      const [from, to] = [it.unique(), it.unique()];
      const table = (is_add: boolean) => retvalOf(it.client, nat.nat44EdAddDelVrfTable, { table_vrf_id: from, is_add });
      const route = (vrf_id: number, is_add: boolean, table_vrf_id = from) =>
        retvalOf(it.client, nat.nat44EdAddDelVrfRoute, { table_vrf_id, vrf_id, is_add });
      const all = () => it.client.dump(nat.nat44EdVrfTablesV2Dump, {});
      expect([await table(true), await table(true)]).toEqual([0, retvals.VALUE_EXIST]);
      expect([await route(to, true), await route(to, true)]).toEqual([0, retvals.VALUE_EXIST]);
      expect(await route(to, true, 123_456)).toBe(retvals.NO_SUCH_ENTRY);
      expect(await all()).toEqual([{ table_vrf_id: from, vrf_ids: [to] }]);
      expect([await route(to, false), await route(to, false)]).toEqual([0, retvals.NO_SUCH_ENTRY]);
      expect([await table(false), await table(false)]).toEqual([0, retvals.NO_SUCH_ENTRY]);
      expect(await all()).toEqual([]);
    });
  });
});
