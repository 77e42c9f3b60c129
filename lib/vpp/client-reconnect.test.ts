import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { headerBytes } from './framing.js';
import { swInterfaceSetFlags } from './messages/interface.js';
import { controlPing } from './messages/memclnt.js';
import { policerDel } from './messages/policer.js';
import { ClientHarness, nextReady } from './testing/client-harness.js';
import type { FakeVppOptions } from './testing/fake-vpp.js';
import { swIfIndex } from './types.js';

let harness: ClientHarness;
beforeEach(() => {
  harness = new ClientHarness();
});
afterEach(() => harness.close());

const flags = (index: number) => ({ sw_if_index: swIfIndex(index), flags: 1 });
const _ok: FakeVppOptions['on'] = {
  sw_interface_set_flags: (vpp) => vpp.send(swInterfaceSetFlags.reply, { retval: 0 }),
};

describe('reconnect', () => {
  test('a dropped socket is not a restart; what was in flight fails with its outcome unknown', async () => {
    const vpp = await harness.fakeVpp({ on: { policer_del: (exchange) => exchange.drop() } });
    const client = await harness.readyClient();
    const again = nextReady(client);
    await expect(client.call(policerDel, { policer_index: 1 })).rejects.toMatchObject({
      reason: 'disconnected',
      outcomeUnknown: true,
    });
    expect(await again).toMatchObject({ generation: 1, restarted: false });
    expect(vpp.connections).toBe(2);
  });

  test('what had not been sent yet fails with nothing done', async () => {
    await harness.fakeVpp({ on: { policer_del: (exchange) => exchange.drop() } });
    const client = await harness.readyClient({ windowRequests: 1 });
    const both = await Promise.allSettled([1, 2].map((i) => client.call(policerDel, { policer_index: i })));
    expect(both.map((r) => (r as PromiseRejectedResult).reason.outcomeUnknown)).toEqual([true, false]);
  });

  test.each([
    { what: 'another pid', before: 1, after: 2, bootTime: undefined },
    { what: 'the same pid and another boot time', before: 1, after: 1, bootTime: [100, 200] },
    { what: 'the same pid, after failed attempts', before: 1, after: 1, bootTime: undefined },
  ])('$what is a restart', async ({ before, after, bootTime }) => {
    const first = await harness.fakeVpp({ pid: before });
    const times = [...(bootTime ?? [])];
    const client = await harness.readyClient({ bootTime: async () => times.shift() });
    const refused = new Promise<void>((resolve) => {
      client.onState((state) => void (state.kind === 'connecting' && state.attempt > 1 && resolve()));
    });
    const again = nextReady(client);
    await first.close();
    await refused;
    await harness.fakeVpp({ pid: after });
    expect(await again).toMatchObject({ generation: 2, restarted: true, vppPid: after });
  });

  test('the same pid and boot time after failed attempts is not', async () => {
    const first = await harness.fakeVpp({ pid: 1 });
    const client = await harness.readyClient({ bootTime: async () => 100 });
    const again = nextReady(client);
    await first.close();
    await harness.fakeVpp({ pid: 1 });
    expect(await again).toMatchObject({ generation: 1, restarted: false });
  });

  test('a connection that stays silent is dropped and made anew', async () => {
    const greeted = new Set<number>();
    const vpp = await harness.fakeVpp({
      on: {
        control_ping: (exchange) => {
          const silent = greeted.has(vpp.connections);
          greeted.add(vpp.connections);
          return silent || exchange.send(controlPing.reply, { retval: 0, client_index: 0, vpe_pid: 1 });
        },
      },
    });
    const client = await harness.readyClient({ keepaliveMs: 10, replyTimeoutMs: 30, lostProbeMs: 1000 });
    expect(await nextReady(client)).toMatchObject({ generation: 1 });
  });

  test('a frame of nonsense drops the connection', async () => {
    const vpp = await harness.fakeVpp({ on: { policer_del: (exchange) => exchange.raw(new Uint8Array(headerBytes)) } });
    const client = await harness.readyClient();
    const again = nextReady(client);
    await expect(client.call(policerDel, { policer_index: 1 })).rejects.toMatchObject({ reason: 'disconnected' });
    await again;
    expect(vpp.connections).toBe(2);
  });
});

describe('close', () => {
  test('lets what is in flight end, refuses the rest, signs off, and may be called twice', async () => {
    const vpp = await harness.fakeVpp({
      on: { sw_interface_set_flags: (e) => void setImmediate(() => e.send(swInterfaceSetFlags.reply, { retval: 0 })) },
    });
    const client = await harness.readyClient();
    const last = client.call(swInterfaceSetFlags, flags(1));
    const [first, second] = [client.close(), client.close()];
    expect(first).toBe(second);
    await expect(client.call(swInterfaceSetFlags, flags(2))).rejects.toMatchObject({ reason: 'closed' });
    expect(await last).toEqual({ retval: 0 });
    await first;
    expect(client.state).toEqual({ kind: 'closed' });
    expect(vpp.received.at(-1)).toBe('sockclnt_delete');
  });

  test('while VPP is away', async () => {
    const client = harness.newClient();
    client.start();
    await client.close();
    await expect(client.whenReady(1000)).rejects.toMatchObject({ reason: 'closed' });
  });
});
