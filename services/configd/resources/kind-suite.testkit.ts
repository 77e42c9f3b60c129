import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import type { VppClient } from '#lib/vpp/client.js';
import { VppError } from '#lib/vpp/retval.js';
import { type Lane, lanes } from '../../../test/harness/lanes.js';
import { createVethPair, enterPrivateNetwork, removeDevice } from '../../../test/harness/private-network.js';
import { pluginPath, startRealVpp } from '../../../test/harness/real-vpp.js';
import { startVppSim } from '../../../test/harness/vpp-sim.js';
import { type Dataplane, VppDataplane } from '../dataplane.js';
import { Desired, resourceSet } from '../reconcile/desired.js';
import { Engine, infraOwner } from '../reconcile/engine.js';
import { Kinds } from '../reconcile/kinds.js';
import { readBack } from '../reconcile/read-back.js';
import type { AnyKind, Resource } from '../reconcile/resource.js';
import { allKinds } from './all.js';

/** What a suite is about: a configuration, the same changed in every way, and how often a failure is tried. */
export interface KindCase {
  /** Host devices that the dataplane has. */
  readonly devices: readonly string[];
  /** The kinds in it, in the order they are read; absent: all there are. */
  readonly kinds?: readonly AnyKind[];
  before(): Resource[];
  after(): Resource[];
  /** Kinds that VPP cannot show: asserted again by every restore. */
  readonly unreadable?: number;
  /** Makes what configd does not make itself; it has to outlive the suite's configurations. */
  prepare?(client: VppClient): Promise<unknown>;
  /** Plugins without which the real lane is skipped: `nat44_ei`. */
  readonly plugins?: readonly string[];
}

/** Refuses one request, as VPP would, before it is sent. */
class Saboteur implements Dataplane {
  private left = Number.POSITIVE_INFINITY;
  calls = 0;
  constructor(private readonly vpp: Dataplane) {}

  /** Lets `requests` changing requests through and refuses the next. */
  arm(requests: number): void {
    this.left = requests;
  }
  call: Dataplane['call'] = (op, request, accept) => {
    this.calls++;
    if (this.left-- === 0) return Promise.reject(new VppError(op.request.name, -7, {}));
    return this.vpp.call(op, request, accept);
  };
  ask: Dataplane['ask'] = (op, request) => this.vpp.ask(op, request);
  dump: Dataplane['dump'] = (op, request) => this.vpp.dump(op, request);
  stream: Dataplane['stream'] = (op, request) => this.vpp.stream(op, request);
  offers: Dataplane['offers'] = (op) => this.vpp.offers(op);
}

async function open(apiSocket: string, kinds: readonly AnyKind[]) {
  const vpp = new VppDataplane({ socketPath: apiSocket, log: silentLog() });
  const dataplane = new Saboteur(vpp);
  const engine = new Engine({ dataplane, kinds, log: silentLog() });
  await vpp.client.whenReady(10_000);
  return { vpp, dataplane, engine, close: () => vpp.client.close() };
}

/** All that VPP says of these kinds, by key. */
async function dumpOf(vpp: Dataplane, list: readonly AnyKind[], wanted: readonly Resource[]) {
  const kinds = new Kinds(list);
  const desired = new Desired(kinds);
  desired.set(infraOwner, resourceSet(wanted, kinds));
  const entries: [string, unknown][] = [];
  for (const found of (await readBack(vpp, kinds, { desired, claimed: new Map() }, true)).values())
    for (const [key, { spec }] of found) entries.push([key, spec]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An empty dataplane of a lane with these host devices. */
export async function startLaneWith(lane: Lane, devices: readonly string[]) {
  if (lane.kind === 'sim') return startVppSim({ hostInterfaces: [...devices] });
  enterPrivateNetwork();
  for (const device of devices) createVethPair(device, `${device}f`);
  const vpp = await startRealVpp({ bin: lane.vppBin });
  return {
    apiSocket: vpp.apiSocket,
    async stop() {
      await vpp.stop();
      for (const device of devices) removeDevice(device);
    },
  };
}

const noDrift = { missing: [], different: [], leftover: [], foreign: [] };

/**
 * What every kind has to bear, on each lane: made and read back, changed and changed back, refused at each message of the change
 * with everything as before, adopted without a message by another configd, made again in an empty VPP, removed without a trace.
 */
export function kindSuite(name: string, subject: KindCase): void {
  const kinds = subject.kinds ?? allKinds;
  for (const lane of lanes) {
    const lacking = lane.kind === 'vpp' && lane.available ? lackingPlugins(lane, subject.plugins ?? []) : [];
    const run = lane.available && lacking.length === 0 ? describe : describe.skip;
    run([`${name} on ${lane.name}`, ...lacking.map((one) => `without ${one}`)].join(' '), () =>
      suiteOn(lane, subject, kinds),
    );
  }
}

const lackingPlugins = ({ vppBin }: Lane, plugins: readonly string[]): string[] =>
  plugins.filter((plugin) => !existsSync(join(pluginPath(vppBin) ?? '', `${plugin}_plugin.so`)));

function suiteOn(lane: Lane, subject: KindCase, kinds: readonly AnyKind[]): void {
  let place: Awaited<ReturnType<typeof startLaneWith>>;
  let it: Awaited<ReturnType<typeof open>>;
  const all = () => [...new Map([...subject.after(), ...subject.before()].map((one) => [one.key, one])).values()];
  const dump = () => dumpOf(it.vpp, kinds, all());
  const apply = async (resources: Resource[]) => (await it.engine.apply(infraOwner, resources)).outcome;

  beforeAll(async () => {
    place = await startLaneWith(lane, subject.devices);
    it = await open(place.apiSocket, kinds);
    await subject.prepare?.(it.vpp.client);
    await it.engine.restore();
  }, 60_000);
  afterAll(async () => {
    await it.close();
    await place.stop();
  }, 30_000);

  test('made, and reads back as wanted', async () => {
    expect((await apply(subject.before())).failures).toEqual([]);
    expect(await it.engine.audit()).toEqual(noDrift);
    expect(await apply(subject.before())).toMatchObject({ messages: 0 });
  });

  test('changed, and back', async () => {
    const before = await dump();
    expect((await apply(subject.after())).failures).toEqual([]);
    expect(await it.engine.audit()).toEqual(noDrift);
    expect((await apply(subject.before())).failures).toEqual([]);
    expect(await it.engine.audit()).toEqual(noDrift);
    expect(await dump()).toEqual(before);
  });

  test('a refusal of any message of the change leaves all as it was', async () => {
    const before = await dump();
    const start = it.dataplane.calls;
    await apply(subject.after());
    const messages = it.dataplane.calls - start;
    await apply(subject.before());
    for (let n = 0; n < messages; n++) {
      it.dataplane.arm(n);
      const outcome = await apply(subject.after());
      expect({ n, ...outcome }).toMatchObject({ n, result: 'undone', error: { fields: { retval: -7 } } });
      expect({ n, dump: await dump() }).toEqual({ n, dump: before });
    }
    it.dataplane.arm(Number.POSITIVE_INFINITY);
  }, 60_000);

  test('another configd adopts what is there', async () => {
    const before = await dump();
    const other = await open(place.apiSocket, kinds);
    other.engine.load(infraOwner, subject.before());
    const { failures, messages, drift } = await other.engine.restore();
    expect(drift).toEqual(noDrift);
    expect({ failures, messages }).toEqual({ failures: [], messages: subject.unreadable ?? 0 });
    expect(await dump()).toEqual(before);
    await other.close();
  });

  test('another configd that wants nothing removes all, and all of it comes back', async () => {
    const other = await open(place.apiSocket, kinds);
    other.engine.claim(subject.before());
    expect((await other.engine.restore()).failures).toEqual([]);
    expect(await dump()).toEqual({});
    await other.close();
    expect((await it.engine.restore()).failures).toEqual([]);
    expect(await it.engine.audit()).toEqual(noDrift);
  });

  test('removed without a trace', async () => {
    expect((await apply([])).failures).toEqual([]);
    expect(await dump()).toEqual({});
  });
}
