import { type Clock, sleep } from '#lib/kernel/clock.js';
import type { Component } from '#lib/kernel/lifecycle.js';
import type { Log } from '#lib/kernel/log.js';
import type { EventTeller } from '../events.js';
import type { ChangeListener } from '../reconcile/engine.js';
import type { Resource } from '../reconcile/resource.js';
import { type NextHopSpec, nextHopKind } from '../resources/next-hop.js';
import type { NextHopHealth, NextHopSource } from './next-hop-source.js';
import { carries, lossOf, type NextHopState, newState, observe, unprobed } from './next-hop-state.js';
import type { ProbeResult, Prober } from './prober.js';
import type { VerdictFile } from './verdict-file.js';

/** A next hop as the monitor sees it. */
export interface WatchedHop {
  readonly spec: NextHopSpec;
  readonly state: NextHopState;
  /** Why it cannot be probed; undefined while it can. */
  readonly unavailable: string | undefined;
  /** Of the last answer. */
  readonly rttMs: number | undefined;
  /** Probes sent, and those not answered, since it is watched. */
  readonly sent: number;
  readonly unanswered: number;
}

export interface NextHopMonitorOptions {
  readonly engine: {
    readonly state: string;
    wantedBy(owner: string): ReadonlyMap<string, Resource>;
    onChange(listener: ChangeListener): () => void;
  };
  /** The owner of the configuration. */
  readonly owner: string;
  /** A prober for one next hop. */
  prober(): Prober;
  readonly verdicts: VerdictFile;
  readonly events: Pick<EventTeller, 'tell'>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Watch {
  hop: WatchedHop;
  readonly prober: Prober;
  readonly abort: AbortController;
  ended: Promise<void>;
}

/** Probes the next hops of the configuration, each by itself. While VPP is away or being restored all stays as it was. */
export class NextHopMonitor implements Component, NextHopSource {
  readonly name = 'next-hops';
  private readonly watches = new Map<string, Watch>();
  private readonly listeners = new Set<(names: ReadonlySet<string>) => void>();
  private stopListening = () => {};
  private isRunning = false;

  constructor(private readonly options: NextHopMonitorOptions) {}

  /** By name. */
  get hops(): readonly WatchedHop[] {
    return [...this.watches.values()].map(({ hop }) => hop).sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  }

  healthOf(name: string): NextHopHealth | undefined {
    const hop = this.watches.get(name)?.hop;
    return hop && { usable: carries(hop.state), worth: hop.state.worth };
  }

  onChange(listener: (names: ReadonlySet<string>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The configuration is known and VPP is not restored yet: those that were out stay out. */
  async start(): Promise<void> {
    this.isRunning = true;
    const follow: ChangeListener = (keys) => {
      if (!keys || [...keys].some((key) => key.startsWith(`${nextHopKind}/`))) this.follow();
    };
    this.stopListening = this.options.engine.onChange(follow);
    this.follow();
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    this.stopListening();
    await Promise.all([...this.watches.values()].map((watch) => this.unwatch(watch)));
    await this.options.verdicts.settled();
  }

  /** Watches what the configuration names by now, and nothing else. A next hop whose times changed keeps its state. */
  private follow(): void {
    if (!this.isRunning) return;
    const wanted = this.options.engine.wantedBy(this.options.owner);
    const specs = [...wanted.values()]
      .filter(({ kind }) => kind === nextHopKind)
      .map(({ spec }) => spec as NextHopSpec);
    const names = new Set(specs.map(({ name }) => name));
    for (const [name, watch] of this.watches)
      if (!names.has(name)) {
        this.watches.delete(name);
        void this.unwatch(watch);
      }
    for (const spec of specs) {
      const watch = this.watches.get(spec.name);
      if (!watch) this.watch(spec);
      else if (!samePlace(watch.hop.spec, spec)) {
        void this.unwatch(watch);
        this.watch(spec);
        this.tellListeners(spec.name);
      } else watch.hop = { ...watch.hop, spec };
    }
  }

  private watch(spec: NextHopSpec): void {
    const nowMs = this.options.clock.nowMs();
    const state = this.options.verdicts.of(spec) ?? newState(nowMs);
    const hop = { spec, state, unavailable: undefined, rttMs: undefined, sent: 0, unanswered: 0 };
    const watch: Watch = { hop, prober: this.options.prober(), abort: new AbortController(), ended: Promise.resolve() };
    this.watches.set(spec.name, watch);
    watch.ended = this.probeAgainAndAgain(watch);
  }

  private async unwatch(watch: Watch): Promise<void> {
    watch.abort.abort();
    await watch.ended;
    await watch.prober.close();
  }

  private async probeAgainAndAgain(watch: Watch): Promise<void> {
    const { clock, engine } = this.options;
    const { signal } = watch.abort;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      const result = engine.state === 'ready' ? await watch.prober.probe(watch.hop.spec) : interrupted;
      if (!signal.aborted) this.take(watch, engine.state === 'ready' ? result : interrupted);
      await sleep(Math.max(0, startedMs + watch.hop.spec.probe.intervalMs - clock.monotonicMs()), signal);
    }
  }

  private take(watch: Watch, result: ProbeResult): void {
    const before = watch.hop;
    const isSent = result.kind !== 'unavailable';
    const state = isSent
      ? observe(before.state, result.kind, before.spec.probe, this.options.clock.nowMs())
      : unprobed(before.state);
    watch.hop = {
      ...before,
      state,
      unavailable: isSent ? undefined : result.reason,
      rttMs: result.kind === 'answered' ? result.rttMs : before.rttMs,
      sent: before.sent + Number(isSent),
      unanswered: before.unanswered + Number(result.kind === 'lost'),
    };
    this.tellChange(before, watch.hop);
  }

  private tellChange(before: WatchedHop, now: WatchedHop): void {
    const { log, verdicts } = this.options;
    const { verdict, worth } = now.state;
    if (before.state.verdict !== verdict) {
      verdicts.write(this.hops).catch((error) => log.error({ err: error }, 'verdicts of next hops could not be kept'));
      this.tellVerdict(before, now);
    }
    if (before.state.worth !== worth && verdict === 'up') this.tellWorth(now);
    if ((before.unavailable === undefined) !== (now.unavailable === undefined)) this.tellProbing(now);
    if (carries(before.state) !== carries(now.state) || before.state.worth !== worth) this.tellListeners(now.spec.name);
  }

  /** The first answer is no news. */
  private tellVerdict(before: WatchedHop, { spec: { name, address }, state: { verdict, flaps } }: WatchedHop): void {
    if (verdict === 'unknown' || (before.state.verdict === 'unknown' && verdict === 'up')) return;
    const { log, events } = this.options;
    log[verdict === 'down' ? 'warn' : 'info']({ nextHop: name, address, verdict, flaps }, 'next hop changed');
    events.tell(`bng.nexthop.${verdict}`, { nextHop: name, address, flaps });
  }

  private tellWorth({ spec: { name, address }, state }: WatchedHop): void {
    const fact = { nextHop: name, address, worth: state.worth, loss: lossOf(state) };
    this.options.log.info(fact, 'worth of a next hop changed');
    this.options.events.tell('bng.nexthop.weight', fact);
  }

  private tellProbing({ spec: { name, address }, unavailable = '' }: WatchedHop): void {
    const fact = { nextHop: name, address, possible: unavailable === '', reason: unavailable };
    this.options.log[fact.possible ? 'info' : 'warn'](fact, 'probing of a next hop');
    this.options.events.tell('bng.nexthop.probing', fact);
  }

  private tellListeners(name: string): void {
    for (const listener of this.listeners) listener(new Set([name]));
  }
}

const interrupted: ProbeResult = { kind: 'unavailable', reason: 'VPP is away or being restored' };

const samePlace = (a: NextHopSpec, b: NextHopSpec): boolean =>
  a.address === b.address && a.interface === b.interface && a.vrf === b.vrf;
