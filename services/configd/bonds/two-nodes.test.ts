import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '#lib/kernel/clock.js';
import { silentLog } from '#lib/kernel/log.js';
import { createVethPair, enterPrivateNetwork, removeDevice } from '../../../test/harness/private-network.js';
import { waitFor } from '../../../test/harness/wait-for.js';
import { realLane, startNode } from '../resources/node.testkit.js';
import { BondMonitor } from './bond-monitor.js';

const open = realLane?.available ? describe : describe.skip;

interface Side {
  /** Devices of the node. */
  readonly devices: readonly [string, string];
  readonly address: string;
}

const left: Side = { devices: ['cwl0', 'cwl1'], address: '10.99.0.1/24' };
const right: Side = { devices: ['cwr0', 'cwr1'], address: '10.99.0.2/24' };

/** A bond over two ports with an address on a QinQ sub-interface; `off` ports are disabled, `out` ones are no members. */
const documentOf = ({ devices, address }: Side, off: string[] = [], out: string[] = []) => `interfaces:
${devices.map((device) => `  ${device}: { hostInterface: { device: ${device} }, enabled: ${!off.includes(device)} }`).join('\n')}
  uplink:
    bond: { mode: lacp, members: [${devices.filter((device) => !out.includes(device)).join(', ')}] }
    subInterfaces: [{ outerVlan: 100, innerVlan: 7, addresses: [${address}] }]
`;

async function startSide(side: Side) {
  const node = await startNode(side.address);
  const told: unknown[] = [];
  const monitor = new BondMonitor({
    vpp: node.dataplane,
    engine: node.engine,
    events: { tell: (_subject, fact) => void told.push(fact) },
    clock: systemClock,
    log: silentLog(),
    intervalMs: 100,
  });
  await monitor.start();
  return {
    told,
    engine: node.engine,
    ping: node.ping,
    answers: node.answers,
    bond: () => monitor.bonds[0],
    degraded: () => monitor.degraded(),
    apply: (off: string[] = [], out: string[] = []) => node.apply(documentOf(side, off, out)),
    async stop() {
      await monitor.stop();
      await node.stop();
    },
  };
}

const active = async (node: { bond(): { activeMembers: number } | undefined }, members: number) => {
  await waitFor(`${members} active members`, async () => node.bond()?.activeMembers === members, 40_000);
};

open('a bond over two veths between two VPPs', () => {
  let a: Awaited<ReturnType<typeof startSide>>;
  let b: Awaited<ReturnType<typeof startSide>>;

  beforeAll(async () => {
    enterPrivateNetwork();
    for (const n of [0, 1] as const) createVethPair(left.devices[n], right.devices[n]);
    a = await startSide(left);
    b = await startSide(right);
    await a.apply();
    await b.apply();
  }, 60_000);
  afterAll(async () => {
    await a.stop();
    await b.stop();
    for (const device of left.devices) removeDevice(device);
  }, 60_000);

  const answers = (count: string) => a.answers('10.99.0.2', count);

  test('LACP agrees on both members, each side names the other, packets pass with both tags', async () => {
    await active(a, 2);
    await active(b, 2);
    const [one] = a.bond()?.members ?? [];
    expect(one).toMatchObject({
      name: 'cwl0',
      enabled: true,
      active: true,
      lacp: { synchronised: true, distributing: true },
    });
    const [other] = b.bond()?.members ?? [];
    expect(one?.lacp?.partner).not.toBe(other?.lacp?.partner);
    expect(one?.lacp?.partner).toMatch(/^02:/);
    expect(a.bond()).toMatchObject({ up: true, degraded: false });
    await answers('5');
  }, 60_000);

  test('one member of the far side down: one is left, packets pass, nothing is degraded', async () => {
    const before = a.told.length;
    await b.apply(['cwr1']);
    await active(a, 1);
    expect(a.bond()).toMatchObject({ up: true, degraded: false });
    expect(a.bond()?.members).toMatchObject([{ active: true }, { active: false, lacp: { synchronised: false } }]);
    expect(a.told.slice(before)).toContainEqual(
      expect.objectContaining({ bond: 'uplink', up: true, activeMembers: 1 }),
    );
    await answers('5');
  }, 60_000);

  test('the last one down: no link, degraded, no packets; back again', async () => {
    await b.apply(['cwr0', 'cwr1']);
    await active(a, 0);
    await waitFor('no link', async () => a.bond()?.up === false, 40_000);
    expect(a.degraded()).toEqual(['bond uplink: 0 of 2 members active, at least 1 wanted']);
    expect(await a.ping('10.99.0.2')).toBe('0');
    await b.apply();
    await active(a, 2);
    expect(a.degraded()).toEqual([]);
    await answers('5');
  }, 90_000);

  test('a member taken out live, and back: the bond and its line stay', async () => {
    expect(await a.apply([], ['cwl1'])).toEqual(['remove bond-member/cwl1', 'update host-interface/cwl1']);
    await active(a, 1);
    await answers('5');
    await a.apply();
    await active(a, 2);
    await answers('5');
    expect(await a.engine.audit()).toMatchObject({ missing: [], different: [], leftover: [] });
  }, 60_000);
});
