import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { i32, u32 } from './codec.js';
import { dump, reply, request, stream } from './message.js';
import { swInterfaceEvent, swInterfaceSetFlags, wantInterfaceEvents } from './messages/interface.js';
import { swInterfaceRxPlacementDump } from './messages/interface-rx.js';
import { ipTableDump } from './messages/ip.js';
import { controlPing } from './messages/memclnt.js';
import { ClientHarness } from './testing/client-harness.js';
import { allMessages, type FakeVppOptions } from './testing/fake-vpp.js';
import { noInterface, swIfIndex } from './types.js';

let harness: ClientHarness;
beforeEach(() => {
  harness = new ClientHarness();
});
afterEach(() => harness.close());

const flags = (index: number) => ({ sw_if_index: swIfIndex(index), flags: 1 });
const ok: FakeVppOptions['on'] = {
  sw_interface_set_flags: (vpp) => vpp.send(swInterfaceSetFlags.reply, { retval: 0 }),
};

describe('dump and stream', () => {
  const tables = [0, 10, 20].map((table_id) => ({ table: { table_id, is_ip6: false, name: `t${table_id}` } }));

  test('a dump ends with the ping behind it', async () => {
    await harness.fakeVpp({
      on: { ip_table_dump: (vpp) => tables.forEach((value) => void vpp.send(ipTableDump.details, value)) },
    });
    const client = await harness.readyClient();
    expect(await client.dump(ipTableDump, {})).toEqual(tables);
  });

  test('an empty dump is empty, and requests around it are not disturbed', async () => {
    await harness.fakeVpp({ on: { ...ok, ip_table_dump: () => {} } });
    const client = await harness.readyClient();
    const all = await Promise.all([
      client.call(swInterfaceSetFlags, flags(1)),
      client.dump(ipTableDump, {}),
      client.call(swInterfaceSetFlags, flags(2)),
    ]);
    expect(all).toEqual([{ retval: 0 }, [], { retval: 0 }]);
  });

  test('details under a wrong id are taken where the definition says so', async () => {
    const quirky = dump(ipTableDump.request, ipTableDump.details, { wrongId: true });
    await harness.fakeVpp({ on: { ip_table_dump: (vpp) => vpp.sendAs(3, ipTableDump.details, tables[1] as never) } });
    const client = await harness.readyClient();
    expect(await client.dump(quirky, {})).toEqual([tables[1]]);
    expect(await client.dump(ipTableDump, {})).toEqual([]);
  });

  test('details with a client index before their context are taken by that context', async () => {
    const rows = [3, 4].map((index) => ({ sw_if_index: swIfIndex(index), queue_id: 0, worker_id: 0, mode: 1 }));
    await harness.fakeVpp({
      on: {
        sw_interface_rx_placement_dump: (vpp) =>
          rows.forEach((row) => void vpp.sendBare(swInterfaceRxPlacementDump.details, row)),
      },
    });
    const client = await harness.readyClient();
    const request = { sw_if_index: noInterface };
    expect(await client.dump(swInterfaceRxPlacementDump, request)).toEqual(rows);
    expect(await client.dump(swInterfaceRxPlacementDump, request)).toEqual(rows);
  });

  test('a stream follows its cursor until there is no more', async () => {
    const get = stream(
      request('thing_get', '00000001', { cursor: u32 }),
      reply('thing_details', '00000002', { n: u32 }),
      reply('thing_get_reply', '00000003', { retval: i32, cursor: u32 }),
    );
    await harness.fakeVpp({
      messages: [...allMessages, get.request, get.details, get.reply],
      on: {
        thing_get: (vpp, { cursor }: { cursor: number }) => {
          vpp.send(get.details, { n: cursor });
          vpp.send(get.details, { n: cursor + 1 });
          vpp.send(get.reply, { retval: cursor < 4 ? -165 : 0, cursor: cursor + 2 });
        },
      },
    });
    const client = await harness.readyClient({ required: [get] });
    expect(await client.streamGet(get, { cursor: 0 })).toEqual([0, 1, 2, 3, 4, 5].map((n) => ({ n })));
  });
});

describe('events', () => {
  const event = { pid: 1, sw_if_index: swIfIndex(5), flags: 3, deleted: false };

  test('reach their handlers until these are taken off, a failing one harms nobody', async () => {
    const vpp = await harness.fakeVpp({
      on: {
        want_interface_events: (exchange) => {
          exchange.send(swInterfaceEvent, event);
          exchange.send(wantInterfaceEvents.reply, { retval: 0 });
        },
      },
    });
    const warnings: string[] = [];
    const seen: unknown[] = [];
    const client = await harness.readyClient({ onWarning: ({ kind }) => warnings.push(kind) });
    client.on(swInterfaceEvent, () => {
      throw new Error('handler');
    });
    const stop = client.on(swInterfaceEvent, (value) => seen.push(value));
    await client.call(wantInterfaceEvents, { enable_disable: 1, pid: 1 });
    stop();
    vpp.broadcast(swInterfaceEvent, event);
    await client.call(controlPing, {});
    expect(seen).toEqual([event]);
    expect(warnings).toEqual(['handler-failed', 'handler-failed']);
  });

  test('an unexpected message is a warning, not a failure', async () => {
    const warnings: string[] = [];
    await harness.fakeVpp({
      on: {
        sw_interface_set_flags: (vpp) => {
          vpp.sendAs(9999, swInterfaceSetFlags.reply, { retval: 0 });
          vpp.send(swInterfaceSetFlags.reply, { retval: 0 });
        },
      },
    });
    const client = await harness.readyClient({ onWarning: ({ kind }) => warnings.push(kind) });
    expect(await client.call(swInterfaceSetFlags, flags(1))).toEqual({ retval: 0 });
    expect(warnings).toEqual(['unexpected-message']);
  });
});
