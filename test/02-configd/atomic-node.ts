import { silentLog } from '#lib/kernel/log.js';
import { VppError } from '#lib/vpp/retval.js';
import { type Dataplane, VppDataplane } from '../../services/configd/dataplane.js';
import { Engine, infraOwner } from '../../services/configd/reconcile/engine.js';
import type { Outcome } from '../../services/configd/reconcile/execute.js';
import type { Resource } from '../../services/configd/reconcile/resource.js';
import { allKinds } from '../../services/configd/resources/all.js';
import { dataplaneDump } from '../harness/dataplane-dump.js';
import { waitFor } from '../harness/wait-for.js';

/** Return value of a refusal that no kind takes for success: -7 INVALID_VALUE. */
export const refusal = -7;

/** Counts changing requests, and does something else in place of, or before, one of them. */
class Watched implements Dataplane {
  calls = 0;
  private at = Number.POSITIVE_INFINITY;
  private action: (message: string) => Promise<unknown> = async () => undefined;

  constructor(private readonly vpp: VppDataplane) {}

  /** Runs `action` when `after` more changing requests have been sent; the request is then sent unless it throws. */
  interrupt(after: number, action: (message: string) => Promise<unknown>): void {
    this.at = this.calls + after;
    this.action = action;
  }

  leaveAlone(): void {
    this.at = Number.POSITIVE_INFINITY;
  }

  call: Dataplane['call'] = async (op, request, accept) => {
    const isNow = this.calls++ === this.at;
    if (isNow) await this.action(op.request.name).catch((reason) => Promise.reject(reason ?? refused(op.request.name)));
    return this.vpp.call(op, request, accept);
  };
  ask: Dataplane['ask'] = (op, request) => this.vpp.ask(op, request);
  dump: Dataplane['dump'] = (op, request) => this.vpp.dump(op, request);
  stream: Dataplane['stream'] = (op, request) => this.vpp.stream(op, request);
  offers: Dataplane['offers'] = (op) => this.vpp.offers(op);
}

const refused = (message: string) => new VppError(message, refusal, {});

/** configd's engine over a dataplane, in this process. */
export class AtomicNode {
  private constructor(
    readonly vpp: VppDataplane,
    readonly watched: Watched,
    readonly engine: Engine,
  ) {}

  static async open(apiSocket: string, replyTimeoutMs = 2000): Promise<AtomicNode> {
    const vpp = new VppDataplane({ socketPath: apiSocket, log: silentLog(), replyTimeoutMs });
    const watched = new Watched(vpp);
    const engine = new Engine({ dataplane: watched, kinds: allKinds, log: silentLog() });
    await vpp.client.whenReady(20_000);
    await engine.restore();
    return new AtomicNode(vpp, watched, engine);
  }

  async apply(resources: Resource[]): Promise<Outcome> {
    return (await this.engine.apply(infraOwner, resources)).outcome;
  }

  /** Applies what must work; gives the number of changing requests. */
  async bring(resources: Resource[]): Promise<number> {
    const start = this.watched.calls;
    const { result, failures } = await this.apply(resources);
    if (result !== 'done') throw failures[0] ?? new Error(result);
    return this.watched.calls - start;
  }

  /** Applies with the changing request after `after` others refused, as VPP would. */
  async applyRefusing(resources: Resource[], after: number): Promise<Outcome> {
    this.watched.interrupt(after, () => Promise.reject(undefined));
    return this.apply(resources).finally(() => this.watched.leaveAlone());
  }

  /** Applies with something that happens just before the changing request after `after` others. */
  async applyInterrupted(resources: Resource[], after: number, action: (message: string) => Promise<unknown>) {
    this.watched.interrupt(after, action);
    const { result } = await this.apply(resources).finally(() => this.watched.leaveAlone());
    return result;
  }

  /** As configd does when the connection is there again, or an outcome is unknown. */
  async readBack(): Promise<void> {
    await waitFor('a connection', () => this.vpp.client.state.kind === 'ready');
    const { failures } = await this.engine.restore();
    if (failures[0]) throw failures[0];
  }

  dump(): Promise<string[]> {
    return dataplaneDump(this.vpp.client);
  }

  close(): Promise<void> {
    return this.vpp.client.close();
  }
}
