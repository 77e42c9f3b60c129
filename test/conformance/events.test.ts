import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Infer } from '#lib/vpp/message.js';
import * as intf from '#lib/vpp/messages/interface.js';
import { retvals } from '#lib/vpp/retval.js';
import type { SwIfIndex } from '#lib/vpp/types.js';
import { waitFor } from '../harness/wait-for.js';
import { onEachLane, type Subject, startSubject } from './lane.js';
import { loopback, makeSubif, retvalOf, setUp } from './requests.js';

onEachLane('interface events', (lane) => {
  let it: Subject;
  const seen: Infer<typeof intf.swInterfaceEvent>[] = [];
  beforeAll(async () => {
    it = await startSubject(lane);
    it.client.on(intf.swInterfaceEvent, (event) => seen.push(event));
  }, 60_000);
  afterAll(() => it?.stop(), 30_000);

  const want = (enable_disable: number) => retvalOf(it.client, intf.wantInterfaceEvents, { enable_disable, pid: 42 });
  const about = (index: SwIfIndex) =>
    seen.filter((event) => event.sw_if_index === index).map(({ flags, deleted }) => ({ flags, deleted }));

  test('asking twice is refused, and taken back twice as well', async () => {
    expect([await want(1), await want(1)]).toEqual([0, retvals.INVALID_REGISTRATION]);
    expect([await want(0), await want(0)]).toEqual([0, retvals.INVALID_REGISTRATION]);
    expect(await want(1)).toBe(0);
  });

  test('created, up, down, deleted', async () => {
    const index = await loopback(it.client, it.unique());
    await waitFor('created', () => about(index).length === 1);
    await setUp(it.client, index);
    await waitFor('up', () => about(index).some(({ flags }) => (flags & 1) === 1));
    const before = about(index).length;
    await setUp(it.client, index, false);
    await waitFor('down', () => about(index).length > before);
    await it.client.call(intf.deleteLoopback, { sw_if_index: index });
    await waitFor('deleted', () => about(index).some(({ deleted }) => deleted));
    expect(about(index)[0]).toEqual({ flags: 0, deleted: false });
    expect(seen.every(({ pid }) => pid === 42)).toBe(true);
  });

  test('for sub-interfaces too', async () => {
    const parent = await it.hostInterface();
    await setUp(it.client, parent.index);
    const index = await makeSubif(it.client, parent.index, 10, 10);
    await setUp(it.client, index);
    await waitFor('up', () => about(index).some(({ flags }) => (flags & 1) === 1));
    await it.client.call(intf.deleteSubif, { sw_if_index: index });
    await waitFor('deleted', () => about(index).some(({ deleted }) => deleted));
  });

  test('none after they were taken back', async () => {
    await want(0);
    const before = seen.length;
    const index = await loopback(it.client, it.unique());
    await setUp(it.client, index);
    await want(1);
    const other = await loopback(it.client, it.unique());
    await waitFor('the other one', () => about(other).length > 0);
    expect(seen.slice(before).filter((event) => event.sw_if_index === index)).toEqual([]);
  });
});
