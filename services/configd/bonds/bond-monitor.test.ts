import { beforeEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '#lib/kernel/log.js';
import { createRegistry } from '#lib/kernel/metrics.js';
import type { Dump } from '#lib/vpp/message.js';
import { swBondInterfaceDump } from '#lib/vpp/messages/bond.js';
import { swInterfaceLacpDump } from '#lib/vpp/messages/lacp.js';
import { swIfIndex } from '#lib/vpp/types.js';
import type { Facts, Subject } from '../events.js';
import type { ChangeListener } from '../reconcile/engine.js';
import { Kinds } from '../reconcile/kinds.js';
import { RecordedState } from '../reconcile/recorded.js';
import { allKinds } from '../resources/all.js';
import { bond } from '../resources/bond.js';
import { bondMember } from '../resources/bond-member.js';
import { hostInterface } from '../resources/host-interface.js';
import { stableMac } from '../resources/names.js';
import { BondMonitor } from './bond-monitor.js';
import { bondGauges } from './bond-views.js';

const mac = stableMac('test');
const partner = '02:00:00:00:00:99';
/** Activity, short timeout, aggregation; then in sync, collecting, distributing; defaulted. */
const alone = 0x47;
const inSync = 0x3f;

class FakeVpp {
  offersLacp = true;
  /** Admin and link bits by index: 1 the bond, 2 and 3 its members. */
  flags = new Map([1, 2, 3].map((index) => [index, 3]));
  actor = new Map([2, 3].map((index) => [index, { actor: inSync, partner: inSync, system: partner }]));
  asked: string[] = [];

  offers = () => this.offersLacp;

  dump = async (op: Dump<never, never>, request: { sw_if_index?: number }): Promise<never[]> => {
    this.asked.push(op.request.name);
    return this.rows(op as unknown, request.sw_if_index ?? 0) as never[];
  };

  private rows(op: unknown, index: number): unknown[] {
    const active = [...this.actor.values()].filter(({ actor }) => (actor & 32) !== 0).length;
    if (op === swBondInterfaceDump) return [{ sw_if_index: 1, active_members: active }];
    if (op === swInterfaceLacpDump)
      return [...this.actor].map(([sw_if_index, { actor, partner: state, system }]) => ({
        sw_if_index,
        actor_state: actor,
        partner_state: state,
        partner_system: system,
        partner_system_priority: 10,
        partner_key: 11,
        partner_port_number: 12,
      }));
    return [{ sw_if_index: index, flags: this.flags.get(index) }];
  }
}

let vpp: FakeVpp;
let nowMs: number;
let told: [Subject, unknown][];
let engine: { state: string; recorded: RecordedState; onChange(listener: ChangeListener): () => void };
let listener: ChangeListener;
let monitor: BondMonitor;

beforeEach(() => {
  vpp = new FakeVpp();
  nowMs = 1000;
  told = [];
  const recorded = new RecordedState(new Kinds(allKinds));
  const up = bond.of({ name: 'up', id: 1, mode: 'lacp', loadBalance: 'l34', mac, minMembers: 2 });
  recorded.set(up, { swIfIndex: swIfIndex(1) });
  for (const [name, index] of [['b', 3] as const, ['a', 2] as const]) {
    const port = hostInterface.of({ name, device: name, mac });
    recorded.set(port, { swIfIndex: swIfIndex(index) });
    recorded.set(bondMember.of({ interface: port.key, bond: up.key }), null);
  }
  engine = {
    state: 'ready',
    recorded,
    onChange(one) {
      listener = one;
      return () => {};
    },
  };
  monitor = new BondMonitor({
    vpp: vpp as never,
    engine,
    events: { tell: <S extends Subject>(subject: S, fact: Facts[S]) => void told.push([subject, fact]) },
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    log: silentLog(),
    intervalMs: 3_600_000,
  });
});

const look = async (atMs: number) => {
  nowMs = atMs;
  await monitor.look();
  return monitor.bonds;
};

describe('what is seen', () => {
  test('a bond whose members all carry traffic: no event', async () => {
    const lacp = {
      ...{ partner, partnerPriority: 10, partnerKey: 11, partnerPort: 12 },
      ...{ synchronised: true, collecting: true, distributing: true, expired: false },
    };
    const member = { enabled: true, link: true, active: true, changedMs: 1000n, lacp };
    expect(await look(1000)).toEqual([
      {
        ...{ name: 'up', mode: 'lacp', up: true, activeMembers: 2, minMembers: 2, degraded: false, changedMs: 1000n },
        members: [
          { name: 'a', ...member },
          { name: 'b', ...member },
        ],
      },
    ]);
    expect(told).toEqual([]);
    expect(monitor.degraded()).toEqual([]);
  });

  test('a partner that falls silent: time, event, degraded; and back', async () => {
    await look(1000);
    vpp.actor.set(3, { actor: alone, partner: 0, system: '00:00:00:00:00:00' });
    const [bond] = await look(5000);
    expect(bond).toMatchObject({ activeMembers: 1, degraded: true, changedMs: 5000n });
    expect(bond?.members).toMatchObject([
      { name: 'a', active: true, changedMs: 1000n },
      { name: 'b', active: false, changedMs: 5000n, lacp: { partner: '', partnerPort: 0, synchronised: false } },
    ]);
    expect(monitor.degraded()).toEqual(['bond up: 1 of 2 members active, at least 2 wanted']);
    const fact = { bond: 'up', mode: 'lacp', up: true, activeMembers: 1, minMembers: 2, degraded: true };
    const a = { name: 'a', active: true, link: true, partner, synchronised: true };
    const b = { name: 'b', active: false, link: true, partner: '', synchronised: false };
    expect(told).toEqual([['bng.dataplane.bond', { ...fact, members: [a, b] }]]);
    await look(6000);
    expect(told).toHaveLength(1);
    vpp.actor.set(3, { actor: inSync, partner: inSync, system: partner });
    expect(await look(7000)).toMatchObject([{ activeMembers: 2, degraded: false, changedMs: 7000n }]);
    expect(told[1]?.[1]).toMatchObject({ degraded: false });
  });

  test.each([
    ['another partner', { actor: inSync, partner: inSync, system: '02:00:00:00:00:98' }, { synchronised: true }],
    ['one that is not in sync', { actor: inSync, partner: 7, system: partner }, { synchronised: false }],
    ['one that expired', { actor: 0xbf, partner: inSync, system: partner }, { expired: true }],
  ])('%s is a change', async (_name, now, lacp) => {
    await look(1000);
    vpp.actor.set(2, now);
    expect(await look(2000)).toMatchObject([{ changedMs: 2000n, members: [{ changedMs: 2000n, lacp }, {}] }]);
    expect(told).toHaveLength(1);
  });

  test('one that was degraded when configd came is told at once', async () => {
    vpp.actor.clear();
    await look(1000);
    expect(told).toMatchObject([['bng.dataplane.bond', { degraded: true, activeMembers: 0 }]]);
  });

  test('without the plugin, members have no LACP', async () => {
    vpp.offersLacp = false;
    expect(await look(1000)).toMatchObject([{ members: [{ active: false, lacp: undefined }, {}] }]);
    expect(vpp.asked).not.toContain('sw_interface_lacp_dump');
  });
});

describe('when it looks', () => {
  test('not while VPP is being restored: the last look stays', async () => {
    await look(1000);
    vpp.asked = [];
    engine.state = 'restoring';
    expect(await look(2000)).toMatchObject([{ changedMs: 1000n }]);
    expect(vpp.asked).toEqual([]);
  });

  test('a member that left is gone once the engine says so; no bonds, no questions', async () => {
    await monitor.start();
    await look(1000);
    engine.recorded.delete('bond-member/b');
    listener(new Set(['route/default/10.0.0.0/8']));
    expect(await look(2000)).toMatchObject([{ members: [{ name: 'a' }, { name: 'b' }] }]);
    listener(new Set(['bond-member/b']));
    const [bond] = await look(3000);
    expect(bond?.members.map(({ name }) => name)).toEqual(['a']);
    engine.recorded.delete('bond/up');
    listener(undefined);
    vpp.asked = [];
    expect(await look(4000)).toEqual([]);
    expect(vpp.asked).toEqual([]);
    await monitor.stop();
  });
});

test('metrics by bond and member', async () => {
  const registry = createRegistry('test');
  bondGauges(registry, monitor);
  vpp.actor.set(3, { actor: alone, partner: 0, system: '00:00:00:00:00:00' });
  await look(1000);
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('bng_configd_bond_'));
  const plain = lines.map((line) => line.replace(/service="[^"]*",?/, '').replace(/,?service="[^"]*"/, ''));
  expect(plain.map((line) => line.replace('bng_configd_bond_', '').replace(/,\}/, '}'))).toEqual([
    'up{bond="up"} 1',
    'active_members{bond="up"} 1',
    'min_members{bond="up"} 2',
    'degraded{bond="up"} 1',
    'changed_timestamp_seconds{bond="up"} 1',
    'member_active{bond="up",member="a"} 1',
    'member_active{bond="up",member="b"} 0',
    'member_synchronised{bond="up",member="a"} 1',
    'member_synchronised{bond="up",member="b"} 0',
  ]);
});
