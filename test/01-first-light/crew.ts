import { type ClientOptions, ClientSwitch, type DhcpClient, DhcpSilence } from '../harness/dhcp-client.js';
import type { FrameLink } from '../harness/frame-link.js';
import { sampleLine } from '../harness/subscribers.js';

/** The numbers from..to-1. */
export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Sample subscribers on one access link who come, renew and go, and do not give up while the network is broken. */
export class Crew {
  private readonly access: ClientSwitch;
  private readonly members = new Map<number, DhcpClient>();
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly link: FrameLink,
    private readonly options: Pick<ClientOptions, 'firstTimeoutMs' | 'tries'> = {},
  ) {
    this.access = new ClientSwitch(link);
  }

  client(index: number): DhcpClient {
    const known = this.members.get(index);
    if (known) return known;
    const { mac, outerVlan, innerVlan } = sampleLine(index);
    const tags = [{ vid: outerVlan }, { vid: innerVlan }];
    const made = this.access.add({ firstTimeoutMs: 400, tries: 4, ...this.options, mac, tags });
    this.members.set(index, made);
    return made;
  }

  /** One DISCOVER, one REQUEST, each sent `tries` times at most; true when they brought an address. */
  async attempt(index: number, tries: number): Promise<boolean> {
    const { mac, tags } = this.client(index).options;
    const client = new ClientSwitch(this.link).add({ mac, tags, tries, firstTimeoutMs: 400 });
    return client.attach().then(
      () => true,
      () => false,
    );
  }

  /** Begins again after a NAK or silence, as clients do, until it has a lease or `timeoutMs` is over. */
  async attach(index: number, timeoutMs = 60_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      try {
        await this.client(index).attach();
        for (const look of this.watchers) look();
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  /** The subscribers from..to-1, `concurrency` of them at once. */
  async attachAll(from: number, to: number, concurrency = 15): Promise<void> {
    const waiting = range(from, to)[Symbol.iterator]();
    const worker = async () => {
      for (const index of waiting) await this.attach(index);
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }

  /** Resolves in the moment when `count` have a lease. */
  whenOnline(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.leases().size < count) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
  }

  address(index: number): string {
    return this.client(index).lease?.address ?? '';
  }

  /** The line was cut, or the session ended by the network: the lease counts for nothing. */
  forget(index: number): void {
    this.client(index).lease = undefined;
  }

  /** Who has a lease: hardware address to address. */
  leases(): Map<string, string> {
    const held = [...this.members.values()].flatMap(({ lease, options }) =>
      lease ? [[options.mac, lease.address] as const] : [],
    );
    return new Map(held.sort());
  }

  /** All who have a lease renew it, and go on trying for a while; what they got, by hardware address. */
  async renewAll(gatewayMac: string): Promise<Map<string, string>> {
    const holders = [...this.members.values()].filter(({ lease }) => lease);
    const renewed = await Promise.all(
      holders.map(async (client) => [client.options.mac, await this.renew(client, gatewayMac)] as const),
    );
    return new Map(renewed.sort());
  }

  private async renew(client: DhcpClient, gatewayMac: string, timeoutMs = 30_000): Promise<string> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      try {
        return (await client.renew(gatewayMac)).yiaddr;
      } catch (error) {
        if (!(error instanceof DhcpSilence) || Date.now() > end) throw error;
      }
    }
  }
}
