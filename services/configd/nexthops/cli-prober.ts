import type { Clock } from '#lib/kernel/clock.js';
import { BngError } from '#lib/kernel/errors.js';
import { CliSession } from '#lib/vpp/cli-session.js';
import { swInterfaceDump } from '#lib/vpp/messages/interface.js';
import type { Dataplane } from '../dataplane.js';
import type { Recorded } from '../reconcile/recorded.js';
import type { InterfaceHandle } from '../resources/interface-common.js';
import type { NextHopSpec } from '../resources/next-hop.js';
import type { VrfSpec } from '../resources/vrf.js';
import type { ProbeResult, Prober } from './prober.js';

export interface CliProberOptions {
  /** `unix { cli-listen }` of VPP. */
  readonly cliSocket: string;
  readonly vpp: Pick<Dataplane, 'dump'>;
  /** What VPP holds. */
  readonly recorded: { get(key: string): Recorded | undefined };
  readonly clock: Clock;
}

/** VPP is given so much longer than the answer may take, before it counts as not answering at all. */
const graceMs = 2000;
/** A loss told later than this says that VPP or we were busy, not that nothing came. */
const latenessMs = 300;

/**
 * ICMP echo through VPP's own data path, by the `ping` of its CLI (plugin ping) on a connection of its own. Not by
 * `want_ping_finished_events`: with workers it stops all forwarding while it waits.
 */
export class CliProber implements Prober {
  private readonly session: CliSession;
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: CliProberOptions) {
    this.session = new CliSession(options.cliSocket);
  }

  async probe(target: NextHopSpec): Promise<ProbeResult> {
    const { timeoutMs } = target.probe;
    try {
      const command = `ping ${target.address} ${await this.place(target)} repeat 1 interval ${timeoutMs / 1000}`;
      const { clock } = this.options;
      const startedMs = clock.monotonicMs();
      const asking = this.session.ask(command, timeoutMs + graceMs);
      this.running = asking.catch(() => {});
      return readPing(await asking, clock.monotonicMs() - startedMs > timeoutMs + latenessMs);
    } catch (error) {
      return { kind: 'unavailable', reason: BngError.from(error).message };
    }
  }

  /** Waits for the probe that runs: a connection that ends under a command is left behind in VPP. */
  async close(): Promise<void> {
    await this.running;
    this.session.close();
  }

  private async place({ interface: key, vrf }: NextHopSpec): Promise<string> {
    const { recorded } = this.options;
    if (key === undefined) {
      const spec = vrf === undefined ? undefined : (recorded.get(vrf)?.resource.spec as VrfSpec | undefined);
      if (vrf !== undefined && !spec) throw new BngError('unavailable', `${vrf} is not in VPP`);
      return `table-id ${spec?.tableId ?? 0}`;
    }
    const handle = recorded.get(key)?.handle as InterfaceHandle | undefined;
    if (!handle) throw new BngError('unavailable', `${key} is not in VPP`);
    return `source ${await this.nameInVpp(handle)}`;
  }

  private readonly names = new WeakMap<InterfaceHandle, string>();

  private async nameInVpp(handle: InterfaceHandle): Promise<string> {
    const known = this.names.get(handle);
    if (known !== undefined) return known;
    const request = { sw_if_index: handle.swIfIndex, name_filter_valid: false, name_filter: '' };
    const [row] = await this.options.vpp.dump(swInterfaceDump, request);
    if (!row) throw new BngError('unavailable', `VPP has no interface ${handle.swIfIndex}`);
    this.names.set(handle, row.interface_name);
    return row.interface_name;
  }
}

/** What VPP printed. `isLate`: it took longer than it should have. */
export function readPing(text: string, isLate: boolean): ProbeResult {
  const rtt = /icmp_seq=\d+ ttl=\d+ time=([\d.]+) ms/.exec(text)?.[1];
  if (rtt !== undefined) return { kind: 'answered', rttMs: Number(rtt) };
  const failed = /Failed: ([^\r\n]+)/.exec(text)?.[1];
  if (failed === noWay) return { kind: 'lost' };
  if (failed !== undefined) return { kind: 'unavailable', reason: `VPP cannot send the probe: ${failed}` };
  if (/Statistics: 1 sent, 0 received/.test(text))
    return isLate ? { kind: 'unavailable', reason: 'VPP was too busy to tell' } : { kind: 'lost' };
  const words = text.replaceAll(/\s+/g, ' ').trim().slice(0, 120);
  return { kind: 'unavailable', reason: `VPP does not take the probe: ${words || 'no answer'}` };
}

/** Nothing leads to the next hop: VPP does not send packets there either. */
const noWay = 'no egress interface';
