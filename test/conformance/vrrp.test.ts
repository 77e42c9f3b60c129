import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import { swInterfaceAddDelAddress } from '#lib/vpp/messages/interface.js';
import { ipAddressDump } from '#lib/vpp/messages/ip.js';
import * as vrrp from '#lib/vpp/messages/vrrp.js';
import { retvals } from '#lib/vpp/retval.js';
import { anyIndex, noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { waitFor } from '../harness/wait-for.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { addAddress, address, retvalOf, setUp } from './requests.js';

const { VRRP_API_VR_PREEMPT: PREEMPT, VRRP_API_VR_ACCEPT: ACCEPT } = vrrp.vrrpVrFlags.values;
const { VRRP_API_VR_UNICAST: UNICAST, VRRP_API_VR_IPV6: IP6 } = vrrp.vrrpVrFlags.values;
const { VRRP_API_VR_STATE_INIT: INIT, VRRP_API_VR_STATE_BACKUP: BACKUP } = vrrp.vrrpVrState.values;
const { VRRP_API_VR_STATE_MASTER: MASTER, VRRP_API_VR_STATE_INTF_DOWN: DOWN } = vrrp.vrrpVrState.values;
const UNKNOWN = swIfIndex(9999);
const VR_ID = 10;

type Add = Infer<typeof vrrp.vrrpVrAddDel.request>;
type Details = Infer<typeof vrrp.vrrpVrDump.details>;

onEachLane('VRRP', (lane) => {
  let it: Subject;
  let port: SwIfIndex;
  let device: string;
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it.stop(), 30_000);
  beforeEach(async () => {
    ({ index: port, device } = await it.hostInterface());
    await addAddress(it.client, port, '10.8.0.1/25');
    await setUp(it.client, port);
  });
  afterEach(async () => {
    for (const { config } of await routers()) await stopAndRemove(config);
    await it.client.call(afPacketDelete, { host_if_name: device }, { raw: true });
  });

  const router = (change: Partial<Add> = {}): Add => ({
    is_add: 1,
    sw_if_index: port,
    vr_id: VR_ID,
    priority: 100,
    interval: 5,
    flags: PREEMPT,
    addrs: ['10.8.0.100'],
    ...change,
  });
  const add = (change: Partial<Add> = {}) => retvalOf(it.client, vrrp.vrrpVrAddDel, router(change));
  const key = (change: object = {}) => ({ sw_if_index: port, vr_id: VR_ID, is_ipv6: 0, ...change });
  const run = (is_start: 0 | 1, change: object = {}) =>
    retvalOf(it.client, vrrp.vrrpVrStartStop, { ...key(change), is_start });
  const routers = (index = noInterface) => it.client.dump(vrrp.vrrpVrDump, { sw_if_index: index });
  const stopAndRemove = async ({ sw_if_index, vr_id, priority, interval, flags }: Details['config']) => {
    await run(0, { sw_if_index, vr_id, is_ipv6: flags & IP6 ? 1 : 0 });
    const gone = { is_add: 0, sw_if_index, vr_id, priority, interval, flags, addrs: [] };
    await it.client.call(vrrp.vrrpVrAddDel, gone, { raw: true });
  };
  const shown = async (id = VR_ID) => (await routers(port)).find(({ config }) => config.vr_id === id);
  const inState = (state: number, id = VR_ID) =>
    waitFor(`state ${state}`, async () => (await shown(id))?.runtime.state === state);
  const addresses = async () =>
    (await it.client.dump(ipAddressDump, { sw_if_index: port, is_ipv6: false })).map(({ prefix }) => prefix);

  describe('made and read back', () => {
    test('IPv4 and IPv6 of one id side by side', async () => {
      expect(await add()).toBe(0);
      expect(await add()).toBe(retvals.ENTRY_ALREADY_EXISTS);
      expect(await add({ flags: PREEMPT | IP6, addrs: ['fe80::5', '2001:db8::1'], interval: 100 })).toBe(0);
      const idle = { state: INIT, master_adv_int: 0, skew: 0, master_down_int: 0 };
      const tracking = { interfaces_dec: 0, priority: 100 };
      expect(await routers(port)).toEqual([
        {
          config: { sw_if_index: port, vr_id: VR_ID, priority: 100, interval: 5, flags: PREEMPT },
          runtime: { ...idle, mac: '00:00:5e:00:01:0a', tracking },
          addrs: ['10.8.0.100'],
        },
        {
          config: { sw_if_index: port, vr_id: VR_ID, priority: 100, interval: 100, flags: PREEMPT | IP6 },
          runtime: { ...idle, mac: '00:00:5e:00:02:0a', tracking },
          addrs: ['fe80::5', '2001:db8::1'],
        },
      ]);
      expect(await routers(UNKNOWN)).toEqual([]);
      expect(await add({ is_add: 0 })).toBe(0);
      expect(await add({ is_add: 0 })).toBe(retvals.NO_SUCH_ENTRY);
      expect(await routers(port)).toHaveLength(1);
    });

    test.each<[string, Partial<Add>, number]>([
      ['an unknown interface', { sw_if_index: UNKNOWN }, retvals.INVALID_SW_IF_INDEX],
      ['priority 0', { priority: 0 }, retvals.INVALID_VALUE],
      ['interval 0', { interval: 0 }, retvals.INVALID_VALUE],
      ['id 0', { vr_id: 0 }, retvals.INVALID_VALUE],
      ['no address', { addrs: [] }, retvals.INVALID_SRC_ADDRESS],
      ['an owner without the address', { priority: 255 }, retvals.ADDRESS_NOT_FOUND_FOR_INTERFACE],
      ['removal with priority 0', { is_add: 0, priority: 0 }, retvals.INVALID_VALUE],
    ])('%s is refused', async (_name, change, retval) => {
      expect(await add(change)).toBe(retval);
      expect(await routers(port)).toEqual([]);
    });

    test('an address of another router is refused', async () => {
      await add();
      expect(await add({ vr_id: 11 })).toBe(retvals.ADDRESS_IN_USE);
    });

    test('an address of the other family is read as its bytes', async () => {
      expect(await add({ addrs: ['2001:db8::1:1'] })).toBe(0);
      expect((await shown())?.addrs).toEqual(['0.1.0.1']);
    });
  });

  describe('running', () => {
    test('a backup that hears nobody becomes master', async () => {
      await add();
      expect(await run(1)).toBe(0);
      expect(await run(1)).toBe(0);
      expect((await shown())?.runtime).toMatchObject({ master_adv_int: 5, skew: 3, master_down_int: 18 });
      await inState(MASTER);
      expect(await run(0)).toBe(0);
      expect(await run(0)).toBe(0);
      expect((await shown())?.runtime).toMatchObject({ state: INIT, master_down_int: 18 });
      expect(await run(1, { vr_id: 99 })).toBe(retvals.NO_SUCH_ENTRY);
    });

    test('an owner is master at once', async () => {
      expect(await add({ priority: 255, addrs: ['10.8.0.1'] })).toBe(0);
      await run(1);
      expect((await shown())?.runtime.state).toBe(MASTER);
    });

    test('events, in the order of the states, before the reply that caused them', async () => {
      const seen: string[] = [];
      const stop = it.client.on(vrrp.vrrpVrEvent, ({ vr, old_state, new_state }) => {
        expect(vr).toEqual(key());
        seen.push(`${old_state}-${new_state}`);
      });
      const want = (enable_disable: boolean) => retvalOf(it.client, vrrp.wantVrrpVrEvents, { enable_disable, pid: 1 });
      expect(await want(true)).toBe(0);
      expect(await want(true)).toBe(retvals.INVALID_REGISTRATION);
      await add();
      await run(1);
      expect(seen).toEqual([`${INIT}-${BACKUP}`]);
      await inState(MASTER);
      await setUp(it.client, port, false);
      await setUp(it.client, port);
      await inState(MASTER);
      await run(0);
      expect(seen.map((each) => each)).toEqual([
        `${INIT}-${BACKUP}`,
        `${BACKUP}-${MASTER}`,
        `${MASTER}-${DOWN}`,
        `${DOWN}-${BACKUP}`,
        `${BACKUP}-${MASTER}`,
        `${MASTER}-${INIT}`,
      ]);
      expect(await want(false)).toBe(0);
      expect(await want(false)).toBe(retvals.INVALID_REGISTRATION);
      stop();
    });

    test('an interface without an address is down, also after it has got one', async () => {
      await it.client.call(swInterfaceAddDelAddress, address(port, '10.8.0.1/25', false));
      await add();
      await run(1);
      expect((await shown())?.runtime.state).toBe(DOWN);
      await addAddress(it.client, port, '10.8.0.1/25');
      expect((await shown())?.runtime.state).toBe(DOWN);
      await setUp(it.client, port, false);
      await setUp(it.client, port);
      await inState(MASTER);
    });

    test('accept mode puts the address on the interface while master, with the length of the subnet there', async () => {
      await add({ flags: ACCEPT, addrs: ['10.8.0.100', '10.9.0.100'] });
      await run(1);
      await inState(MASTER);
      expect(await addresses()).toEqual(['10.8.0.1/25', '10.8.0.100/25', '10.9.0.100/24']);
      await run(0);
      expect(await addresses()).toEqual(['10.8.0.1/25']);
    });

    test('removed while master it leaves its address behind', async () => {
      await add({ flags: ACCEPT });
      await run(1);
      await inState(MASTER);
      expect(await add({ is_add: 0, flags: ACCEPT })).toBe(0);
      expect(await addresses()).toEqual(['10.8.0.1/25', '10.8.0.100/25']);
    });

    test('outlives its interface, and cannot be removed then', async () => {
      await add();
      await run(1);
      await inState(MASTER);
      await it.client.call(afPacketDelete, { host_if_name: device });
      expect((await shown())?.runtime.state).toBe(DOWN);
      expect(await add({ is_add: 0 })).toBe(retvals.INVALID_SW_IF_INDEX);
      const next = await it.hostInterface();
      expect(next.index).toBe(port);
      expect(await add({ is_add: 0 })).toBe(0);
      await it.client.call(afPacketDelete, { host_if_name: next.device });
    });
  });

  describe('changed', () => {
    const update = async (vrrp_index: number, change: Partial<Add> = {}) => {
      const { is_add: _, ...config } = router(change);
      return it.client.call(vrrp.vrrpVrUpdate, { vrrp_index, ...config }, { raw: true });
    };

    test('made by its absence, then changed while running', async () => {
      const { retval, vrrp_index } = await update(anyIndex);
      expect(retval).toBe(0);
      await run(1);
      await inState(MASTER);
      const to = { priority: 150, interval: 7, addrs: ['10.8.0.100', '10.8.0.101'] };
      expect(await update(vrrp_index, to)).toEqual({ retval: 0, vrrp_index });
      expect(await shown()).toMatchObject({
        config: { priority: 150, interval: 7 },
        runtime: { state: BACKUP, skew: 2 },
        addrs: ['10.8.0.100', '10.8.0.101'],
      });
      await inState(MASTER);
      expect(await update(anyIndex)).toEqual({ retval: retvals.ENTRY_ALREADY_EXISTS, vrrp_index: anyIndex });
    });

    test('every second of the addresses that go stays', async () => {
      const { vrrp_index } = await update(anyIndex, { addrs: ['10.8.0.100', '10.8.0.110', '10.8.0.111'] });
      expect(await update(vrrp_index, { addrs: ['10.8.0.120'] })).toEqual({ retval: 0, vrrp_index });
      expect((await shown())?.addrs).toEqual(['10.8.0.111', '10.8.0.120']);
    });

    test('refused', async () => {
      const { vrrp_index } = await update(anyIndex);
      await update(anyIndex, { vr_id: 11, addrs: ['10.8.0.111'] });
      const same = (retval: number) => ({ retval, vrrp_index });
      expect(await update(vrrp_index, { vr_id: 12 })).toEqual(same(retvals.INVALID_ARGUMENT));
      expect(await update(vrrp_index, { addrs: [] })).toEqual(same(retvals.INVALID_SRC_ADDRESS));
      expect(await update(vrrp_index, { addrs: ['10.8.0.111'] })).toEqual(same(retvals.ADDRESS_IN_USE));
      expect(await update(9999)).toEqual({ retval: retvals.NO_SUCH_ENTRY, vrrp_index: 9999 });
      const none = { vrrp_index: anyIndex };
      expect(await update(vrrp_index, { priority: 0 })).toEqual({ retval: retvals.INVALID_VALUE, ...none });
      const unknown = { retval: retvals.INVALID_SW_IF_INDEX, ...none };
      expect(await update(vrrp_index, { sw_if_index: UNKNOWN })).toEqual(unknown);
    });
  });

  describe('unicast peers', () => {
    const setPeers = (addrs: string[], change: object = {}) =>
      retvalOf(it.client, vrrp.vrrpVrSetPeers, { ...key(change), addrs });
    const peers = (change: object = {}) => it.client.dump(vrrp.vrrpVrPeerDump, key(change));

    test('set, replaced, needed to start, fixed while running', async () => {
      await add({ flags: UNICAST });
      expect(await run(1)).toBe(retvals.INIT_FAILED);
      expect(await peers()).toEqual([{ ...key(), peer_addrs: [] }]);
      expect(await setPeers(['10.8.0.2', '10.8.0.3'])).toBe(0);
      expect(await setPeers(['10.8.0.4'])).toBe(0);
      expect(await peers()).toEqual([{ ...key(), peer_addrs: ['10.8.0.4'] }]);
      expect(await run(1)).toBe(0);
      expect(await setPeers(['10.8.0.5'])).toBe(retvals.RSRC_IN_USE);
    });

    test('refused', async () => {
      await add({ flags: UNICAST });
      expect(await setPeers([])).toBe(retvals.INVALID_DST_ADDRESS);
      expect(await setPeers(['10.8.0.2'], { vr_id: 99 })).toBe(retvals.NO_SUCH_ENTRY);
      await add({ vr_id: 11, addrs: ['10.8.0.111'] });
      expect(await setPeers(['10.8.0.2'], { vr_id: 11 })).toBe(retvals.INVALID_ARGUMENT);
      expect(await peers({ vr_id: 99 })).toEqual([]);
    });

    test('of all routers come as something else', async () => {
      await add({ flags: UNICAST });
      await setPeers(['10.8.0.2']);
      expect(await peers({ sw_if_index: noInterface })).toEqual([]);
    });
  });

  describe('tracking', () => {
    let other: { index: SwIfIndex; device: string };
    beforeEach(async () => {
      other = await it.hostInterface();
      await add();
    });
    afterEach(async () => {
      await it.client.call(afPacketDelete, { host_if_name: other.device });
    });
    const track = (is_add: 0 | 1, priority: number, change: object = {}) =>
      retvalOf(it.client, vrrp.vrrpVrTrackIfAddDel, {
        ...key(change),
        is_add,
        ifs: [{ sw_if_index: other.index, priority }],
      });
    const tracked = (dump_all: 0 | 1, change: object = {}) =>
      it.client.dump(vrrp.vrrpVrTrackIfDump, { ...key(change), dump_all });
    const tracking = async () => (await shown())?.runtime.tracking;

    test('added, repeated, removed, removed again', async () => {
      expect(await tracked(0)).toEqual([{ ...key(), ifs: [] }]);
      expect(await tracked(1)).toEqual([]);
      expect(await track(1, 30)).toBe(0);
      expect(await track(1, 40)).toBe(0);
      const row = { ...key(), ifs: [{ sw_if_index: other.index, priority: 30 }] };
      expect(await tracked(0)).toEqual([row]);
      expect(await tracked(1)).toEqual([row]);
      expect(await track(0, 7)).toBe(0);
      expect(await track(0, 7)).toBe(0);
      expect(await tracked(0)).toEqual([{ ...key(), ifs: [] }]);
      expect(await track(1, 30, { vr_id: 99 })).toBe(retvals.INVALID_VALUE);
      expect(await tracked(0, { vr_id: 99 })).toEqual([]);
    });

    test('up means admin state, link and an address of the family', async () => {
      const off = { interfaces_dec: 30, priority: 70 };
      const on = { interfaces_dec: 0, priority: 100 };
      await track(1, 30);
      expect(await tracking()).toEqual(off);
      await setUp(it.client, other.index);
      expect(await tracking()).toEqual(off);
      await addAddress(it.client, other.index, '10.99.0.1/24');
      expect(await tracking()).toEqual(on);
      await setUp(it.client, other.index, false);
      expect(await tracking()).toEqual(off);
      await track(0, 30);
      expect(await tracking()).toEqual(on);
    });

    test('the priority does not fall below one', async () => {
      await track(1, 200);
      expect(await tracking()).toEqual({ interfaces_dec: 200, priority: 1 });
    });
  });
});
