import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { sleep, systemClock } from '#lib/kernel/clock.js';
import { silentLog } from '#lib/kernel/log.js';
import { VppClient } from '#lib/vpp/client.js';
import { afPacketCreateV3 } from '#lib/vpp/messages/af-packet.js';
import { allOperations } from '#lib/vpp/messages/all.js';
import { createLoopbackInstance, swInterfaceDump } from '#lib/vpp/messages/interface.js';
import { controlPing } from '#lib/vpp/messages/memclnt.js';
import { cliInband } from '#lib/vpp/messages/vlib.js';
import { showVersion } from '#lib/vpp/messages/vpe.js';
import { type Connect, unixSocket } from '#lib/vpp/transport.js';
import { noInterface } from '#lib/vpp/types.js';
import { waitFor } from '../../test/harness/wait-for.js';
import { configSchema } from './config.js';
import type { FaultAction } from './server/faults.js';
import { Simulator } from './simulator.js';

let folder: string;
let simulator: Simulator;
let client: VppClient;
const crashes: string[] = [];
let vanished = 0;

const loopback = { mac_address: '00:00:00:00:00:00', is_specified: false, user_instance: 0 };
const everything = { sw_if_index: noInterface, name_filter_valid: false, name_filter: '' };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vpp-sim-'));
  crashes.length = 0;
  vanished = 0;
  simulator = new Simulator({
    config: configSchema.parse({ apiSocket: join(folder, 'api.sock'), maxInterfaces: 50 }),
    clock: systemClock,
    log: silentLog(),
    crash(reason) {
      crashes.push(reason);
      throw new RangeError(reason);
    },
    vanish: () => vanished++,
  });
  for (const component of simulator.components) await component.start(new AbortController().signal);
  client = new VppClient({ connect: unixSocket(join(folder, 'api.sock')), required: allOperations });
  await client.whenReady(30_000);
});

afterEach(async () => {
  await client.close();
  for (const component of simulator.components) await component.stop();
  rmSync(folder, { recursive: true });
});

test('offers every operation the gateway knows', async () => {
  expect(allOperations.filter((operation) => !client.supports(operation))).toEqual([]);
  expect(await client.call(showVersion, {})).toMatchObject({ version: '26.06-release' });
});

describe('faults', () => {
  test('a chosen request is refused and not executed', async () => {
    simulator.faults.add({ message: 'create_loopback_instance', skip: 1, action: { kind: 'fail', retval: -11 } });
    await client.call(createLoopbackInstance, loopback);
    await expect(client.call(createLoopbackInstance, loopback)).rejects.toMatchObject({ retval: -11 });
    await client.call(createLoopbackInstance, loopback);
    expect((await client.dump(swInterfaceDump, everything)).map((row) => row.interface_name)).toEqual([
      'local0',
      'loop0',
      'loop1',
    ]);
  });

  test('a dropped reply is found lost, what it did stays', async () => {
    simulator.faults.add({ message: 'create_loopback_instance', action: { kind: 'drop' } });
    const lost = client.call(createLoopbackInstance, loopback);
    await expect(Promise.all([lost, client.call(controlPing, {})])).rejects.toMatchObject({ reason: 'lost' });
    expect(simulator.dataplane.interfaces.byName('loop0')).toBeDefined();
  });

  test('a delayed request goes with its connection', async () => {
    let cut = () => {};
    const transport: Connect = async (handlers) => {
      const open = await unixSocket(join(folder, 'api.sock'))(handlers);
      cut = () => open.destroy();
      return open;
    };
    const other = new VppClient({ connect: transport, required: [createLoopbackInstance] });
    await other.whenReady(30_000);
    const faults = jest.spyOn(simulator.faults, 'next');
    simulator.faults.add({ message: 'create_loopback_instance', action: { kind: 'delay', ms: 1000 } });
    const delayed = other.call(createLoopbackInstance, loopback);
    const outcome = expect(delayed).rejects.toMatchObject({ reason: 'disconnected' });
    await waitFor('it stands still', () =>
      faults.mock.results.some(({ value }) => (value as FaultAction | undefined)?.kind === 'delay'),
    );
    cut();
    await outcome;
    await other.close();
    await sleep(1500);
    expect(simulator.dataplane.interfaces.byName('loop0')).toBeUndefined();
  });

  test('delayed requests keep their order', async () => {
    simulator.faults.add({ action: { kind: 'delay', ms: 20 }, times: 3 });
    const made = await Promise.all(Array.from({ length: 5 }, () => client.call(createLoopbackInstance, loopback)));
    expect(made.map((reply) => reply.sw_if_index)).toEqual([1, 2, 3, 4, 5]);
  });

  test('vanish is left to the process', async () => {
    simulator.faults.add({ message: 'create_loopback_instance', action: { kind: 'vanish' } });
    client.call(createLoopbackInstance, loopback).catch(() => undefined);
    await client.call(controlPing, {});
    expect(vanished).toBe(1);
  });

  test('restart in the middle: the connection drops, the next VPP is empty and has other ids', async () => {
    await client.call(createLoopbackInstance, loopback);
    const before = simulator.dataplane;
    simulator.faults.add({ message: 'create_loopback_instance', action: { kind: 'restart' } });
    await expect(client.call(createLoopbackInstance, loopback)).rejects.toMatchObject({ reason: 'disconnected' });
    const rows = await waitFor('the new life', () => client.dump(swInterfaceDump, everything));
    expect(simulator.dataplane).not.toBe(before);
    expect(rows.map((row) => row.interface_name)).toEqual(['local0']);
  });
});

describe('where VPP dies, the simulator does', () => {
  test('too many interfaces for the stats segment', async () => {
    const parent = await client.call(afPacketCreateV3, {
      mode: 1,
      hw_addr: '00:00:00:00:00:00',
      use_random_hw_addr: true,
      host_if_name: 'acc0',
      rx_frame_size: 0,
      tx_frame_size: 0,
      rx_frames_per_block: 0,
      tx_frames_per_block: 0,
      flags: 0,
      num_rx_queues: 1,
      num_tx_queues: 1,
    });
    const sub = (id: number) =>
      simulator.dataplane.interfaces.createSub(parent.sw_if_index, { id, flags: 0x12, outerVlan: id, innerVlan: 0 });
    expect(() => Array.from({ length: 60 }, (_, i) => sub(i + 1))).toThrow(/stats segment/);
    expect(crashes).toHaveLength(1);
  });

  test('flowprobe counts by packet after it counted by flow', async () => {
    const { flowprobe } = simulator.dataplane;
    const loop = await client.call(createLoopbackInstance, loopback);
    const entry = { swIfIndex: loop.sw_if_index, which: 0, direction: 1 };
    for (const active_timer of [10, 1]) {
      expect(flowprobe.setParams({ record_flags: 7, active_timer, passive_timer: 0 })).toBe(0);
      expect(flowprobe.change(entry, true)).toBe(0);
      expect(flowprobe.change(entry, false)).toBe(0);
    }
    flowprobe.setParams({ record_flags: 7, active_timer: 0, passive_timer: 0 });
    expect(() => flowprobe.change(entry, true)).toThrow(/active timer/);
    expect(crashes).toHaveLength(1);
  });

  test('a MACIP list that overflows its table', () => {
    const rule = { is_permit: 1, src_mac: '00:00:00:00:00:00', src_mac_mask: '00:00:00:00:00:00', src_prefix: '::/0' };
    expect(() => simulator.dataplane.macip.addReplace(undefined, '', Array(3500).fill(rule))).toThrow(/3500 rules/);
  });
});

test('CLI: features of an interface, one line per application; unknown lines are refused in text', async () => {
  const made = await client.call(createLoopbackInstance, loopback);
  simulator.dataplane.policers.add('p', policer());
  simulator.dataplane.policers.apply('input', 0, made.sw_if_index, true);
  simulator.dataplane.policers.apply('input', 0, made.sw_if_index, true);
  const { reply } = await client.call(cliInband, { cmd: 'show interface loop0 features' });
  expect(reply).toMatch(/^Feature paths configured on loop0\.\.\.\n/);
  expect(reply.match(/^ {2}policer-input$/gm)).toHaveLength(4);
  const hardware = await client.call(cliInband, { cmd: 'show hardware-interfaces brief loop0' });
  expect(hardware.reply).toMatch(/^loop0 +1 +down +loop0$/m);
  expect(await client.call(cliInband, { cmd: 'explode' }, { raw: true })).toMatchObject({ retval: -1 });
});

const policer = () => ({
  cir: 1000,
  eir: 0,
  cb: 10000n,
  eb: 0n,
  rate_type: 0,
  round_type: 0,
  type: 0,
  color_aware: false,
  conform_action: { type: 1, dscp: 0 },
  exceed_action: { type: 0, dscp: 0 },
  violate_action: { type: 0, dscp: 0 },
});
