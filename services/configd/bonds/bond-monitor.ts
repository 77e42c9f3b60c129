import type { Bond, BondMember } from '#gen/bng/v1/configd.js';
import { type Clock, sleep } from '#lib/kernel/clock.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import { swBondInterfaceDump } from '#lib/vpp/messages/bond.js';
import { swInterfaceDump } from '#lib/vpp/messages/interface.js';
import { swInterfaceLacpDump } from '#lib/vpp/messages/lacp.js';
import { noInterface, type SwIfIndex } from '#lib/vpp/types.js';
import type { Dataplane } from '../dataplane.js';
import type { EventTeller } from '../events.js';
import type { ChangeListener } from '../reconcile/engine.js';
import { jsonEqual } from '../reconcile/json-equal.js';
import { type BondReadings, type BondRef, type BondSource, bondRefs, bondView, degradedText } from './bond-view.js';

export interface BondMonitorOptions {
  readonly vpp: Pick<Dataplane, 'dump' | 'offers'>;
  readonly engine: {
    readonly state: string;
    readonly recorded: BondSource;
    onChange(listener: ChangeListener): () => void;
  };
  readonly events: Pick<EventTeller, 'tell'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Time between two looks. */
  readonly intervalMs: number;
}

/**
 * Looks at the bonds from time to time: VPP tells nothing of LACP by itself. Changes are told as events and kept with their time.
 * While VPP is away or being restored the last look stays.
 */
export class BondMonitor implements Component {
  readonly name = 'bonds';
  private readonly abort = new AbortController();
  private looking: Promise<void> = Promise.resolve();
  private current: readonly Bond[] = [];
  /** Absent: to be looked up again. */
  private refs: readonly BondRef[] | undefined;

  constructor(private readonly options: BondMonitorOptions) {}

  /** As of the last look. */
  get bonds(): readonly Bond[] {
    return this.current;
  }

  /** What is worse than it should be, in words. */
  degraded(): string[] {
    return this.current.filter((bond) => bond.degraded).map(degradedText);
  }

  async start(): Promise<void> {
    const forget: ChangeListener = (keys) => {
      if (!keys || [...keys].some((key) => key.startsWith('bond'))) this.refs = undefined;
    };
    this.abort.signal.addEventListener('abort', this.options.engine.onChange(forget));
    this.looking = this.lookAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.looking;
  }

  private async lookAgainAndAgain(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      await this.look().catch((error) => this.options.log.warn({ err: error }, 'bonds cannot be read'));
      await sleep(this.options.intervalMs, signal);
    }
  }

  /** One look; nothing is asked when there are no bonds or VPP is not ready. */
  async look(): Promise<void> {
    const { engine, vpp, clock } = this.options;
    if (engine.state !== 'ready') return;
    this.refs ??= bondRefs(engine.recorded);
    const { refs } = this;
    const readings = refs.length > 0 ? await read(vpp, refs) : nothing;
    const before = new Map(this.current.map((bond) => [bond.name, bond]));
    const nowMs = BigInt(clock.nowMs());
    if (engine.state !== 'ready') return;
    this.current = refs.map((ref) => stamped(bondView(ref, readings), before.get(ref.spec.name), nowMs));
    for (const bond of this.current) this.tellChange(bond, before.get(bond.name));
  }

  /** A bond that is seen for the first time is worth an event only when it is degraded. */
  private tellChange(bond: Bond, before: Bond | undefined): void {
    if (before ? before.changedMs === bond.changedMs : !bond.degraded) return;
    const { name, mode, up, activeMembers, minMembers, degraded } = bond;
    const members = bond.members.map(({ name: member, active, link, lacp }) => ({
      name: member,
      active,
      link,
      ...(lacp && { partner: lacp.partner, synchronised: lacp.synchronised }),
    }));
    this.options.log[degraded ? 'warn' : 'info'](
      { bond: name, up, activeMembers, minMembers, members },
      'bond changed',
    );
    this.options.events.tell('bng.dataplane.bond', {
      bond: name,
      mode,
      up,
      activeMembers,
      minMembers,
      degraded,
      members,
    });
  }
}

const nothing: BondReadings = { interfaces: new Map(), bonds: new Map(), lacp: new Map() };

const byIndex = <T extends { sw_if_index: SwIfIndex }>(rows: readonly T[]): Map<SwIfIndex, T> =>
  new Map(rows.map((row) => [row.sw_if_index, row]));

async function read(vpp: BondMonitorOptions['vpp'], refs: readonly BondRef[]): Promise<BondReadings> {
  const indexes = refs.flatMap(({ swIfIndex, members }) => [swIfIndex, ...members.map((member) => member.swIfIndex)]);
  const one = (sw_if_index: SwIfIndex) =>
    vpp.dump(swInterfaceDump, { sw_if_index, name_filter_valid: false, name_filter: '' });
  const lacp = vpp.offers(swInterfaceLacpDump) ? vpp.dump(swInterfaceLacpDump, {}) : [];
  const [interfaces, bonds, states] = await Promise.all([
    Promise.all(indexes.map(one)),
    vpp.dump(swBondInterfaceDump, { sw_if_index: noInterface }),
    lacp,
  ]);
  return { interfaces: byIndex(interfaces.flat()), bonds: byIndex(bonds), lacp: byIndex(states) };
}

/** With the time of the last change: the earlier one where nothing changed. */
function stamped(bond: Bond, before: Bond | undefined, nowMs: bigint): Bond {
  const members = bond.members.map((member) => {
    const old = before?.members.find(({ name }) => name === member.name);
    return { ...member, changedMs: old && sameMember(old, member) ? old.changedMs : nowMs };
  });
  const same = before !== undefined && jsonEqual(facts(before), facts(bond));
  return { ...bond, members, changedMs: same ? before.changedMs : nowMs };
}

const memberFacts = ({ changedMs: _, ...rest }: BondMember) => rest;
const sameMember = (a: BondMember, b: BondMember): boolean => jsonEqual(memberFacts(a), memberFacts(b));
const facts = ({ changedMs: _, ...bond }: Bond) => ({ ...bond, members: bond.members.map(memberFacts) });
