import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Resource } from '../../services/configd/reconcile/resource.js';
import { allKinds } from '../../services/configd/resources/all.js';
import { startVppSim, type VppSim } from '../harness/vpp-sim.js';
import { AtomicNode, refusal } from './atomic-node.js';
import { changedKinds, devices, everyKind, ports } from './every-kind.js';

/** What VPP shows in no dump and no list of features. */
const unseen = ['det44', 'dhcp-servers', 'lldp', 'nat44-ed-session-limit', 'next-hop', 'promiscuous'];

/** Losses cost a read-back each: they are tried with each so-many-th message. */
const sampled = Number(process.env.EVERY_MESSAGE ?? 20);

const withoutKinds = (resources: Resource[], gone: ReadonlySet<string>) =>
  resources.filter(({ kind }) => !gone.has(kind));

/** The kinds that need one of a kind, and those that need them. */
function usersOf(kind: string, resources: Resource[]): Set<string> {
  const kindOf = new Map(resources.map((one) => [one.key, one.kind]));
  const needs = (one: Resource) => allKinds.find((each) => each.kind === one.kind)?.needs(one.spec) ?? [];
  const users = new Set<string>();
  for (let before = -1; before < users.size; ) {
    before = users.size;
    for (const one of resources) {
      const needed = needs(one).map((key) => kindOf.get(key) ?? '');
      if (one.kind !== kind && needed.some((each) => each === kind || users.has(each))) users.add(one.kind);
    }
  }
  return users;
}

describe('apply on the simulator, with something of every kind', () => {
  let sim: VppSim;
  let node: AtomicNode;
  let empty: string[];
  beforeEach(async () => {
    sim = await startVppSim({ hostInterfaces: devices, ports });
    node = await AtomicNode.open(sim.apiSocket);
    empty = await node.dump();
  }, 60_000);
  afterEach(async () => {
    await node.close();
    await sim.stop();
  }, 60_000);

  test('no kind is missing from the configuration', () => {
    const used = new Set(everyKind().map(({ kind }) => kind));
    expect(allKinds.map(({ kind }) => kind).filter((kind) => !used.has(kind))).toEqual([]);
  });

  test('the dump tells of every kind that VPP shows', async () => {
    const blind: string[] = [];
    for (const { kind } of allKinds) {
      const users = usersOf(kind, everyKind());
      await node.bring(withoutKinds(everyKind(), users));
      const there = await node.dump();
      await node.bring(withoutKinds(everyKind(), users.add(kind)));
      if (JSON.stringify(await node.dump()) === JSON.stringify(there)) blind.push(kind);
    }
    expect(blind.sort()).toEqual([...unseen].sort());
    await node.bring([]);
    expect(await node.dump()).toEqual(empty);
  }, 120_000);

  const plans: [name: string, from: () => Resource[], to: () => Resource[]][] = [
    ['made from nothing', () => [], everyKind],
    ['changed', everyKind, changedKinds],
    ['changed back', changedKinds, everyKind],
    ['removed', everyKind, () => []],
  ];

  test.each(plans)(
    '%s, with each message refused in turn: all is as before',
    async (_, from, to) => {
      await node.bring(from());
      const before = await node.dump();
      // The first time makes what stays: tables of the classifier for a length of prefix.
      await node.bring(to());
      await node.bring(from());
      const messages = await node.bring(to());
      await node.bring(from());
      expect(await node.dump()).toEqual(before);
      for (let n = 0; n < messages; n++) {
        const { result, failures } = await node.applyRefusing(to(), n);
        expect({ n, result }).toEqual({ n, result: 'undone' });
        expect(failures.map(({ fields }) => fields.retval)).toContain(refusal);
        expect({ n, dump: await node.dump() }).toEqual({ n, dump: before });
      }
      expect(await node.bring(to())).toBe(messages);
      await node.bring([]);
      expect(await node.dump()).toEqual(empty);
    },
    600_000,
  );

  /** What goes wrong beyond a refusal; VPP's state is unknown after it, until it is read back. */
  const losses: [name: string, happens: (message: string) => Promise<void>][] = [
    ['an answer lost', (message) => sim.control.fault({ kind: 'drop' }, { message })],
    ['the connection cut', (message) => sim.control.fault({ kind: 'close' }, { message })],
    ['VPP replaced by an empty one', () => sim.control.restart()],
  ];

  test.each(losses)(
    '%s in the middle of a change: read back, all is as before',
    async (_, happens) => {
      await node.bring(everyKind());
      const before = await node.dump();
      const messages = await node.bring(changedKinds());
      await node.bring(everyKind());
      for (let n = 0; n < messages; n += sampled) {
        const result = await node.applyInterrupted(changedKinds(), n, happens);
        expect({ n, undone: result !== 'done' }).toEqual({ n, undone: true });
        await sim.control.clearFaults();
        await node.readBack();
        expect({ n, dump: await node.dump() }).toEqual({ n, dump: before });
      }
      await node.bring(changedKinds());
    },
    300_000,
  );
});
