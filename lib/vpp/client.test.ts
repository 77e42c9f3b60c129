import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { i32 } from './codec.js';
import { reply } from './message.js';
import { aclInterfaceSetAclList } from './messages/acl.js';
import { swInterfaceSetFlags } from './messages/interface.js';
import { controlPing } from './messages/memclnt.js';
import { policerAdd, policerDel } from './messages/policer.js';
import { ClientHarness, nextReady } from './testing/client-harness.js';
import { allMessages, type FakeVppOptions } from './testing/fake-vpp.js';
import { MessageTrace } from './trace.js';
import { swIfIndex } from './types.js';

let harness: ClientHarness;
beforeEach(() => {
  harness = new ClientHarness();
});
afterEach(() => harness.close());

const flags = (index: number) => ({ sw_if_index: swIfIndex(index), flags: 1 });
const ok: FakeVppOptions['on'] = {
  sw_interface_set_flags: (vpp) => vpp.send(swInterfaceSetFlags.reply, { retval: 0 }),
};

describe('connect', () => {
  test('is ready with the pid of VPP', async () => {
    await harness.fakeVpp({ pid: 77 });
    const client = harness.newClient();
    expect(await client.whenReady(5000)).toMatchObject({ kind: 'ready', vppPid: 77, generation: 1, restarted: false });
  });

  test('waits for a VPP that is not there yet', async () => {
    const client = harness.newClient();
    const ready = client.whenReady(5000);
    await harness.fakeVpp();
    expect(await ready).toMatchObject({ kind: 'ready' });
  });

  test('names every missing and every mismatching message in one error', async () => {
    const messages = allMessages
      .filter(({ name }) => name !== 'policer_add' && name !== 'policer_add_reply')
      .map((m) => (m.name === 'policer_del' ? { ...m, key: 'policer_del_00000001' } : m));
    await harness.fakeVpp({ messages });
    const client = harness.newClient({ required: [policerAdd, policerDel] });
    await expect(client.whenReady(5000)).rejects.toMatchObject({
      reason: 'incompatible',
      message:
        'VPP speaks another API: policer_add is missing; policer_add_reply is missing; policer_del is 00000001, 7ff7912e expected',
    });
  });

  test('an optional operation that VPP lacks is refused by name', async () => {
    await harness.fakeVpp({ messages: allMessages.filter(({ name }) => name !== 'policer_del') });
    const client = await harness.readyClient();
    expect([client.supports(policerAdd), client.supports(policerDel)]).toEqual([true, false]);
    await expect(client.call(policerDel, { policer_index: 1 })).rejects.toMatchObject({
      reason: 'unsupported',
      outcomeUnknown: false,
    });
  });

  test('a request before the connection fails at once, or waits when told to', async () => {
    const client = harness.newClient();
    await expect(client.call(swInterfaceSetFlags, flags(1))).rejects.toMatchObject({ reason: 'not-ready' });
    const waiting = client.call(swInterfaceSetFlags, flags(1), { waitReadyMs: 5000 });
    await harness.fakeVpp({ on: ok });
    expect(await waiting).toEqual({ retval: 0 });
  });
});

describe('call', () => {
  test.each([-81, 1])('retval %i is a VppError', async (retval) => {
    await harness.fakeVpp({
      on: { acl_interface_set_acl_list: (vpp) => vpp.send(aclInterfaceSetAclList.reply, { retval }) },
    });
    const client = await harness.readyClient();
    const value = { sw_if_index: swIfIndex(1), n_input: 0, acls: [1, 1] };
    await expect(client.call(aclInterfaceSetAclList, value)).rejects.toMatchObject({
      name: 'VppError',
      messageName: 'acl_interface_set_acl_list',
      retval,
    });
    expect(await client.call(aclInterfaceSetAclList, value, { accept: [retval] })).toEqual({ retval });
    expect(await client.call(aclInterfaceSetAclList, value, { raw: true })).toEqual({ retval });
  });

  test("the error says VPP's own name", async () => {
    await harness.fakeVpp({ on: { policer_del: (vpp) => vpp.send(policerDel.reply, { retval: -6 }) } });
    const client = await harness.readyClient();
    await expect(client.call(policerDel, { policer_index: 9 })).rejects.toThrow('policer_del: -6 NO_SUCH_ENTRY');
  });

  test('requests of one tick leave in one write, each gets its own reply', async () => {
    const vpp = await harness.fakeVpp({ on: ok });
    const client = await harness.readyClient({ windowRequests: 64 });
    const before = vpp.reads;
    const replies = await Promise.all(Array.from({ length: 64 }, (_, i) => client.call(swInterfaceSetFlags, flags(i))));
    expect(replies).toHaveLength(64);
    expect(vpp.reads - before).toBe(1);
  });

  test('more requests than the window all get through, in order', async () => {
    const seen: number[] = [];
    await harness.fakeVpp({
      on: {
        sw_interface_set_flags: (vpp, value: { sw_if_index: number }) => {
          seen.push(value.sw_if_index);
          vpp.send(swInterfaceSetFlags.reply, { retval: 0 });
        },
      },
    });
    const client = await harness.readyClient({ windowRequests: 16 });
    const indexes = Array.from({ length: 10_000 }, (_, i) => i);
    await Promise.all(indexes.map((i) => client.call(swInterfaceSetFlags, flags(i))));
    expect(seen).toEqual(indexes);
  });

  test('a value that does not fit is refused before anything is sent, and harms no other request', async () => {
    await harness.fakeVpp({ on: ok });
    const client = await harness.readyClient();
    const settled = await Promise.allSettled([
      client.call(swInterfaceSetFlags, flags(1)),
      client.call(swInterfaceSetFlags, flags(-1)),
      client.call(swInterfaceSetFlags, flags(2)),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { reason: 'encode', outcomeUnknown: false } });
  });

  test('a request without a reply is lost as soon as a later one is answered', async () => {
    await harness.fakeVpp({ on: ok });
    const client = await harness.readyClient({ replyTimeoutMs: 60_000, lostProbeMs: 60_000 });
    const dropped = client.call(policerDel, { policer_index: 1 });
    const later = client.call(swInterfaceSetFlags, flags(1));
    await expect(dropped).rejects.toMatchObject({ reason: 'lost', outcomeUnknown: true });
    expect(await later).toEqual({ retval: 0 });
  });

  test('a last request without a reply is found lost by a ping behind it', async () => {
    await harness.fakeVpp();
    const client = await harness.readyClient({ replyTimeoutMs: 60_000, lostProbeMs: 10 });
    await expect(client.call(policerDel, { policer_index: 1 })).rejects.toMatchObject({ reason: 'lost' });
  });

  test('so are several last ones, and those that come after', async () => {
    await harness.fakeVpp();
    const client = await harness.readyClient({ replyTimeoutMs: 60_000, lostProbeMs: 10 });
    const lost = { status: 'rejected', reason: { reason: 'lost' } };
    for (let round = 0; round < 3; round++) {
      const calls = [1, 2].map((policer_index) => client.call(policerDel, { policer_index }));
      expect(await Promise.allSettled(calls)).toMatchObject([lost, lost]);
    }
  });

  test('a VPP that answers nothing runs into the reply timer', async () => {
    let asked = 0;
    await harness.fakeVpp({
      on: {
        control_ping: (vpp) =>
          asked++ === 0 ? vpp.send(controlPing.reply, { retval: 0, client_index: 0, vpe_pid: 1 }) : undefined,
      },
    });
    const client = await harness.readyClient({ replyTimeoutMs: 40, lostProbeMs: 10 });
    await expect(client.call(policerDel, { policer_index: 1 })).rejects.toMatchObject({
      reason: 'timeout',
      outcomeUnknown: true,
    });
  });

  test('a VPP that answers nothing any more loses the connection, with what waits for the window', async () => {
    let hangs = false;
    const vpp = await harness.fakeVpp({
      on: {
        control_ping: (one) =>
          hangs ? undefined : one.send(controlPing.reply, { retval: 0, client_index: 0, vpe_pid: 1 }),
        sw_interface_set_flags: (one) => (hangs ? undefined : one.send(swInterfaceSetFlags.reply, { retval: 0 })),
      },
    });
    const client = await harness.readyClient({ replyTimeoutMs: 40, lostProbeMs: 10, windowRequests: 4 });
    hangs = true;
    const again = nextReady(client);
    const calls = Array.from({ length: 20 }, (_, index) => client.call(swInterfaceSetFlags, flags(index)));
    const reasons = (await Promise.allSettled(calls)).map((one) => (one as PromiseRejectedResult).reason);
    expect(new Set(reasons.map(({ reason }) => reason))).toEqual(new Set(['timeout', 'disconnected']));
    expect(reasons.filter(({ outcomeUnknown }) => !outcomeUnknown)).toHaveLength(16);
    hangs = false;
    expect(await again).toMatchObject({ restarted: false });
    expect(vpp.connections).toBeGreaterThan(1);
    expect(await client.call(swInterfaceSetFlags, flags(1))).toEqual({ retval: 0 });
  });

  test('a truncated reply is a decode error', async () => {
    const short = reply('policer_add_reply', policerAdd.reply.crc, { retval: i32 });
    await harness.fakeVpp({ on: { policer_add: (vpp) => vpp.send(short, { retval: 0 }) } });
    const client = await harness.readyClient();
    const infos = policerInfos();
    await expect(client.call(policerAdd, { name: 'a', infos })).rejects.toMatchObject({ reason: 'decode' });
  });
});

function policerInfos() {
  const action = { type: 1, dscp: 0 };
  return {
    cir: 1000,
    eir: 0,
    cb: 1000n,
    eb: 0n,
    rate_type: 0,
    round_type: 0,
    type: 0,
    color_aware: false,
    conform_action: action,
    exceed_action: action,
    violate_action: action,
  };
}

test('round trips and messages can be watched', async () => {
  await harness.fakeVpp({ on: ok });
  const trips: [string, number | undefined][] = [];
  const trace = new MessageTrace(2);
  const client = await harness.readyClient({
    trace,
    onRoundTrip: (name, _seconds, retval) => trips.push([name, retval]),
  });
  await client.call(swInterfaceSetFlags, flags(3));
  expect(trips).toEqual([
    ['control_ping', 0],
    ['sw_interface_set_flags', 0],
  ]);
  expect(trace.format()).toMatch(
    />> sw_interface_set_flags #2 .*\n.*<< sw_interface_set_flags_reply #2 \{"retval":0\}$/,
  );
});
