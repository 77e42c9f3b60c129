import { setTimeout as sleep } from 'node:timers/promises';
import { Crew, range } from '../01-first-light/crew.js';
import { DhcpNak } from '../harness/dhcp-client.js';
import type { FrameLink } from '../harness/frame-link.js';

interface Counts {
  /** Subscribers who are online and stay so. */
  readonly steady: number;
  /** Subscribers who come and go. */
  readonly churning: number;
}

const ATTACH_MS = 90_000;
const RENEWALS_PER_S = 20;

/** Subscribers who stay and renew, and others who attach and release all the time. */
export class Population {
  readonly crew: Crew;
  /** Whom the network told to begin anew, among those who stay. */
  readonly naks: string[] = [];
  /** Attaches and releases begun so far. */
  attaches = 0;
  releases = 0;
  private readonly busy = new Set<number>();
  private readonly work = new Set<Promise<void>>();
  private churn: { timers: NodeJS.Timeout[] } | undefined;
  private next = 0;
  private nextRenewal = 0;

  constructor(
    link: FrameLink,
    private readonly counts: Counts,
    private readonly gatewayMac: string,
  ) {
    this.crew = new Crew(link);
  }

  get steady(): number[] {
    return range(0, this.counts.steady);
  }

  get churning(): number[] {
    return range(this.counts.steady, this.counts.steady + this.counts.churning);
  }

  /** Brings those who stay online, and half of the others; the addresses of those who stay by hardware address. */
  async begin(): Promise<Map<string, string>> {
    const { steady, churning } = this.counts;
    await this.crew.attachAll(0, steady, 40);
    const stay = this.crew.leases();
    await this.crew.attachAll(steady, steady + churning / 2, 40);
    return stay;
  }

  /** From now on `perSecond` attaches and releases, and renewals of those who stay. */
  startChurn(perSecond: number): void {
    const timers = [
      setInterval(() => this.step(), 1000 / perSecond),
      setInterval(() => this.renewOne(), 1000 / RENEWALS_PER_S),
    ];
    this.churn = { timers };
  }

  /** Nobody new begins; resolves when those who come and go are all online, so that the network and they agree again. */
  async settle(): Promise<void> {
    for (const timer of this.churn?.timers ?? []) clearInterval(timer);
    this.churn = undefined;
    await Promise.all(this.work);
    await sleep(500);
    const absent = this.churning.filter((index) => this.crew.address(index) === '')[Symbol.iterator]();
    const worker = async () => {
      for (const index of absent) await this.crew.attach(index, ATTACH_MS);
    };
    await Promise.all(Array.from({ length: 40 }, worker));
  }

  private step(): void {
    const index = this.counts.steady + (this.next++ % this.counts.churning);
    if (this.busy.has(index)) return;
    if (this.crew.address(index) !== '') {
      this.releases++;
      this.crew.client(index).release(this.gatewayMac);
      return;
    }
    this.attaches++;
    this.track(index, this.crew.attach(index, ATTACH_MS));
  }

  private renewOne(): void {
    const index = this.nextRenewal++ % this.counts.steady;
    if (this.busy.has(index)) return;
    const client = this.crew.client(index);
    const renewal = client.renew(this.gatewayMac).catch((error: unknown) => {
      if (error instanceof DhcpNak) this.naks.push(client.options.mac);
    });
    this.track(
      index,
      renewal.then(() => {}),
    );
  }

  private track(index: number, work: Promise<void>): void {
    this.busy.add(index);
    const tracked = work
      .catch(() => {})
      .finally(() => {
        this.busy.delete(index);
        this.work.delete(tracked);
      });
    this.work.add(tracked);
  }
}
