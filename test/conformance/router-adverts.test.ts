import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import { afPacketDelete } from '#lib/vpp/messages/af-packet.js';
import * as ip from '#lib/vpp/messages/ip.js';
import * as nd from '#lib/vpp/messages/ip6-nd.js';
import { retvals } from '#lib/vpp/retval.js';
import { noInterface, type SwIfIndex, swIfIndex } from '#lib/vpp/types.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { retvalOf, setUp } from './requests.js';

const UNKNOWN = swIfIndex(9999);
const FOREVER = 0xffffffff;
const PREFIX = '2001:db8:1::/64';

type Config = Infer<typeof nd.swInterfaceIp6ndRaConfig.request>;
type Prefix = Infer<typeof nd.swInterfaceIp6ndRaPrefix.request>;

onEachLane('router advertisements', (lane) => {
  let it: Subject;
  let port: { index: SwIfIndex; device: string };
  beforeAll(async () => {
    it = await startSubject(lane);
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  const ip6 = (enable: boolean, index = port.index) =>
    retvalOf(it.client, ip.swInterfaceIp6EnableDisable, { sw_if_index: index, enable });
  const configure = (change: Partial<Config> = {}) =>
    retvalOf(it.client, nd.swInterfaceIp6ndRaConfig, {
      sw_if_index: port.index,
      suppress: 0,
      managed: 0,
      other: 0,
      ll_option: 0,
      send_unicast: 0,
      cease: 0,
      is_no: false,
      default_router: 0,
      max_interval: 0,
      min_interval: 0,
      lifetime: 0,
      initial_count: 0,
      initial_interval: 0,
      ...change,
    });
  const advertise = (change: Partial<Prefix> = {}) =>
    retvalOf(it.client, nd.swInterfaceIp6ndRaPrefix, {
      sw_if_index: port.index,
      prefix: PREFIX,
      use_default: false,
      no_advertise: false,
      off_link: false,
      no_autoconfig: false,
      no_onlink: false,
      is_no: false,
      val_lifetime: 7200,
      pref_lifetime: 3600,
      ...change,
    });
  const shown = async (sw_if_index: SwIfIndex = port.index) =>
    it.client.dump(nd.swInterfaceIp6ndRaDump, { sw_if_index });
  const prefixes = async () => (await shown())[0]?.prefixes.map(({ prefix }) => prefix);

  beforeEach(async () => {
    port = await it.hostInterface();
    await setUp(it.client, port.index);
  });

  test('need IPv6', async () => {
    expect(await configure()).toBe(retvals.IP6_NOT_ENABLED);
    expect(await advertise()).toBe(retvals.IP6_NOT_ENABLED);
    expect(await configure({ sw_if_index: UNKNOWN })).toBe(retvals.INVALID_SW_IF_INDEX);
    expect(await advertise({ sw_if_index: UNKNOWN })).toBe(retvals.INVALID_SW_IF_INDEX);
    expect(await shown()).toEqual([]);
  });

  test('off at first; the first word about them turns them on', async () => {
    await ip6(true);
    expect(await shown()).toMatchObject([
      {
        sw_if_index: port.index,
        cur_hop_limit: 64,
        adv_managed_flag: false,
        adv_other_flag: false,
        adv_router_lifetime: 600,
        send_radv: false,
        cease_radv: false,
        send_unicast: false,
        adv_link_layer_address: true,
        max_radv_interval: 200,
        min_radv_interval: 150,
        initial_adverts_count: 3,
        initial_adverts_interval: 16,
        prefixes: [],
      },
    ]);
    expect(await configure()).toBe(0);
    expect(await shown()).toMatchObject([{ send_radv: true }]);
    expect((await shown(noInterface)).map(({ sw_if_index }) => sw_if_index)).toContain(port.index);
  });

  test('flags set one by one, and set back', async () => {
    await ip6(true);
    for (const change of [{ managed: 1 }, { other: 1 }, { ll_option: 1 }, { send_unicast: 1 }, { cease: 1 }])
      expect(await configure(change)).toBe(0);
    const set = { adv_managed_flag: true, adv_other_flag: true, send_unicast: true, adv_link_layer_address: false };
    expect(await shown()).toMatchObject([{ ...set, cease_radv: true }]);
    expect(await configure({ managed: 1, is_no: true })).toBe(0);
    expect(await shown()).toMatchObject([{ ...set, adv_managed_flag: false }]);
    expect(await configure({ suppress: 1 })).toBe(0);
    expect(await shown()).toMatchObject([{ send_radv: false }]);
    expect(await configure({ suppress: 1, is_no: true })).toBe(0);
    expect(await shown()).toMatchObject([{ send_radv: true }]);
  });

  describe('times', () => {
    beforeEach(() => ip6(true));

    test('set, and back to what they were', async () => {
      const times = { max_interval: 30, min_interval: 10, default_router: 1, lifetime: 90 };
      expect(await configure({ ...times, initial_count: 2, initial_interval: 4 })).toBe(0);
      expect(await shown()).toMatchObject([
        {
          max_radv_interval: 30,
          min_radv_interval: 10,
          adv_router_lifetime: 90,
          initial_adverts_count: 2,
          initial_adverts_interval: 4,
        },
      ]);
      expect(await configure({ default_router: 1, is_no: true })).toBe(0);
      expect(await shown()).toMatchObject([{ max_radv_interval: 30, adv_router_lifetime: 600 }]);
    });

    test('the least interval follows the greatest, and a lifetime has its bound', async () => {
      expect(await configure({ max_interval: 100, default_router: 1, lifetime: 60_000 })).toBe(0);
      expect(await shown()).toMatchObject([
        { max_radv_interval: 100, min_radv_interval: 75, adv_router_lifetime: 9000 },
      ]);
    });

    test.each([
      ['a lifetime shorter than the interval', { default_router: 1, lifetime: 100 }],
      ['a least interval too near the greatest', { max_interval: 100, min_interval: 80 }],
      ['a least interval below three seconds', { max_interval: 100, min_interval: 2 }],
      ['too many initial adverts', { initial_count: 4 }],
      ['initial adverts too far apart', { initial_interval: 17 }],
    ])('%s is refused, and turns them on all the same', async (_, change) => {
      expect(await configure(change)).toBe(retvals.INVALID_VALUE);
      expect(await shown()).toMatchObject([{ send_radv: true, max_radv_interval: 200, adv_router_lifetime: 600 }]);
    });
  });

  describe('prefixes', () => {
    beforeEach(() => ip6(true));

    test('added, changed, removed, removed again', async () => {
      expect(await advertise()).toBe(0);
      const on = { prefix: PREFIX, onlink_flag: true, autonomous_flag: true, no_advertise: false };
      const lifetimes = { val_lifetime: 7200, pref_lifetime: 3600 };
      expect(await shown()).toMatchObject([{ prefixes: [{ ...on, ...lifetimes }] }]);
      expect(await advertise({ off_link: true, no_autoconfig: true, no_advertise: true })).toBe(0);
      const off = { onlink_flag: false, autonomous_flag: false, no_advertise: true };
      expect(await shown()).toMatchObject([{ prefixes: [{ prefix: PREFIX, ...off, ...lifetimes }] }]);
      expect(await advertise({ is_no: true })).toBe(0);
      expect(await prefixes()).toEqual([]);
      expect(await advertise({ is_no: true })).toBe(retvals.INVALID_VALUE);
    });

    test('of the default lifetimes, or for ever', async () => {
      expect(await advertise({ use_default: true })).toBe(0);
      expect(await shown()).toMatchObject([
        { prefixes: [{ val_lifetime: 2_592_000, pref_lifetime: 604_800, decrement_lifetime_flag: true }] },
      ]);
      expect(await advertise({ val_lifetime: FOREVER, pref_lifetime: FOREVER })).toBe(0);
      expect(await shown()).toMatchObject([
        { prefixes: [{ val_lifetime: FOREVER, pref_lifetime: FOREVER, decrement_lifetime_flag: false }] },
      ]);
    });

    test('an address has one length', async () => {
      await advertise();
      expect(await advertise({ prefix: '2001:db8:1::/56' })).toBe(retvals.INVALID_VALUE_2);
      expect(await prefixes()).toEqual([PREFIX]);
    });
  });

  test('go when IPv6 goes, and with the interface', async () => {
    await ip6(true);
    await configure({ managed: 1 });
    await advertise();
    expect(await ip6(false)).toBe(0);
    expect(await shown()).toEqual([]);
    await ip6(true);
    expect(await shown()).toMatchObject([{ send_radv: false, adv_managed_flag: false, prefixes: [] }]);
    await it.client.call(afPacketDelete, { host_if_name: port.device });
    expect((await shown(noInterface)).map(({ sw_if_index }) => sw_if_index)).not.toContain(port.index);
  });
});
